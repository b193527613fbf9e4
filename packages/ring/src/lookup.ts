/**
 * Iterative lookups: this node asks one node after another, nearest to the key first, and passes round those that do not answer. Knows
 * what the answers offer; does not change pointers.
 *
 * (L1) A node is asked once in a lookup, and at most `maxLookupRequests` are: every lookup ends.
 * (L2) An owner counts when it has answered, everybody known to be nearer to the key has not, and either it claims the key itself
 *      or a node before the key has listed it.
 * (L3) Two kinds: for the owner of a key, and for the place of a position, which ends at the node before it.
 */
import { type Candidate, insertCandidate } from './candidate-list.ts';
import type { LookupResult } from './contract.ts';
import { handleFingerFound } from './finger-round.ts';
import { handlePlaceFound, noteAnswer } from './join.ts';
import type { Member } from './member.ts';
import { send, takeRequestId } from './outbox.ts';
import { markFailing, rememberPeer } from './peer-memory.ts';
import { distance, formatPosition, type Position } from './position.ts';
import type { ParsedRouteReply } from './protocol.ts';
import { handleElsewhereFound } from './refind.ts';
import type { Turn } from './ring-state.ts';
import { isFailing, preferAnswering } from './routing.ts';

export interface Lookup {
  readonly id: number;
  readonly key: Position;
  readonly purpose: LookupPurpose;
  /** Believed owners, nearest clockwise after the key first. */
  readonly owners: Candidate[];
  /** Nodes before the key, nearest to it first. */
  readonly closer: Candidate[];
  readonly asked: Set<string>;
  query: Query | undefined;
  /** The nearest owner that has answered. */
  confirmed: { readonly candidate: Candidate; readonly owned: boolean } | undefined;
  /** A node before the key has named its successors from the key on. */
  isListed: boolean;
  hops: number;
  messages: number;
  timeouts: number;
}

export type LookupPurpose =
  | { readonly type: 'client'; readonly requestId: number; readonly confirm: boolean }
  | { readonly type: 'finger'; readonly index: number }
  | { readonly type: 'join' }
  | { readonly type: 'refind' };

interface Query {
  readonly requestId: number;
  readonly candidate: Candidate;
  readonly role: 'owner' | 'closer';
  readonly deadlineMs: number;
}

export interface StartingPoints {
  readonly owners: readonly Member[];
  readonly closer: readonly Member[];
  readonly isListed: boolean;
}

type Step =
  | { readonly type: 'ask'; readonly role: Query['role']; readonly candidate: Candidate }
  | { readonly type: 'found'; readonly member: Member }
  | { readonly type: 'failed' };

export function startLookup(turn: Turn, purpose: LookupPurpose, key: Position, from: StartingPoints): void {
  const { state } = turn;
  const lookup: Lookup = {
    id: state.nextLookupId++,
    key,
    purpose,
    owners: [],
    closer: [],
    asked: new Set(),
    query: undefined,
    confirmed: undefined,
    isListed: from.isListed,
    hops: 0,
    messages: 0,
    timeouts: 0,
  };
  state.lookups.set(lookup.id, lookup);
  addOwners(turn, lookup, from.owners);
  addCloser(turn, lookup, from.closer);
  advanceLookup(turn, lookup);
}

export function handleRouteReply(turn: Turn, reply: ParsedRouteReply): void {
  const { state, nowMs } = turn;
  const lookup = awaitingLookup(turn, reply.requestId);
  const query = lookup?.query;
  if (lookup === undefined || query === undefined || query.candidate.member.id !== reply.sender.id) {
    state.counters.late++;
    return;
  }
  endQuery(turn, lookup);
  lookup.messages++;
  if (state.phase === 'joining') noteAnswer(state, reply.sender, reply.inside, nowMs);
  if (reply.inside) learn(turn, lookup, query, reply);
  else markFailing(turn, query.candidate.member);
  advanceLookup(turn, lookup);
}

