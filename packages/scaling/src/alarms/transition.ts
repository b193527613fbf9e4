/** A new state, and the actions that are called for it. */
import type { Alarm, AlarmState, AlarmStatus } from './alarm.ts';
import type { AlarmAction } from './alarm-action.ts';
import { transitioned } from './alarm-history.ts';
import type { AlarmEntry, Turn } from './alarms-state.ts';

/** What an action is told of the evaluation behind it. */
export type Evidence = Pick<AlarmAction, 'metricValue' | 'metricTimeMs' | 'silent'>;

export const NO_EVIDENCE: Evidence = { metricValue: undefined, metricTimeMs: undefined, silent: false };

/** Every change of a status. Actions are called when the state is another one. */
export function changeStatus(
  turn: Turn,
  entry: AlarmEntry,
  next: Pick<AlarmStatus, 'state' | 'reason' | 'reasonData'>,
  evidence: Evidence,
): void {
  const { effects, nowMs } = turn;
  const before = entry.alarm.status;
  const moved = before.state !== next.state;
  const status = { ...next, updatedMs: nowMs, transitionedMs: moved ? nowMs : before.transitionedMs };
  replaceAlarm(turn, entry, { ...entry.alarm, status } as Alarm);
  if (!moved) return;
  effects.push({ type: 'history', item: transitioned(entry.alarm, before) });
  turn.changed.push(entry.alarm.definition.name);
  if (entry.type === 'metric') entry.actedMs = nowMs * turn.state.speed;
  for (const actionArn of actionsOf(entry.alarm))
    callAction(turn, entry, actionArn, before.state, evidence, false);
}

export function replaceAlarm(turn: Turn, entry: AlarmEntry, alarm: Alarm): void {
  entry.alarm = alarm as typeof entry.alarm;
  turn.effects.push({ type: 'changed', alarm });
}

/** Auto Scaling's actions, again, while the state stays. */
export function repeatActions(turn: Turn, entry: AlarmEntry, evidence: () => Evidence): void {
  for (const actionArn of actionsOf(entry.alarm))
    if (isScalingAction(actionArn))
      callAction(turn, entry, actionArn, entry.alarm.status.state, evidence(), true);
}

/** `arn:aws:autoscaling:...:scalingPolicy:...` */
export function isScalingAction(actionArn: string): boolean {
  return actionArn.split(':', 3)[2] === 'autoscaling';
}

/** The actions of the alarm's state; none when they are disabled. */
export function actionsOf({ definition, status }: Alarm): readonly string[] {
  if (!definition.actionsEnabled) return [];
  switch (status.state) {
    case 'ALARM':
      return definition.alarmActions;
    case 'OK':
      return definition.okActions;
    case 'INSUFFICIENT_DATA':
      return definition.insufficientDataActions;
  }
}

function callAction(
  { effects, nowMs }: Turn,
  { alarm }: AlarmEntry,
  actionArn: string,
  previousState: AlarmState,
  evidence: Evidence,
  repeated: boolean,
): void {
  const { definition, status } = alarm;
  const metric = definition.type === 'metric' ? definition : undefined;
  const action: AlarmAction = {
    alarmName: definition.name,
    ...{ actionArn, state: status.state, previousState, repeated },
    ...evidence,
    threshold: metric?.threshold,
    comparison: metric?.comparison,
    reason: status.reason,
    timeMs: nowMs,
  };
  effects.push({ type: 'action', action });
}
