/**
 * Launches that fail in a row: the next one waits, twice as long each time, and after a day of failures launches are suspended.
 * An instance that serves for a while ends the row.
 */
import type { GroupState } from './group-state.ts';
import { changeVitals, type Turn } from './turn.ts';

/** Approximation: AWS says only that it waits longer and longer. */
export const FIRST_RETRY_MS = 5_000;
export const LONGEST_RETRY_MS = 300_000;
/** AWS suspends launches that have failed for a day ("administrative suspension"). */
export const SUSPEND_AFTER_MS = 24 * 3_600_000;
/** Approximation: an instance that served for a shorter time than this counts as a failed launch; nothing would hold back its successors otherwise. */
export const SHORT_LIFE_MS = 30_000;

export function isLaunchHeld(turn: Turn): boolean {
  return turn.state.suspended.has('Launch') || turn.nowMs < (turn.state.vitals.launchFailures?.retryMs ?? 0);
}

/** An early death is forgiven once: a process that is gone is replaced at once. */
export function countFailure(turn: Turn, kind: 'launch' | 'early-death' = 'launch'): void {
  const { state, nowMs } = turn;
  const before = state.vitals.launchFailures;
  const isOver = before === undefined || hasServedSince(state, before.lastMs, nowMs);
  const count = isOver ? 1 : before.count + 1;
  const firstMs = isOver ? nowMs : before.firstMs;
  const isForgiven = count === 1 && kind === 'early-death';
  const waitMs = isForgiven ? 0 : Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(count - 1, 20));
  changeVitals(state, { launchFailures: { count, firstMs, lastMs: nowMs, retryMs: nowMs + waitMs } });
  if (nowMs - firstMs >= SUSPEND_AFTER_MS) {
    state.suspended.set('Launch', 'Administratively suspended: launches have failed for a day');
  }
}

/** Whether an instance that came into service after the last failure has stayed there. */
function hasServedSince(state: GroupState, lastMs: number, nowMs: number): boolean {
  return [...state.instances.values()].some(
    ({ lifecycle, inServiceMs, health }) =>
      lifecycle === 'InService' &&
      health === 'Healthy' &&
      inServiceMs !== undefined &&
      inServiceMs >= lastMs &&
      nowMs - inServiceMs >= SHORT_LIFE_MS,
  );
}
