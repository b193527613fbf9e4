/** Terminations, from the decision to the end of the instance. Once begun, nothing but `retain` stops one. */
import { beginActivity, changeActivity, endActivity } from './activities.ts';
import type { GroupInstance } from './group-state.ts';
import { beginHooks } from './hooks-in-flight.ts';
import { notify } from './notifications.ts';
import { changeInstance, type Turn } from './turn.ts';

export interface TerminationOptions {
  /** Whether termination hooks hold it; an instance that never ran and a group that is deleted by force have none. */
  readonly withHooks?: boolean;
  readonly isScaledIn?: boolean;
}

export function beginTermination(
  turn: Turn,
  instance: GroupInstance,
  cause: string,
  options: TerminationOptions = {},
): void {
  if (instance.activityId !== undefined) endActivity(turn, instance.activityId, 'Cancelled');
  const description = `Terminating EC2 instance: ${instance.id}`;
  const activity = beginActivity(turn, description, cause, { zone: instance.zone });
  const leaving = changeInstance(turn.state, instance, {
    lifecycle: 'Terminating',
    sinceMs: turn.nowMs,
    activityId: activity.id,
    actions: [],
    surplus: undefined,
    isScaledIn: options.isScaledIn === true ? true : undefined,
  });
  turn.effects.push({ type: 'set-target-state', instanceId: instance.id, state: 'Terminated' });
  const isHeld =
    options.withHooks !== false && beginHooks(turn, leaving, 'autoscaling:EC2_INSTANCE_TERMINATING');
  if (!isHeld) endInstance(turn, leaving);
}

/** After the hooks. */
export function proceedTermination(turn: Turn, instance: GroupInstance): void {
  changeActivity(turn, instance.activityId, { status: 'InProgress', progress: 60 });
  const next = changeInstance(turn.state, instance, {
    lifecycle: 'Terminating:Proceed',
    sinceMs: turn.nowMs,
    actions: [],
  });
  endInstance(turn, next);
}

function endInstance(turn: Turn, instance: GroupInstance): void {
  if (instance.compute.state === 'terminated') {
    finishTermination(turn, instance);
    return;
  }
  const cause = turn.state.activities.get(instance.activityId ?? '')?.cause ?? '';
  turn.effects.push({ type: 'terminate', instanceId: instance.id, reason: cause });
}

/** EC2 says that it is gone. */
export function finishTermination(turn: Turn, instance: GroupInstance): void {
  endActivity(turn, instance.activityId, 'Successful');
  turn.state.instances.delete(instance.id);
  notify(turn, 'autoscaling:EC2_INSTANCE_TERMINATE', instance.activityId, instance.id);
}

/** An abandoned termination hook of a group that keeps such instances. */
export function retainInstance(turn: Turn, instance: GroupInstance, message: string): void {
  endActivity(turn, instance.activityId, 'Cancelled', message);
  changeInstance(turn.state, instance, {
    lifecycle: 'Terminating:Retained',
    sinceMs: turn.nowMs,
    actions: [],
    activityId: undefined,
    isScaledIn: undefined,
  });
}
