import { isRegistered } from './directory.ts';
import { fingerStart, setFinger, takeNextFinger } from './finger-table.ts';
import { startLookup } from './lookup.ts';
import type { Member } from './member.ts';
import { isDerived } from './pointers.ts';
import type { RingState, Turn } from './ring-state.ts';
import { forgetRoutes, ownRoute } from './routing.ts';

/**
 * Checks one finger, when it is due: the present one is asked first, so a finger that still holds costs one question. A node that knows
 * the registered membership has its fingers from there and asks nobody.
 */
export function maybeCheckFinger(turn: Turn): void {
  const { state, nowMs } = turn;
  const { fingers, self } = state;
  if (state.round < fingers.dueRound || isDerived(state) || isRegistered(state.directory, self)) return;
  const index = takeNextFinger(fingers, self, state.successors[0]);
  if (index === undefined) return;
  fingers.dueRound = state.round + fingers.pauseRounds;
  const start = fingerStart(self, index);
  const present = fingers.entries[index];
  const answer = ownRoute(state, start, nowMs);
  startLookup(turn, { type: 'finger', index }, start, {
    owners: present === undefined ? answer.owners : [present],
    closer: answer.closer,
    isListed: present === undefined && answer.owners.length > 0,
  });
}

/** A ring at rest is asked ever more rarely, up to once in `fingerRounds` rounds. */
export function handleFingerFound(turn: Turn, index: number, owner: Member | undefined): void {
  const { state } = turn;
  if (state.phase !== 'inside') return;
  const hasChanged = owner !== undefined && setFinger(state.fingers, state.self, index, owner);
  if (hasChanged) forgetRoutes(state);
  backOff(state, hasChanged || owner === undefined);
}

function backOff(state: RingState, isUnsettled: boolean): void {
  const { fingers, settings } = state;
  const pause = isUnsettled ? 1 : fingers.pauseRounds * 2;
  fingers.pauseRounds = Math.min(pause, settings.fingerRounds);
  fingers.dueRound = state.round + fingers.pauseRounds;
}
