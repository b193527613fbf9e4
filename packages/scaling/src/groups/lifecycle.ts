/**
 * The path of an instance: what EC2 says about it, and what hooks decide, moves it along.
 *
 * (Y1) A hook cannot refuse a termination: whatever it answers, the instance ends, unless the group retains abandoned ones.
 * (Y2) A launch that a hook abandons ends, and its instance is replaced.
 */
import { at, changeActivity, endActivity } from './activities.ts';
import { isPending } from './capacity.ts';
import type { ComputeChange, GroupInput } from './group-input.ts';
import type { ComputeView, GroupInstance } from './group-state.ts';
import { isGone } from './health.ts';
import { type ActionInFlight, beginHooks, findAction } from './hooks-in-flight.ts';
import { countFailure } from './launch-failures.ts';
import type { LifecycleResult } from './lifecycle-hook.ts';
import { notify } from './notifications.ts';
import { beginTermination, finishTermination, proceedTermination, retainInstance } from './terminating.ts';
import { changeInstance, type Turn } from './turn.ts';

export function handleComputeChange(turn: Turn, input: ComputeChange): void {
  const instance = turn.state.instances.get(input.instanceId);
  if (instance !== undefined) followCompute(turn, instance, input.compute, input.consoleTail);
}

/** Takes over what EC2 says of an instance. */
export function followCompute(
  turn: Turn,
  instance: GroupInstance,
  compute: ComputeView,
  consoleTail: string,
): void {
  const next = changeInstance(turn.state, instance, { compute });
  if (isPending(next)) followPending(turn, next, consoleTail);
  else if (next.lifecycle === 'Terminating' || next.lifecycle === 'Terminating:Proceed') {
    if (compute.state === 'terminated') finishTermination(turn, next);
  } else if (next.lifecycle === 'Terminating:Retained' && compute.state === 'terminated') {
    turn.state.instances.delete(next.id);
  }
}

function followPending(turn: Turn, instance: GroupInstance, consoleTail: string): void {
  if (isGone(instance.compute)) {
    failPending(turn, instance, 'Failed', deathMessage(instance.compute.reason, consoleTail));
    return;
  }
  if (instance.lifecycle !== 'Pending' || instance.compute.state !== 'running') return;
  if (beginHooks(turn, instance, 'autoscaling:EC2_INSTANCE_LAUNCHING')) return;
  changeInstance(turn.state, instance, { lifecycle: 'Pending:Proceed', sinceMs: turn.nowMs });
}

function deathMessage(reason: string, consoleTail: string): string {
  const message = `Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: ${reason || 'unknown'}`;
  return consoleTail === '' ? message : `${message}\nThe last lines of its console:\n${consoleTail}`;
}

/** An instance that died, or was given up, before it came into service. */
function failPending(
  turn: Turn,
  instance: GroupInstance,
  status: 'Failed' | 'Cancelled',
  message: string,
): void {
  const activityId = instance.activityId;
  endActivity(turn, activityId, status, message);
  notify(turn, 'autoscaling:EC2_INSTANCE_LAUNCH_ERROR', activityId, instance.id);
  countFailure(turn);
  const left = changeInstance(turn.state, instance, { activityId: undefined, actions: [] });
  const cause = at(turn, 'an instance was taken out of service in response to a launch failure.');
  beginTermination(turn, left, cause, { withHooks: left.compute.state === 'running' });
}

export function handleCompleted(
  turn: Turn,
  input: Extract<GroupInput, { type: 'lifecycle-completed' }>,
): void {
  const found = findAction(turn.state, input);
  completeAction(turn, found, input.result, 'Lifecycle Action Completed with ABANDON Result');
}

/** Hooks whose heart stopped. */
export function expireActions(turn: Turn): void {
  for (const { id } of [...turn.state.instances.values()].filter(({ actions }) => actions.length > 0)) {
    for (;;) {
      const instance = turn.state.instances.get(id);
      const action = instance?.actions.find(({ dueMs }) => dueMs <= turn.nowMs);
      if (instance === undefined || action === undefined) break;
      completeAction(turn, { instance, action }, action.defaultResult, 'Heartbeat Timeout');
    }
  }
}

function completeAction(
  turn: Turn,
  { instance, action }: ActionInFlight,
  result: LifecycleResult,
  whyAbandoned: string,
): void {
  const left = instance.actions.filter(({ token }) => token !== action.token);
  const isLaunch = action.transition === 'autoscaling:EC2_INSTANCE_LAUNCHING';
  if (result === 'ABANDON') {
    const message = `Instance failed to complete user's Lifecycle Action: Lifecycle Action with token ${action.token} was abandoned: ${whyAbandoned}`;
    if (isLaunch) failPending(turn, instance, 'Cancelled', message);
    else if (turn.state.settings.onTerminateHookAbandon === 'retain') retainInstance(turn, instance, message);
    else proceedTermination(turn, instance);
    return;
  }
  const next = changeInstance(turn.state, instance, { actions: left });
  if (left.length > 0) return;
  if (!isLaunch) {
    proceedTermination(turn, next);
    return;
  }
  changeInstance(turn.state, next, { lifecycle: 'Pending:Proceed', sinceMs: turn.nowMs });
  changeActivity(turn, next.activityId, { status: 'PreInService', progress: 60 });
}

/** States that last only until the next tick, so that whoever looks can see them. */
export function settleTransits(turn: Turn): void {
  for (const instance of [...turn.state.instances.values()]) {
    if (instance.lifecycle === 'Pending:Proceed') enterService(turn, instance);
    else if (instance.lifecycle === 'EnteringStandby') {
      endActivity(turn, instance.activityId, 'Successful');
      changeInstance(turn.state, instance, {
        lifecycle: 'Standby',
        sinceMs: turn.nowMs,
        activityId: undefined,
      });
    } else if (instance.lifecycle === 'Detaching') {
      endActivity(turn, instance.activityId, 'Successful');
      turn.state.instances.delete(instance.id);
    }
  }
}

export function isTransit(instance: GroupInstance): boolean {
  return ['Pending:Proceed', 'EnteringStandby', 'Detaching'].includes(instance.lifecycle);
}

function enterService(turn: Turn, instance: GroupInstance): void {
  const { activityId } = instance;
  endActivity(turn, activityId, 'Successful');
  changeInstance(turn.state, instance, {
    lifecycle: 'InService',
    sinceMs: turn.nowMs,
    inServiceMs: turn.nowMs,
    activityId: undefined,
    ...(instance.surplus === 'rebalance' ? { surplus: undefined } : {}),
  });
  notify(turn, 'autoscaling:EC2_INSTANCE_LAUNCH', activityId, instance.id);
}
