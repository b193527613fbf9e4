/**
 * Calendars jump: a clock is set, a machine sleeps, a cloud is stopped for a night. What a group counts goes on from where it was; what
 * it has written down as history stays, and schedules follow the calendar.
 */
import type { GroupInput } from './group-input.ts';
import type { GroupInstance, GroupState, GroupVitals } from './group-state.ts';
import { changeInstance, changeVitals, type Turn } from './turn.ts';

/** Approximation: how long a hook that waits holds its instance at least after the cloud came back; AWS's service is never away. */
const LEAST_AFTER_ABSENCE_MS = 60_000;

/** The calendar moved by so much beside the time that passed. */
export function handleTimeJumped(
  { state }: Turn,
  { byMs }: Extract<GroupInput, { type: 'time-jumped' }>,
): void {
  changeVitals(state, countedVitals(state.vitals, byMs));
  for (const instance of [...state.instances.values()])
    changeInstance(state, instance, countedInstance(instance, byMs));
  for (const [name, proposal] of state.proposals)
    state.proposals.set(name, { ...proposal, atMs: proposal.atMs + byMs });
  for (const [id, refresh] of state.refreshes) {
    const { waitUntilMs, lastProgressMs } = refresh;
    const wait = waitUntilMs === undefined ? {} : { waitUntilMs: waitUntilMs + byMs };
    state.refreshes.set(id, { ...refresh, ...wait, lastProgressMs: lastProgressMs + byMs });
  }
}

function countedVitals({ cooldown, launchFailures, scaleInDueMs }: GroupVitals, byMs: number) {
  return {
    ...(cooldown?.startedMs === undefined
      ? {}
      : { cooldown: { ...cooldown, startedMs: cooldown.startedMs + byMs } }),
    ...(launchFailures === undefined
      ? {}
      : {
          launchFailures: {
            count: launchFailures.count,
            firstMs: launchFailures.firstMs + byMs,
            lastMs: launchFailures.lastMs + byMs,
            retryMs: launchFailures.retryMs + byMs,
          },
        }),
    ...(scaleInDueMs === undefined ? {} : { scaleInDueMs: scaleInDueMs + byMs }),
  };
}

function countedInstance({ sinceMs, inServiceMs, actions }: GroupInstance, byMs: number) {
  return {
    sinceMs: sinceMs + byMs,
    ...(inServiceMs === undefined ? {} : { inServiceMs: inServiceMs + byMs }),
    actions: actions.map((one) => ({ ...one, dueMs: one.dueMs + byMs, limitMs: one.limitMs + byMs })),
  };
}

/**
 * The cloud was away. Nobody could keep a hook alive meanwhile, and instances that have stopped with the cloud must boot first. What the
 * calendar says happened after now shows that it was set back.
 */
export function handleCameBack(turn: Turn): void {
  const { state, nowMs } = turn;
  const aheadMs = newestMs(state) - nowMs;
  if (aheadMs > 0) handleTimeJumped(turn, { type: 'time-jumped', byMs: -aheadMs });
  for (const instance of [...state.instances.values()]) {
    if (instance.actions.length === 0) continue;
    const actions = instance.actions.map((one) => {
      const timeoutMs = one.heartbeatSeconds * 1000;
      const dueMs = Math.max(one.dueMs, nowMs + Math.min(timeoutMs, LEAST_AFTER_ABSENCE_MS));
      return { ...one, dueMs, limitMs: Math.max(one.limitMs, nowMs + timeoutMs) };
    });
    changeInstance(state, instance, { actions });
  }
}

/** The newest moment of which the group knows that it has been. */
function newestMs({ instances, activities, vitals }: GroupState): number {
  const moments = [
    vitals.launchFailures?.lastMs ?? 0,
    vitals.cooldown?.startedMs ?? 0,
    ...[...instances.values()].map(({ sinceMs }) => sinceMs),
    ...[...activities.values()].map(({ startMs, endMs }) => endMs ?? startMs),
  ];
  return moments.reduce((newest, ms) => Math.max(newest, ms), 0);
}
