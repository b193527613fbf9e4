/** Who counts: toward the desired capacity, as serving, as warming. */
import type { GroupInstance, GroupState } from './group-state.ts';
import { policyMs, type StepContext } from './turn.ts';

export function isPending(instance: GroupInstance): boolean {
  return instance.lifecycle.startsWith('Pending');
}

export function isTerminating(instance: GroupInstance): boolean {
  return instance.lifecycle.startsWith('Terminating');
}

/** On its way into service, or in it. */
export function isMember(instance: GroupInstance): boolean {
  return isPending(instance) || instance.lifecycle === 'InService';
}

/** In service, but about to be replaced. */
export function isDoomed(state: GroupState, instance: GroupInstance): boolean {
  const isReplaced = !state.suspended.has('ReplaceUnhealthy') && !state.suspended.has('Terminate');
  return instance.lifecycle === 'InService' && instance.health === 'Unhealthy' && isReplaced;
}

/** Counts toward the desired capacity. What was launched beyond it counts once it has taken another one's place. */
export function countsTowardDesired(state: GroupState, instance: GroupInstance): boolean {
  return isMember(instance) && instance.surplus === undefined && !isDoomed(state, instance);
}

/** Instances and launches that count toward the desired capacity. */
export function countedCapacity(state: GroupState): number {
  let count = 0;
  for (const instance of state.instances.values()) if (countsTowardDesired(state, instance)) count++;
  for (const launch of state.launches.values()) if (launch.surplus === undefined) count++;
  return count;
}

/** Everything that runs or is about to, surplus included. */
export function totalCapacity(state: GroupState): number {
  const members = [...state.instances.values()].filter(isMember);
  return members.length + state.launches.size;
}

/** Seconds that a new instance warms up, when nothing nearer says it. */
export function groupWarmupSeconds(state: GroupState): number {
  return state.settings.defaultWarmupSeconds ?? state.settings.defaultCooldownSeconds;
}

/** In service, but not long enough to be part of the group's metrics. */
export function isWarming(context: StepContext, instance: GroupInstance, warmupSeconds: number): boolean {
  const isServing = instance.lifecycle === 'InService' && instance.inServiceMs !== undefined;
  return isServing && context.nowMs < instance.inServiceMs + policyMs(context, warmupSeconds);
}

export interface PolicyCapacity {
  /** In service and warm. */
  readonly warm: number;
  /** Launched or in service, and not warm yet. */
  readonly warming: number;
  /** Leaving because the group became smaller. */
  readonly leaving: number;
}

/** The capacity as a policy with the given warm-up sees it. */
export function policyCapacity(
  context: StepContext & { readonly state: GroupState },
  warmupSeconds: number,
): PolicyCapacity {
  let warm = 0;
  let warming = context.state.launches.size;
  let leaving = 0;
  for (const instance of context.state.instances.values()) {
    if (isTerminating(instance)) leaving += instance.isScaledIn === true ? 1 : 0;
    else if (isPending(instance) || isWarming(context, instance, warmupSeconds)) warming++;
    else if (instance.lifecycle === 'InService' && !isDoomed(context.state, instance)) warm++;
  }
  return { warm, warming, leaving };
}

/** Whether a launch or a termination is under way. */
export function isScaling(state: GroupState): boolean {
  if (state.launches.size > 0) return true;
  for (const instance of state.instances.values()) {
    const isLeaving = isTerminating(instance) && instance.lifecycle !== 'Terminating:Retained';
    if (isPending(instance) || isLeaving) return true;
  }
  return false;
}
