/**
 * The course of an instance refresh: old instances are replaced, a few at a time, within the healthy percentages.
 *
 * (F1) A new instance counts when it has been in service for the warm-up.
 * (F2) With room above 100 % the new one is launched first, beyond the desired capacity, and the old one goes when it is warm.
 * (F3) Otherwise the old one goes first, one at a time at least, however high the minimum is.
 */
import { at, joinCauses } from './activities.ts';
import { isMember, isPending, totalCapacity } from './capacity.ts';
import type { GroupInstance } from './group-state.ts';
import { activeRefresh, type InstanceRefresh } from './instance-refresh.ts';
import { isLaunchHeld } from './launch-failures.ts';
import { beginLaunch } from './launching.ts';
import { beginRollback, changeRefresh, endRefresh, isRevocable } from './refresh-requests.ts';
import { beginTermination } from './terminating.ts';
import { chooseVictim } from './termination-policies.ts';
import { changeInstance, changeVitals, policyMs, type Turn } from './turn.ts';

/** AWS fails a refresh that makes no progress, or waits for protected or standby instances, for an hour. */
export const STALL_MS = 3_600_000;

const OUT = 'an instance was taken out of service in response to an instance refresh.';
const IN = 'an instance was launched in response to an instance refresh.';

/** When the refresh fails unless something is replaced; a wait that it makes itself does not count. */
export function stallMs(refresh: InstanceRefresh): number {
  return Math.max(refresh.lastProgressMs, refresh.waitUntilMs ?? 0) + STALL_MS;
}

interface Progress {
  /** Old instances that may be replaced now. */
  readonly replaceable: readonly GroupInstance[];
  /** Old instances that the preferences make the refresh wait for. */
  readonly awaited: readonly GroupInstance[];
  /** In service, healthy, and warm if new. */
  readonly ready: readonly GroupInstance[];
  readonly isSettled: boolean;
  readonly updated: number;
}

export function planRefresh(turn: Turn): void {
  const refresh = activeRefresh(turn.state);
  if (refresh === undefined || turn.state.suspended.has('InstanceRefresh')) return;
  if (refresh.status === 'Pending') changeRefresh(turn, refresh, { status: 'InProgress' });
  const current = trackProgress(turn, turn.state.refreshes.get(refresh.id)!);
  if (current.status === 'Cancelling') {
    endRefresh(turn, current, 'Cancelled', current.statusReason);
    return;
  }
  const progress = measure(turn, current);
  if (isFinished(progress)) finish(turn, current);
  else if (turn.nowMs >= stallMs(current)) fail(turn, current, progress);
  else if (turn.nowMs >= (current.waitUntilMs ?? 0)) replaceSome(turn, current, progress);
}

function measure(turn: Turn, refresh: InstanceRefresh): Progress {
  const { state } = turn;
  const { preferences, generation } = refresh;
  const all = [...state.instances.values()];
  const old = all.filter((one) => one.generation < generation);
  const serving = old.filter(({ lifecycle, health }) => lifecycle === 'InService' && health === 'Healthy');
  const isFree = (one: GroupInstance): boolean =>
    !one.isProtected || preferences.protectedInstances === 'Refresh';
  const standby = old.filter(({ lifecycle }) => lifecycle === 'Standby');
  const awaited = [
    ...(preferences.protectedInstances === 'Wait' ? serving.filter((one) => !isFree(one)) : []),
    ...(preferences.standbyInstances === 'Wait' ? standby : []),
    ...old.filter(isPending),
  ];
  const replaceable = [
    ...serving.filter(isFree),
    ...(preferences.standbyInstances === 'Terminate' ? standby : []),
  ];
  const ready = all.filter(
    (one) =>
      one.lifecycle === 'InService' &&
      one.health === 'Healthy' &&
      (one.generation < generation || isWarm(turn, one, refresh)),
  );
  const missing = Math.max(0, state.vitals.desired - totalCapacity(state)) + state.launches.size;
  const isSettled =
    missing === 0 && all.filter(isMember).every((one) => one.generation < generation || ready.includes(one));
  const left = replaceable.length + awaited.length;
  const unready = all.filter((one) => isMember(one) && one.generation >= generation && !ready.includes(one));
  const updated = Math.max(0, Math.min(refresh.total, refresh.total - left - unready.length - missing));
  return { replaceable, awaited, ready, isSettled, updated };
}

function isWarm(turn: Turn, instance: GroupInstance, { preferences }: InstanceRefresh): boolean {
  return turn.nowMs >= (instance.inServiceMs ?? turn.nowMs) + policyMs(turn, preferences.warmupSeconds);
}

