import type { Member } from './member.ts';
import { distance, isInArc, type Position } from './position.ts';
import type { RouteAnswer } from './protocol.ts';
import type { RingState } from './ring-state.ts';

/** Every member a node can route by, in the order of the distance from itself. Built anew after its sources change. */
export interface RouteTable {
  readonly members: readonly Member[];
  readonly distances: readonly bigint[];
}

/** Members before the key that an answer offers: more than one, so that dead ones can be passed round. */
const MAX_CLOSER = 8;
/** What a node draws on itself is not limited by what fits a message. */
const MAX_OWN_CLOSER = 48;

/** To be called when successors, predecessor or fingers have changed. */
export function forgetRoutes(state: RingState): void {
  state.routes = undefined;
}

/**
 * Up to `limit` known members strictly between this node and `key`, nearest to the key first. Those that lately failed to
 * answer are left out.
 */
export function closestPreceding(state: RingState, key: Position, limit: number, nowMs: number): Member[] {
  const table = routeTable(state);
  const span = distance(state.self.position, key);
  const closest: Member[] = [];
  // A key at this very position is the whole ring away.
  let index = span === 0n ? table.members.length - 1 : lastBefore(table.distances, span);
  for (; index >= 0 && closest.length < limit; index--) {
    const member = table.members[index]!;
    if (!isFailing(state, member.id, nowMs)) closest.push(member);
  }
  return closest;
}

/** What this node answers to others about the way to `key`. */
export function answerRoute(state: RingState, key: Position, nowMs: number): RouteAnswer {
  return knownRoute(state, key, nowMs, MAX_CLOSER);
}

/** What this node itself begins a lookup with. */
export function ownRoute(state: RingState, key: Position, nowMs: number): RouteAnswer {
  return knownRoute(state, key, nowMs, MAX_OWN_CLOSER);
}

function knownRoute(state: RingState, key: Position, nowMs: number, maxCloser: number): RouteAnswer {
  const { self, predecessor } = state;
  if (state.phase !== 'inside')
    return { inside: false, owned: false, adjacent: false, owners: [], closer: [], predecessor: undefined };
  const owned = predecessor !== undefined && isInArc(predecessor.position, key, self.position);
  return {
    inside: true,
    owned,
    adjacent: isAdjacent(state, key),
    owners: owned ? [] : preferAnswering(state, successorsFrom(state, key), nowMs),
    closer: closestPreceding(state, key, maxCloser, nowMs),
    predecessor,
  };
}

/** True when no other member is known between this node and the key's owner; a node that is alone stands before every key. */
function isAdjacent(state: RingState, key: Position): boolean {
  const head = state.successors[0];
  if (head === undefined || state.isIsolated) return true;
  return isInArc(state.self.position, key, head.position);
}

/** The successors at or clockwise after the key, when the list reaches it. */
function successorsFrom(state: RingState, key: Position): readonly Member[] {
  let previous = state.self.position;
  for (let i = 0; i < state.successors.length; i++) {
    const { position } = state.successors[i]!;
    if (isInArc(previous, key, position)) return state.successors.slice(i);
    previous = position;
  }
  return [];
}

/** Leaves out those that lately failed to answer, unless nobody remains. */
export function preferAnswering(
  state: RingState,
  members: readonly Member[],
  nowMs: number,
): readonly Member[] {
  if (state.failing.size === 0) return members;
  const answering = members.filter((member) => !isFailing(state, member.id, nowMs));
  return answering.length === 0 ? members : answering;
}

export function isFailing(state: RingState, id: string, nowMs: number): boolean {
  const failedMs = state.failing.get(id);
  return failedMs !== undefined && nowMs - failedMs < state.settings.avoidMs;
}

function routeTable(state: RingState): RouteTable {
  state.routes ??= buildRouteTable(state);
  return state.routes;
}

function buildRouteTable(state: RingState): RouteTable {
  const known = new Map<Position, Member>();
  for (const member of state.fingers.entries) if (member !== undefined) known.set(member.position, member);
  if (state.predecessor !== undefined) known.set(state.predecessor.position, state.predecessor);
  for (const member of state.successors) known.set(member.position, member);
  known.delete(state.self.position);
  const entries = [...known.values()]
    .map((member) => ({ member, steps: distance(state.self.position, member.position) }))
    .sort((a, b) => (a.steps < b.steps ? -1 : 1));
  return { members: entries.map((entry) => entry.member), distances: entries.map((entry) => entry.steps) };
}

/** Index of the last distance below `span`; -1 when there is none. */
function lastBefore(distances: readonly bigint[], span: bigint): number {
  let low = 0;
  let high = distances.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (distances[middle]! < span) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
