import { createDirectory, type Directory, isRegistered } from './directory.ts';
import { fillFingers } from './finger-table.ts';
import { isDerived, mergeDirectory, takeIdealPointers } from './pointers.ts';
import type { Turn } from './ring-state.ts';
import { forgetRoutes } from './routing.ts';
import { hurryRound } from './stabilise.ts';

/** The newest registered membership; it waits while an answer that may change the pointers is awaited. */
export function handleMembers(turn: Turn, directory: Directory): void {
  const { state } = turn;
  if (state.exchange === undefined) applyMembers(turn, directory);
  else state.deferredDirectory = directory;
}

/** An exchange must not be under way. */
export function applyMembers(turn: Turn, directory: Directory): void {
  const { state } = turn;
  const wasDerived = isDerived(state);
  state.directory = directory;
  forgetUnregistered(turn, directory);
  if (state.phase === 'joining' && isDerived(state)) {
    enterRing(turn, directory);
    return;
  }
  if (state.phase !== 'inside') return;
  if (isDerived(state)) mergeDirectory(turn, directory);
  else if (wasDerived && state.successors.length < state.settings.successors) {
    // The list was full for a ring that has grown since; the newcomers answer for themselves in the next rounds.
    mergeDirectory(turn, directory);
    hurryRound(turn);
  }
  if (fillFingers(state.fingers, state.self, state.successors[0], directory)) forgetRoutes(state);
}

/** The first ring: ideal pointers to the founders. With r or fewer of them the pointers stay derived from the registered. */
export function createRingOf(turn: Turn, founders: Directory | undefined): void {
  const { state } = turn;
  if (state.phase === 'inside' || state.phase === 'left') return;
  const members = founders ?? createDirectory([state.self]);
  if (members.members.length <= state.settings.successors) state.directory ??= members;
  enterRing(turn, members);
}

/** Stands on the ring with ideal pointers to the given members. */
export function enterRing(turn: Turn, members: Directory): void {
  takeIdealPointers(turn, members);
  standOnRing(turn);
}

/** The pointers are set: from now on this node is a member. */
export function standOnRing(turn: Turn): void {
  const { state, nowMs } = turn;
  state.phase = 'inside';
  state.outsiders.clear();
  // Rounds of nodes that start together must not stay together.
  state.nextRoundMs = nowMs + state.settings.stabiliseMs * (0.05 + 0.95 * state.random());
  state.refindRound = state.round + 1 + Math.floor(state.settings.refindRounds * state.random());
  turn.effects.push({ type: 'joined' });
}

/** Who is registered no more need not be watched, if this list is one of this node's own cluster. */
function forgetUnregistered(turn: Turn, directory: Directory): void {
  const { state } = turn;
  if (!isRegistered(directory, state.self)) return;
  for (const [id, watch] of state.watched)
    if (watch.isDead && !isRegistered(directory, watch.member)) state.watched.delete(id);
}