/** Percentages only rise; each checkpoint that is passed makes the refresh wait. */
function trackProgress(turn: Turn, refresh: InstanceRefresh): InstanceRefresh {
  const { updated } = measure(turn, refresh);
  const percent = refresh.total === 0 ? 100 : Math.floor((100 * updated) / refresh.total);
  const left = refresh.total - updated;
  const isRollback = refresh.status === 'RollbackInProgress';
  const isBetter = isRollback ? left < refresh.instancesToUpdate : percent > refresh.percentComplete;
  if (!isBetter) return refresh;
  const checkpoints = refresh.preferences.checkpointPercents;
  const passed = isRollback ? refresh.checkpointsPassed : checkpoints.filter((one) => one <= percent).length;
  const mustWait = passed > refresh.checkpointsPassed && percent < 100;
  return changeRefresh(turn, refresh, {
    instancesToUpdate: left,
    lastProgressMs: turn.nowMs,
    checkpointsPassed: passed,
    ...(isRollback ? {} : { percentComplete: percent }),
    ...(mustWait
      ? { waitUntilMs: turn.nowMs + policyMs(turn, refresh.preferences.checkpointDelaySeconds) }
      : {}),
  });
}

function isFinished(progress: Progress): boolean {
  return progress.replaceable.length === 0 && progress.awaited.length === 0 && progress.isSettled;
}

function finish(turn: Turn, refresh: InstanceRefresh): void {
  if (refresh.status === 'RollbackInProgress') {
    endRefresh(turn, refresh, 'RollbackSuccessful');
    return;
  }
  if (refresh.preferences.bakeSeconds > 0 && refresh.status !== 'Baking') {
    const waitUntilMs = turn.nowMs + policyMs(turn, refresh.preferences.bakeSeconds);
    changeRefresh(turn, refresh, {
      status: 'Baking',
      waitUntilMs,
      percentComplete: 100,
      instancesToUpdate: 0,
    });
    return;
  }
  if (turn.nowMs < (refresh.waitUntilMs ?? 0)) return;
  const done = changeRefresh(turn, refresh, { percentComplete: 100, instancesToUpdate: 0 });
  if (done.desired !== undefined) turn.state.settings = { ...turn.state.settings, source: done.desired };
  endRefresh(turn, done, 'Successful');
}

function fail(turn: Turn, refresh: InstanceRefresh, progress: Progress): void {
  const waits = progress.awaited.filter(({ isProtected }) => isProtected).length;
  const reason =
    waits > 0
      ? `Failed because ${waits} instances stayed protected from scale in for an hour.`
      : 'Failed because no instance was replaced for an hour.';
  if (refresh.status === 'RollbackInProgress') endRefresh(turn, refresh, 'RollbackFailed', reason);
  else if (refresh.preferences.autoRollback && isRevocable(refresh)) beginRollback(turn, refresh, reason);
  else endRefresh(turn, refresh, 'Failed', reason);
}

function replaceSome(turn: Turn, refresh: InstanceRefresh, progress: Progress): void {
  if (refresh.preferences.maxHealthyPercent > 100) launchFirst(turn, refresh, progress);
  else terminateFirst(turn, refresh, progress);
}

/** (F2) */
function launchFirst(turn: Turn, refresh: InstanceRefresh, progress: Progress): void {
  const { state } = turn;
  const warm = progress.ready.filter(({ surplus }) => surplus === 'refresh');
  let candidates = progress.replaceable;
  for (const extra of warm) {
    if (candidates.length === 0) break;
    candidates = endOne(turn, candidates);
    changeInstance(state, state.instances.get(extra.id)!, { surplus: undefined });
  }
  const { desired } = state.vitals;
  const room = Math.max(desired + 1, Math.floor((desired * refresh.preferences.maxHealthyPercent) / 100));
  const ahead =
    [...state.instances.values()].filter((one) => one.surplus === 'refresh' && isMember(one)).length +
    [...state.launches.values()].filter((one) => one.surplus === 'refresh').length;
  const count = Math.min(room - totalCapacity(state), candidates.length - ahead);
  if (isLaunchHeld(turn)) return;
  for (let i = 0; i < count; i++) beginLaunch(turn, at(turn, IN), 'refresh');
}

/** (F3) */
function terminateFirst(turn: Turn, refresh: InstanceRefresh, progress: Progress): void {
  if (turn.state.suspended.has('Terminate') || isLaunchHeld(turn)) return;
  const { desired } = turn.state.vitals;
  const least = Math.ceil((desired * refresh.preferences.minHealthyPercent) / 100);
  const isWhole = progress.ready.length >= desired && progress.isSettled;
  let count = Math.max(progress.ready.length - least, isWhole ? 1 : 0);
  let candidates = progress.replaceable;
  while (count-- > 0 && candidates.length > 0) {
    changeVitals(turn.state, { replacements: [...turn.state.vitals.replacements, at(turn, IN)] });
    candidates = endOne(turn, candidates);
  }
}

function endOne(turn: Turn, candidates: readonly GroupInstance[]): readonly GroupInstance[] {
  const victim = chooseVictim(turn.state, candidates, turn);
  const cause = joinCauses(at(turn, OUT), at(turn, `instance ${victim.id} was selected for termination.`));
  beginTermination(turn, victim, cause);
  return candidates.filter(({ id }) => id !== victim.id);
}
