import type { RingInput } from './contract.ts';
import { type Directory, membersBefore, successorIndex } from './directory.ts';
import { type StartingPoints, startLookup } from './lookup.ts';
import type { Member } from './member.ts';
import { pickPeers } from './peer-memory.ts';
import { distance, type Position } from './position.ts';
import type { Turn } from './ring-state.ts';
import { ownRoute } from './routing.ts';

type LookupInput = Extract<RingInput, { type: 'lookup' }>;

const FREE = { hops: 0, messages: 0, timeouts: 0 };
/** Registered members around the key that a lookup begins with. */
const REGISTERED_STARTS = 3;
const OUTSIDE_STARTS = 8;

/**
 * Begins a lookup for the host. With the registered membership at hand the believed owner is asked first, which settles most lookups
 * with one question; successors and fingers are what it falls back to.
 */
export function handleLookup(turn: Turn, input: LookupInput): void {
  const { state, nowMs, effects } = turn;
  const { requestId, key } = input;
  if (state.lookups.size >= state.settings.maxLookups) {
    effects.push({ type: 'lookupDone', requestId, result: { ok: false, reason: 'overloaded', ...FREE } });
    return;
  }
  const answer = ownRoute(state, key, nowMs);
  if (answer.owned) {
    effects.push({ type: 'lookupDone', requestId, result: { ok: true, owner: state.self, ...FREE } });
    return;
  }
  const places = answer.inside
    ? startInside(state.directory, key, answer.owners, answer.closer)
    : startOutside(turn, key);
  if (places.owners.length + places.closer.length === 0) {
    effects.push({ type: 'lookupDone', requestId, result: { ok: false, reason: 'outside', ...FREE } });
    return;
  }
  startLookup(turn, { type: 'client', requestId, confirm: input.confirm ?? true }, key, places);
}

function startInside(
  directory: Directory | undefined,
  key: Position,
  owners: readonly Member[],
  closer: readonly Member[],
): StartingPoints {
  const isListed = owners.length > 0;
  if (directory === undefined) return { owners, closer, isListed };
  return {
    owners: [...owners, ...registeredFrom(directory, key)],
    closer: [...closer, ...membersBefore(directory, key, REGISTERED_STARTS)],
    isListed,
  };
}

/** A node that stands on no ring can still ask those that may. */
function startOutside(turn: Turn, key: Position): StartingPoints {
  const closer = pickPeers(turn, OUTSIDE_STARTS).sort((a, b) =>
    distance(a.position, key) < distance(b.position, key) ? -1 : 1,
  );
  return { owners: [], closer, isListed: false };
}

function registeredFrom(directory: Directory, key: Position): Member[] {
  const { members } = directory;
  const start = successorIndex(directory, key);
  const count = Math.min(REGISTERED_STARTS, members.length);
  return Array.from({ length: count }, (_, i) => members[(start + i) % members.length]!);
}