/** The node asked by the oldest request has not answered in time. */
export function handleQueryTimeout(turn: Turn, requestId: number): void {
  const lookup = awaitingLookup(turn, requestId);
  if (lookup?.query === undefined) return;
  const { member } = lookup.query.candidate;
  endQuery(turn, lookup);
  turn.state.counters.timeouts++;
  lookup.timeouts++;
  markFailing(turn, member);
  advanceLookup(turn, lookup);
}

/** The oldest request that waits for its answer. */
export function oldestQuery(
  turn: Pick<Turn, 'state'>,
): { requestId: number; deadlineMs: number } | undefined {
  for (const lookupId of turn.state.queries.values()) return turn.state.lookups.get(lookupId)?.query;
  return undefined;
}

/** The transport can't reach the node: its answers are not waited for. */
export function failQueriesTo(turn: Turn, id: string): void {
  for (const lookup of [...turn.state.lookups.values()])
    if (lookup.query?.candidate.member.id === id) handleQueryTimeout(turn, lookup.query.requestId);
}

export function failAllLookups(turn: Turn): void {
  for (const lookup of [...turn.state.lookups.values()]) {
    endQuery(turn, lookup);
    finish(turn, lookup, { type: 'failed' });
  }
}

function advanceLookup(turn: Turn, lookup: Lookup): void {
  const step = nextStep(lookup, turn.state.settings.maxLookupRequests);
  if (step.type !== 'ask') {
    finish(turn, lookup, step);
    return;
  }
  const { state, nowMs } = turn;
  const requestId = takeRequestId(state);
  const { member } = step.candidate;
  lookup.asked.add(member.id);
  lookup.query = {
    requestId,
    candidate: step.candidate,
    role: step.role,
    deadlineMs: nowMs + state.settings.requestTimeoutMs,
  };
  lookup.messages++;
  state.queries.set(requestId, lookup.id);
  send(turn, member, { type: 'routeRequest', requestId, key: formatPosition(lookup.key) });
}

/** What an answer teaches: who may own the key, and who is nearer to it. */
function learn(turn: Turn, lookup: Lookup, query: Query, reply: ParsedRouteReply): void {
  lookup.hops++;
  rememberPeer(turn.state, reply.sender);
  if (isForPlace(lookup)) {
    learnPlace(turn, lookup, query, reply);
    return;
  }
  if (query.role === 'owner') {
    lookup.confirmed = { candidate: query.candidate, owned: reply.owned };
    const { predecessor } = reply;
    const isNearer =
      predecessor !== undefined && distance(lookup.key, predecessor.position) < query.candidate.steps;
    if (!reply.owned && isNearer) addOwners(turn, lookup, [predecessor]);
  }
  if (reply.owned && query.role === 'closer') {
    const steps = distance(lookup.key, reply.sender.position);
    lookup.confirmed = { candidate: { member: reply.sender, steps }, owned: true };
  }
  if (reply.owners.length > 0) lookup.isListed = true;
  addOwners(turn, lookup, reply.owners);
  addCloser(turn, lookup, reply.closer);
}

function learnPlace(turn: Turn, lookup: Lookup, query: Query, reply: ParsedRouteReply): void {
  const { self } = turn.state;
  const isOwnRing = lookup.purpose.type === 'refind' && reply.closer[0]?.id === self.id;
  if (isOwnRing || reply.adjacent) {
    const member = isOwnRing
      ? self
      : lookup.purpose.type === 'refind'
        ? (reply.owners[0] ?? reply.sender)
        : reply.sender;
    if (member !== undefined) lookup.confirmed = { candidate: { member, steps: 0n }, owned: true };
  }
  addCloser(turn, lookup, reply.closer);
  const isStuck = lookup.confirmed === undefined && reply.closer.length === 0 && reply.owners.length > 0;
  // A node whose first successors are gone knows others behind the key alone: from them the way goes once round.
  if (isStuck && query.role === 'closer') addCloser(turn, lookup, reply.owners);
}

