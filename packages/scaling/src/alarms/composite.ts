/** Composite alarms are looked at when an alarm that their rule names has changed its state, and when they are defined. */
import type { AlarmState } from './alarm.ts';
import { alarmsIn, isRuleTrue } from './alarm-rule.ts';
import type { AlarmsState, CompositeAlarmEntry, Turn } from './alarms-state.ts';
import { changeStatus, NO_EVIDENCE } from './transition.ts';

/** Rules may name each other in a circle; then evaluation stops here, as AWS says that it stops. */
const MAX_LOOKS_PER_STEP = 1_000;

export function linkParents({ parents }: AlarmsState, entry: CompositeAlarmEntry): void {
  for (const child of alarmsIn(entry.rule)) {
    const present = parents.get(child);
    if (present === undefined) parents.set(child, new Set([entry.alarm.definition.name]));
    else present.add(entry.alarm.definition.name);
  }
}

export function unlinkParents({ parents }: AlarmsState, entry: CompositeAlarmEntry): void {
  for (const child of alarmsIn(entry.rule)) {
    const present = parents.get(child);
    present?.delete(entry.alarm.definition.name);
    if (present?.size === 0) parents.delete(child);
  }
}

/** Follows every change of this step to the alarms that are made of it. */
export function evaluateParents(turn: Turn): void {
  const { state, changed } = turn;
  let looks = 0;
  for (let name = changed.shift(); name !== undefined; name = changed.shift())
    for (const parent of state.parents.get(name) ?? []) {
      const entry = state.entries.get(parent);
      if (entry?.type !== 'composite' || looks >= MAX_LOOKS_PER_STEP) continue;
      looks++;
      evaluateComposite(turn, entry, name);
    }
}

/** `child` is what has changed; undefined when the alarm was defined just now. */
export function evaluateComposite(turn: Turn, entry: CompositeAlarmEntry, child: string | undefined): void {
  const { entries } = turn.state;
  const stateOf = (name: string): AlarmState | undefined => entries.get(name)?.alarm.status.state;
  const state = isRuleTrue(entry.rule, stateOf) ? 'ALARM' : 'OK';
  if (state === entry.alarm.status.state) return;
  const childState = child === undefined ? undefined : stateOf(child);
  const reason =
    childState === undefined
      ? `The rule is ${state === 'ALARM' ? 'true' : 'false'}: the alarm was configured`
      : `Alarm ${child} transitioned to ${childState} at ${new Date(turn.nowMs).toUTCString()}`;
  const triggering = childState === undefined ? [] : [{ name: child, state: { value: childState } }];
  const reasonData = JSON.stringify({ triggeringAlarms: triggering });
  changeStatus(turn, entry, { state, reason, reasonData }, NO_EVIDENCE);
}
