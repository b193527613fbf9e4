/**
 * Health: who is unhealthy, and its replacement.
 *
 * A process that is gone is replaced at once, whatever the grace period says; a check that fails, and a word of the owner that
 * respects the grace period, count only after it. Replacement is to terminate and then to launch, unless the group's maintenance
 * policy has room above the desired capacity: then the new one comes first.
 */
import { at } from './activities.ts';
import { countedCapacity, isDoomed, isMember } from './capacity.ts';
import type { HealthReport } from './group-input.ts';
import { refuse } from './group-refusal.ts';
import type { ComputeView, GroupInstance, GroupState } from './group-state.ts';
import { countFailure, SHORT_LIFE_MS } from './launch-failures.ts';
import { beginTermination } from './terminating.ts';
import { changeInstance, changeVitals, type Turn } from './turn.ts';

export const EC2_HEALTH_CAUSE =
  'an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.';
export const STATUS_CHECK_CAUSE =
  'an instance was taken out of service in response to an EC2 instance status checks failure.';
export const USER_HEALTH_CAUSE = 'an instance was taken out of service in response to a user health-check.';
const REPLACEMENT_CAUSE =
  'an instance was launched in response to an unhealthy instance needing to be replaced.';

export function isGone(compute: ComputeView): boolean {
  return compute.state !== 'pending' && compute.state !== 'running';
}

/** When the grace period of an instance in service ends. */
export function graceEndMs(state: GroupState, instance: GroupInstance): number {
  return (instance.inServiceMs ?? instance.sinceMs) + state.settings.healthCheckGraceSeconds * 1000;
}

export function handleHealthSet(turn: Turn, input: HealthReport): void {
  const instance = turn.state.instances.get(input.instanceId);
  if (instance === undefined) return refuse('ValidationError', instanceNotFound(input.instanceId));
  if (input.health === 'Healthy') {
    changeInstance(turn.state, instance, { health: 'Healthy', healthCause: '' });
    return;
  }
  const isGraced = input.respectGracePeriod && turn.nowMs < graceEndMs(turn.state, instance);
  if (isGraced || !isMember(instance)) return;
  changeInstance(turn.state, instance, { health: 'Unhealthy', healthCause: USER_HEALTH_CAUSE });
}

export function instanceNotFound(instanceId: string): string {
  return `Instance Id not found - No managed instance found for instance ID: ${instanceId}`;
}

/** What EC2's checks say becomes health; then the unhealthy are replaced as far as may be. */
export function planHealth(turn: Turn): void {
  for (const instance of [...turn.state.instances.values()]) {
    const checked = instance.lifecycle === 'InService' ? checkInstance(turn, instance) : instance;
    if (isDoomed(turn.state, checked)) maybeReplace(turn, checked);
  }
}

function checkInstance(turn: Turn, instance: GroupInstance): GroupInstance {
  const { state, nowMs } = turn;
  if (instance.health === 'Unhealthy' || state.suspended.has('HealthCheck')) return instance;
  if (isGone(instance.compute)) {
    if (nowMs - (instance.inServiceMs ?? 0) < SHORT_LIFE_MS) countFailure(turn, 'early-death');
    return changeInstance(state, instance, { health: 'Unhealthy', healthCause: EC2_HEALTH_CAUSE });
  }
  // While it boots again there is nothing to check yet.
  const isFine = instance.compute.healthy || instance.compute.state === 'pending';
  if (isFine || nowMs < graceEndMs(state, instance)) return instance;
  return changeInstance(state, instance, { health: 'Unhealthy', healthCause: STATUS_CHECK_CAUSE });
}

function maybeReplace(turn: Turn, instance: GroupInstance): void {
  if (!isGone(instance.compute) && mustServeOn(turn.state)) return;
  changeVitals(turn.state, {
    replacements: [...turn.state.vitals.replacements, at(turn, REPLACEMENT_CAUSE)],
  });
  beginTermination(turn, instance, at(turn, instance.healthCause));
}

/** Whether the maintenance policy keeps an unhealthy instance until its replacement serves. */
function mustServeOn(state: GroupState): boolean {
  const { maintenance } = state.settings;
  if (maintenance === undefined || maintenance.maxHealthyPercent <= 100 || state.suspended.has('Launch')) {
    return false;
  }
  const members = [...state.instances.values()].filter(isMember);
  const healthy = members.filter(
    ({ lifecycle, health, surplus }) =>
      lifecycle === 'InService' && health === 'Healthy' && surplus === undefined,
  );
  const { desired } = state.vitals;
  const room = Math.ceil((desired * maintenance.maxHealthyPercent) / 100);
  const missing = Math.max(0, desired - countedCapacity(state));
  const isFull = members.length + state.launches.size + missing > room;
  return healthy.length < Math.ceil((desired * maintenance.minHealthyPercent) / 100) && !isFull;
}