/** (L2) Only decides, does nothing. */
function nextStep(lookup: Lookup, maxRequests: number): Step {
  const { confirmed, purpose } = lookup;
  const isFull = lookup.asked.size >= maxRequests;
  if (isForPlace(lookup) && confirmed !== undefined)
    return { type: 'found', member: confirmed.candidate.member };
  if (purpose.type === 'client' && !purpose.confirm && lookup.isListed) {
    const owner = lookup.owners[0];
    if (owner !== undefined) return { type: 'found', member: owner.member };
  }
  const owner = isFull || isForPlace(lookup) ? undefined : firstUnasked(lookup, lookup.owners);
  if (owner !== undefined && (confirmed === undefined || owner.steps < confirmed.candidate.steps))
    return { type: 'ask', role: 'owner', candidate: owner };
  if (confirmed !== undefined && (confirmed.owned || lookup.isListed))
    return { type: 'found', member: confirmed.candidate.member };
  const closer = isFull ? undefined : firstUnasked(lookup, lookup.closer);
  if (closer !== undefined) return { type: 'ask', role: 'closer', candidate: closer };
  return confirmed === undefined ? { type: 'failed' } : { type: 'found', member: confirmed.candidate.member };
}

function firstUnasked(lookup: Lookup, candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.find((candidate) => !lookup.asked.has(candidate.member.id));
}

function finish(turn: Turn, lookup: Lookup, step: Exclude<Step, { type: 'ask' }>): void {
  turn.state.lookups.delete(lookup.id);
  const found = step.type === 'found' ? step.member : undefined;
  const { purpose } = lookup;
  switch (purpose.type) {
    case 'client': {
      const cost = { hops: lookup.hops, messages: lookup.messages, timeouts: lookup.timeouts };
      const result: LookupResult =
        found === undefined
          ? { ok: false, reason: 'unreachable', ...cost }
          : { ok: true, owner: found, ...cost };
      turn.effects.push({ type: 'lookupDone', requestId: purpose.requestId, result });
      break;
    }
    case 'finger':
      handleFingerFound(turn, purpose.index, found);
      break;
    case 'join':
      if (found !== undefined) handlePlaceFound(turn, found);
      break;
    case 'refind':
      if (found !== undefined) handleElsewhereFound(turn, found);
      break;
  }
}

function isForPlace(lookup: Lookup): boolean {
  return lookup.purpose.type === 'join' || lookup.purpose.type === 'refind';
}

function addOwners(turn: Turn, lookup: Lookup, members: readonly Member[]): void {
  const { state, nowMs } = turn;
  for (const member of preferAnswering(state, members, nowMs)) {
    const candidate = { member, steps: distance(lookup.key, member.position) };
    if (member.id !== state.self.id) insertCandidate(lookup.owners, candidate);
    else if (state.phase === 'inside') confirmSelf(lookup, candidate);
  }
}

/** Somebody takes this node for the owner; it answers itself without a message. */
function confirmSelf(lookup: Lookup, candidate: Candidate): void {
  if (lookup.confirmed !== undefined && lookup.confirmed.candidate.steps <= candidate.steps) return;
  lookup.confirmed = { candidate, owned: false };
}

function addCloser(turn: Turn, lookup: Lookup, members: readonly Member[]): void {
  const { state, nowMs } = turn;
  for (const member of members) {
    if (member.id === state.self.id || isFailing(state, member.id, nowMs)) continue;
    insertCandidate(lookup.closer, { member, steps: distance(member.position, lookup.key) });
  }
}

function awaitingLookup(turn: Turn, requestId: number): Lookup | undefined {
  const lookupId = turn.state.queries.get(requestId);
  return lookupId === undefined ? undefined : turn.state.lookups.get(lookupId);
}

function endQuery(turn: Turn, lookup: Lookup): void {
  if (lookup.query === undefined) return;
  turn.state.queries.delete(lookup.query.requestId);
  lookup.query = undefined;
}
