/** Instance refreshes that are started, cancelled or rolled back. */
import { isMember } from './capacity.ts';
import type { GroupInput } from './group-input.ts';
import { refuse } from './group-refusal.ts';
import { activeRefresh, type InstanceRefresh } from './instance-refresh.ts';
import { isSameOrigin } from './launch-source.ts';
import { changeInstance, changeVitals, type Turn } from './turn.ts';

type Input<Type extends GroupInput['type']> = Extract<GroupInput, { type: Type }>;

/** Refreshes that are remembered. */
const MAX_REFRESHES = 50;

export function handleRefreshStarted(turn: Turn, input: Input<'refresh-started'>): void {
  const { state } = turn;
  const { request } = input;
  if (activeRefresh(state) !== undefined) {
    refuse(
      'InstanceRefreshInProgress',
      'An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.',
    );
  }
  const generation = state.vitals.generation + 1;
  changeVitals(state, { generation });
  if (request.preferences.skipMatching) {
    for (const instance of [...state.instances.values()]) {
      if (isSameOrigin(instance.origin, request.origin)) changeInstance(state, instance, { generation });
    }
  }
  const old = [...state.instances.values()].filter((one) => isMember(one) && one.generation < generation);
  const refresh: InstanceRefresh = {
    id: request.id,
    status: 'Pending',
    startMs: turn.nowMs,
    preferences: request.preferences,
    previous: state.settings.source,
    generation,
    total: old.length,
    percentComplete: 0,
    instancesToUpdate: old.length,
    checkpointsPassed: 0,
    lastProgressMs: turn.nowMs,
    ...(request.desired === undefined ? {} : { desired: request.desired }),
  };
  state.refreshes.set(refresh.id, refresh);
  if (state.refreshes.size > MAX_REFRESHES) state.refreshes.delete(state.refreshes.keys().next().value!);
}

export function changeRefresh(
  turn: Turn,
  refresh: InstanceRefresh,
  change: Partial<InstanceRefresh>,
): InstanceRefresh {
  const next = { ...refresh, ...change };
  turn.state.refreshes.set(next.id, next);
  return next;
}

export function endRefresh(
  turn: Turn,
  refresh: InstanceRefresh,
  status: InstanceRefresh['status'],
  statusReason?: string,
): void {
  changeRefresh(turn, refresh, {
    status,
    endMs: turn.nowMs,
    ...(statusReason === undefined ? {} : { statusReason }),
  });
  dropSurplus(turn);
}

/** What was launched ahead of an old instance stays as a plain one; the group then has one too many and chooses. */
function dropSurplus(turn: Turn): void {
  for (const instance of [...turn.state.instances.values()]) {
    if (instance.surplus === 'refresh') changeInstance(turn.state, instance, { surplus: undefined });
  }
  for (const launch of [...turn.state.launches.values()]) {
    if (launch.surplus !== 'refresh') continue;
    const { surplus: _, ...plain } = launch;
    turn.state.launches.set(launch.id, plain);
  }
}

function requireActive(turn: Turn): InstanceRefresh {
  return (
    activeRefresh(turn.state) ??
    refuse(
      'ActiveInstanceRefreshNotFound',
      `No in progress or pending Instance Refresh found for Auto Scaling group ${turn.state.settings.name}`,
    )
  );
}

export function handleRefreshCancelled(turn: Turn): void {
  const refresh = requireActive(turn);
  changeRefresh(turn, refresh, { status: 'Cancelling', statusReason: 'Cancelled due to user request.' });
}

export function handleRefreshRolledBack(turn: Turn, input: Input<'refresh-rolled-back'>): void {
  beginRollback(turn, requireActive(turn), input.reason);
}

export function isRevocable(refresh: InstanceRefresh): boolean {
  const { previous } = refresh;
  const version = previous.kind === 'configuration' ? '' : previous.template.version;
  return refresh.desired !== undefined && version !== '$Latest' && version !== '$Default';
}

/** The instances that were not replaced yet are as they should be; the others are replaced again. */
export function beginRollback(turn: Turn, refresh: InstanceRefresh, reason: string): void {
  if (!isRevocable(refresh)) {
    refuse(
      'IrreversibleInstanceRefresh',
      'The instance refresh cannot be rolled back: it has no desired configuration, or the group launches from $Latest or $Default.',
    );
  }
  dropSurplus(turn);
  const { state } = turn;
  const generation = state.vitals.generation + 1;
  changeVitals(state, { generation });
  for (const instance of [...state.instances.values()]) {
    if (instance.generation < refresh.generation) changeInstance(state, instance, { generation });
  }
  const old = [...state.instances.values()].filter((one) => isMember(one) && one.generation < generation);
  const { waitUntilMs: _, ...rest } = refresh;
  const { percentComplete, instancesToUpdate } = refresh;
  state.refreshes.set(refresh.id, {
    ...rest,
    status: 'RollbackInProgress',
    statusReason: reason,
    generation,
    total: old.length,
    instancesToUpdate: old.length,
    lastProgressMs: turn.nowMs,
    rollback: { reason, startMs: turn.nowMs, percentComplete, instancesToUpdate },
  });
}
