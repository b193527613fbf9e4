/**
 * Launches: asked for, answered, failed.
 *
 * (L1) A launch is recorded before it is asked for, under the token that makes it happen once.
 */

import { beginActivity, changeActivity, endActivity } from './activities.ts';
import type { GroupInput, LaunchedInstance } from './group-input.ts';
import type { GroupInstance, PendingLaunch } from './group-state.ts';
import { activeConfiguration } from './instance-refresh.ts';
import { countFailure } from './launch-failures.ts';
import { followCompute } from './lifecycle.ts';
import { notify } from './notifications.ts';
import { choosePurchase } from './purchase.ts';
import type { Turn } from './turn.ts';
import { emptiestZone, subnetIn } from './zones.ts';

export type LaunchPurpose = 'rebalance' | 'refresh' | undefined;

export function beginLaunch(turn: Turn, cause: string, surplus?: LaunchPurpose, zone?: string): void {
  const { state } = turn;
  const chosen = zone ?? emptiestZone(state);
  const subnetId = subnetIn(state, chosen)?.subnetId;
  const place = { zone: chosen, ...(subnetId === undefined ? {} : { subnetId }) };
  const description = 'Launching a new EC2 instance';
  const activity = beginActivity(turn, description, cause, place, 'WaitingForInstanceId', 20);
  const source = activeConfiguration(state);
  const launch: PendingLaunch = {
    id: activity.id,
    ...place,
    source,
    ...choosePurchase(state, source),
    generation: state.vitals.generation,
    ...(surplus === undefined ? {} : { surplus }),
  };
  state.launches.set(launch.id, launch);
  turn.effects.push({ type: 'launch', launch });
}

export function handleLaunched(turn: Turn, input: Extract<GroupInput, { type: 'launched' }>): void {
  const { state } = turn;
  const launch = state.launches.get(input.launchId);
  if (launch === undefined) {
    dropUnasked(turn, input.instanceId);
    return;
  }
  state.launches.delete(launch.id);
  const instance = addInstance(turn, input, {
    generation: launch.generation,
    activityId: launch.id,
    ...(launch.surplus === undefined ? {} : { surplus: launch.surplus }),
  });
  changeActivity(turn, launch.id, {
    description: `Launching a new EC2 instance: ${instance.id}`,
    status: 'PreInService',
    progress: 30,
  });
  followCompute(turn, instance, input.compute, '');
}

/** An answer to a launch that nobody remembers would otherwise leave an instance that nobody ends. */
function dropUnasked(turn: Turn, instanceId: string): void {
  if (turn.state.instances.has(instanceId)) return;
  turn.effects.push({ type: 'terminate', instanceId, reason: 'No launch of the group asked for it' });
}

/** A new instance of the group, `Pending`. */
export function addInstance(
  turn: Turn,
  launched: LaunchedInstance,
  more: Pick<GroupInstance, 'generation' | 'activityId' | 'surplus'>,
): GroupInstance {
  const instance: GroupInstance = {
    id: launched.instanceId,
    zone: launched.zone,
    type: launched.instanceType,
    imageId: launched.imageId,
    origin: launched.origin,
    spot: launched.spot,
    launchedMs: launched.launchedMs,
    lifecycle: 'Pending',
    sinceMs: turn.nowMs,
    isProtected: turn.state.settings.protectNewInstances,
    health: 'Healthy',
    healthCause: '',
    compute: { state: 'pending', healthy: true, reason: '' },
    actions: [],
    ...more,
  };
  turn.state.instances.set(instance.id, instance);
  turn.effects.push({ type: 'set-target-state', instanceId: instance.id, state: 'InService' });
  return instance;
}

export function handleLaunchFailed(turn: Turn, input: Extract<GroupInput, { type: 'launch-failed' }>): void {
  const launch = turn.state.launches.get(input.launchId);
  if (launch === undefined) return;
  turn.state.launches.delete(launch.id);
  const message = `${input.message} Launching EC2 instance failed.`;
  changeActivity(turn, launch.id, {
    description: `Launching a new EC2 instance.  Status Reason: ${message}`,
  });
  endActivity(turn, launch.id, 'Failed', message);
  notify(turn, 'autoscaling:EC2_INSTANCE_LAUNCH_ERROR', launch.id);
  countFailure(turn);
}
