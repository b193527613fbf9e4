/** When a group next needs a tick, though nothing happens to it. */
import { isDoomed, isMember } from './capacity.ts';
import type { GroupInstance, GroupState } from './group-state.ts';
import { graceEndMs, isGone } from './health.ts';
import { activeRefresh, type InstanceRefresh } from './instance-refresh.ts';
import { isTransit } from './lifecycle.ts';
import { stallMs } from './refresh-plan.ts';
import { policyMs, type StepContext } from './turn.ts';

/**
 * Milliseconds since 1970 of the next moment at which a tick may change something; undefined when only an input can. A moment that
 * has passed is meant for now.
 */
export function nextDeadline(
  state: GroupState,
  context: Pick<StepContext, 'speed' | 'nowMs'>,
): number | undefined {
  // What ends is waited for; nothing else of a group on its way out has a time.
  if (state.vitals.status === 'deleting') return undefined;
  let next = Number.POSITIVE_INFINITY;
  const consider = (ms: number | undefined): void => {
    if (ms !== undefined && ms < next) next = ms;
  };
  const { vitals } = state;
  const turn = context as StepContext;
  consider(vitals.scaleInDueMs);
  if (vitals.launchFailures !== undefined && vitals.launchFailures.retryMs > context.nowMs) {
    consider(vitals.launchFailures.retryMs);
  }
  if (vitals.cooldown?.startedMs !== undefined) {
    consider(vitals.cooldown.startedMs + policyMs(turn, vitals.cooldown.seconds));
  }
  for (const { nextMs } of state.scheduled.values()) consider(nextMs);
  for (const instance of state.instances.values()) considerInstance(state, instance, context.nowMs, consider);
  const refresh = activeRefresh(state);
  if (refresh !== undefined && !state.suspended.has('InstanceRefresh')) {
    considerRefresh(state, refresh, turn, consider);
  }
  return Number.isFinite(next) ? next : undefined;
}

function considerInstance(
  state: GroupState,
  instance: GroupInstance,
  nowMs: number,
  consider: (ms: number) => void,
): void {
  if (isTransit(instance)) consider(instance.sinceMs);
  for (const { dueMs } of instance.actions) consider(dueMs);
  const lifetimeMs = (state.settings.maxInstanceLifetimeSeconds ?? 0) * 1000;
  if (lifetimeMs > 0 && isMember(instance) && instance.launchedMs + lifetimeMs > nowMs) {
    consider(instance.launchedMs + lifetimeMs);
  }
  const isGraced = instance.lifecycle === 'InService' && !instance.compute.healthy;
  if (isGraced && !isGone(instance.compute) && !isDoomed(state, instance)) {
    const graceMs = graceEndMs(state, instance);
    if (graceMs > nowMs) consider(graceMs);
  }
}

function considerRefresh(
  state: GroupState,
  refresh: InstanceRefresh,
  context: StepContext,
  consider: (ms: number) => void,
): void {
  if (refresh.status === 'Pending' || refresh.status === 'Cancelling') consider(context.nowMs);
  if (refresh.waitUntilMs !== undefined && refresh.waitUntilMs > context.nowMs) consider(refresh.waitUntilMs);
  if (stallMs(refresh) > context.nowMs) consider(stallMs(refresh));
  for (const instance of state.instances.values()) {
    if (instance.generation < refresh.generation || instance.inServiceMs === undefined) continue;
    const warmMs = instance.inServiceMs + policyMs(context, refresh.preferences.warmupSeconds);
    if (warmMs > context.nowMs) consider(warmMs);
  }
}
