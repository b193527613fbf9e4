/**
 * Who seems dead. Each node watches its neighbours and reports the silent ones to its host, which tells the system group; the ring itself
 * has long gone round them. Does not decide anything about members.
 *
 * (W1) A watch ends when its member is no neighbour and speaks, leaves, or is registered no more.
 * (W2) A member that was given up is pinged ever more rarely until its watch ends.
 */
import { isRegistered } from './directory.ts';
import { isSameMember, type Member } from './member.ts';
import { send, takeRequestId } from './outbox.ts';
import { isDerived } from './pointers.ts';
import type { RingState, Turn } from './ring-state.ts';
import { isFailing } from './routing.ts';

export interface Watch {
  readonly member: Member;
  heardMs: number;
  /** When it was last reported; undefined while it is not suspected. */
  reportedMs: number | undefined;
  /** An exchange with it has failed. */
  isDead: boolean;
  isNeighbour: boolean;
  probeMs: number;
  pauseMs: number;
}

const MAX_WATCHED = 16;
const LONGEST_PAUSE_ROUNDS = 32;
/** Silence of a neighbour, in rounds, before it is pinged: a healthy one speaks within one and a half. */
const QUIET_ROUNDS = 2;

/** Keeps the watches in line with the present neighbours. */
export function watchNeighbours(turn: Turn): void {
  const { state } = turn;
  const neighbours = neighboursOf(state, turn.nowMs);
  for (const watch of state.watched.values()) watch.isNeighbour = false;
  for (const member of neighbours) {
    const watch = state.watched.get(member.id);
    if (watch !== undefined && isSameMember(watch.member, member)) watch.isNeighbour = true;
    else state.watched.set(member.id, newWatch(turn, member));
  }
  for (const [id, watch] of state.watched) if (!isNeeded(turn, watch)) state.watched.delete(id);
  if (state.watched.size > MAX_WATCHED) dropOldest(state);
}

/** An exchange with the member has failed: from now on it is pinged even when it is no neighbour any more. */
export function watchDead(turn: Turn, member: Member): void {
  const { state } = turn;
  const { directory } = state;
  if (isRegistered(directory, state.self) && !isRegistered(directory, member)) return;
  const watch = state.watched.get(member.id);
  // Somebody who was never a neighbour is for its own neighbours to watch.
  if (watch !== undefined) watch.isDead = true;
}

/** The member has spoken. */
export function hear(turn: Turn, id: string): void {
  const { state, nowMs } = turn;
  const watch = state.watched.get(id);
  if (watch === undefined) return;
  const wasReported = watch.reportedMs !== undefined;
  watch.heardMs = nowMs;
  watch.isDead = false;
  watch.reportedMs = undefined;
  watch.pauseMs = state.settings.stabiliseMs;
  watch.probeMs = nowMs + QUIET_ROUNDS * state.settings.stabiliseMs;
  if (wasReported) turn.effects.push({ type: 'alive', member: watch.member });
  if (!watch.isNeighbour) state.watched.delete(id);
}

/** Pings and reports whoever is due. */
export function checkWatches(turn: Turn): void {
  const { state, nowMs } = turn;
  const { suspicionMs, stabiliseMs } = state.settings;
  for (const watch of state.watched.values()) {
    if (watch.probeMs <= nowMs) {
      send(turn, watch.member, { type: 'ping', requestId: takeRequestId(state) });
      watch.probeMs = nowMs + watch.pauseMs;
      if (!watch.isNeighbour) watch.pauseMs = Math.min(2 * watch.pauseMs, LONGEST_PAUSE_ROUNDS * stabiliseMs);
    }
    if (reportMs(watch, suspicionMs) > nowMs) continue;
    watch.reportedMs = nowMs;
    turn.effects.push({ type: 'suspect', member: watch.member, silentMs: nowMs - watch.heardMs });
  }
}

export function nextWatchMs(state: RingState): number {
  let nextMs = Number.POSITIVE_INFINITY;
  for (const watch of state.watched.values())
    nextMs = Math.min(nextMs, watch.probeMs, reportMs(watch, state.settings.suspicionMs));
  return nextMs;
}

export function suspects(state: RingState): Member[] {
  return [...state.watched.values()]
    .filter((watch) => watch.reportedMs !== undefined)
    .map((watch) => watch.member);
}

function reportMs(watch: Watch, suspicionMs: number): number {
  return (watch.reportedMs ?? watch.heardMs) + suspicionMs;
}

/** Predecessor and first successor; where dead successors are kept, all up to the first that answers. */
function neighboursOf(state: RingState, nowMs: number): Member[] {
  const neighbours: Member[] = [];
  if (state.predecessor !== undefined && !state.predecessorLeft) neighbours.push(state.predecessor);
  for (const member of state.successors) {
    neighbours.push(member);
    if (!isDerived(state) || !isFailing(state, member.id, nowMs)) break;
  }
  return neighbours.filter((member) => member.id !== state.self.id);
}

function newWatch(turn: Turn, member: Member): Watch {
  const { state, nowMs } = turn;
  const { stabiliseMs } = state.settings;
  return {
    member,
    heardMs: nowMs,
    reportedMs: undefined,
    isDead: false,
    isNeighbour: true,
    probeMs: nowMs + QUIET_ROUNDS * stabiliseMs,
    pauseMs: stabiliseMs,
  };
}

function isNeeded(turn: Turn, watch: Watch): boolean {
  const { directory, settings } = turn.state;
  if (watch.isNeighbour) return true;
  if (isRegistered(directory, turn.state.self) && !isRegistered(directory, watch.member)) return false;
  return watch.isDead || turn.nowMs - watch.heardMs > 1.6 * settings.stabiliseMs;
}

function dropOldest(state: RingState): void {
  const strangers = [...state.watched.values()].filter((watch) => !watch.isNeighbour);
  strangers.sort((a, b) => a.heardMs - b.heardMs);
  for (const watch of strangers.slice(0, state.watched.size - MAX_WATCHED))
    state.watched.delete(watch.member.id);
}
