/**
 * The only place where predecessor and successors change. Knows the difference between a ring that runs Chord and one that is too
 * small for it; does not know why a pointer changes.
 *
 * (P1) While at most r + 1 members are registered and this node is one of them, the pointers are derived: nearest of all registered
 *      members and of those met on the ring. A registered member is then never dropped, however long it is silent: only
 *      the registered membership removes it.
 * (P2) In a larger ring the list is what the successor answered.
 * (P3) Registered members are put in between those of a list, which can skip nobody; behind its last entry only when none of it
 *      answers; and only where the list has room, so that nobody who answers is pushed out. A list that knows the ring up to
 *      its end might otherwise skip members that an old registered membership lacks.
 */
import type { Directory } from './directory.ts';
import { isRegistered, membersAfter, membersBefore } from './directory.ts';
import { fillFingers } from './finger-table.ts';
import { isSameList, isSameMember, type Member } from './member.ts';
import { isBetween } from './position.ts';
import type { RingState, Turn } from './ring-state.ts';
import { forgetRoutes, isFailing } from './routing.ts';
import { nearestSuccessors } from './successors.ts';

/** True while the pointers come from the registered membership (P1). */
export function isDerived(state: RingState): boolean {
  const { directory, settings } = state;
  return (
    directory !== undefined &&
    directory.members.length <= settings.successors + 1 &&
    isRegistered(directory, state.self)
  );
}

/** True for a member that only the registered membership may remove (P1). */
export function isPinned(state: RingState, member: Member): boolean {
  return isDerived(state) && isRegistered(state.directory, member);
}

export function setSuccessors(turn: Turn, list: readonly Member[]): void {
  const { state } = turn;
  const { directory } = state;
  state.isIsolated = false;
  const next = isDerived(state) && directory !== undefined ? withRegistered(turn, list, directory) : list;
  if (isSameList(next, state.successors)) return;
  state.successors = next;
  hurryFingers(state);
  forgetRoutes(state);
}

export function setPredecessor(turn: Turn, member: Member): void {
  const { state } = turn;
  const next = isDerived(state) ? nearestPredecessor(state, member) : member;
  state.predecessorLeft = false;
  const { predecessor } = state;
  if (predecessor !== undefined && isSameList([predecessor], [next])) return;
  state.predecessor = next;
  forgetRoutes(state);
}

/** Takes ideal pointers from a list of members, this node among them or not. */
export function takeIdealPointers(turn: Turn, directory: Directory): void {
  const { state } = turn;
  const { self, settings } = state;
  setSuccessors(turn, membersAfter(directory, self.position, settings.successors));
  setPredecessor(turn, membersBefore(directory, self.position, 1)[0] ?? self);
  fillFingers(state.fingers, self, state.successors[0], directory);
  forgetRoutes(state);
}

/** Adds registered members to pointers that were derived from fewer of them. */
export function mergeDirectory(turn: Turn, directory: Directory): void {
  const { state } = turn;
  const { self, successors, predecessor } = state;
  // The only registered member owns everything; whoever else there was is gone.
  if (isDerived(state) && directory.members.length === 1) {
    takeIdealPointers(turn, directory);
    return;
  }
  setSuccessors(turn, withRegistered(turn, successors, directory));
  const nearest = membersBefore(directory, self.position, 1)[0];
  const isNearer =
    nearest !== undefined &&
    (predecessor === undefined || isBetween(predecessor.position, nearest.position, self.position));
  if (isNearer) setPredecessor(turn, nearest);
  else if (predecessor !== undefined) setPredecessor(turn, predecessor);
}

/** (P3) */
function withRegistered(turn: Turn, list: readonly Member[], directory: Directory): readonly Member[] {
  const { self, settings } = turn.state;
  const last = list[list.length - 1];
  const isAnswering = list.some((member) => !isFailing(turn.state, member.id, turn.nowMs));
  const registered = directory.members.filter(
    (member) =>
      last === undefined || !isAnswering || isBetween(self.position, member.position, last.position),
  );
  const known = new Set(list.map((member) => member.position));
  const missing = registered.filter((member) => !known.has(member.position));
  const added = nearestSuccessors(self, missing, settings.successors - list.length);
  return nearestSuccessors(self, [...list, ...added], settings.successors);
}

/** A change nearby is a sign that fingers have changed as well. */
function hurryFingers(state: RingState): void {
  state.fingers.pauseRounds = 1;
  state.fingers.dueRound = Math.min(state.fingers.dueRound, state.round + 1);
}

function nearestPredecessor(state: RingState, member: Member): Member {
  const { self, directory } = state;
  const registered = directory === undefined ? undefined : membersBefore(directory, self.position, 1)[0];
  if (registered === undefined || isSameMember(registered, member)) return member;
  const isNearer = member.id !== self.id && isBetween(registered.position, member.position, self.position);
  return isNearer ? member : registered;
}
