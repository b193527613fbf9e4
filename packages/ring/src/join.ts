/**
 * Joining: find the member m that this node stands behind, ask m for its list, and only then stand on the ring (Zave's Join). Knows
 * seeds and registered members to begin from; does not know where they come from.
 *
 * (J1) Pointers come from m's answer alone, and only if this node lies between m and m's first successor at that moment.
 * (J2) A ring is made anew only when it is plain that none is left: more than half of the registered members, this node
 *      among them, have answered lately that they stand on no ring, and none has answered that it does.
 */
import type { Seed } from './contract.ts';
import { type Directory, isRegistered } from './directory.ts';
import { startExchange } from './exchange.ts';
import { startLookup } from './lookup.ts';
import type { Member } from './member.ts';
import { enterRing, standOnRing } from './membership.ts';
import { pingAddress, send, takeRequestId } from './outbox.ts';
import { pickPeers, rememberPeer } from './peer-memory.ts';
import { isDerived, setPredecessor, setSuccessors } from './pointers.ts';
import { isBetween } from './position.ts';
import type { RingState, Turn } from './ring-state.ts';
import { hurryRound } from './stabilise.ts';
import { adoptList } from './successors.ts';

const MAX_SEED_ADDRESSES = 64;
const ADDRESSES_PER_ROUND = 4;
const PINGS_PER_ROUND = 16;
const PEERS_PER_LOOKUP = 3;
/** Answers older than this many rounds say nothing about the ring of now. */
const FRESH_ROUNDS = 5;

export function startJoin(turn: Turn, seeds: readonly Seed[]): void {
  const { state, nowMs } = turn;
  if (state.phase === 'inside' || state.phase === 'left') return;
  const addresses: string[] = [];
  for (const seed of seeds) {
    if ('id' in seed) rememberPeer(state, seed);
    else if (seed.address !== state.self.address) addresses.push(seed.address);
  }
  state.seedAddresses = [...new Set([...state.seedAddresses, ...addresses])].slice(-MAX_SEED_ADDRESSES);
  // Those that stand on the ring get the time to say so, however many others are joining as well (J2).
  if (state.phase === 'outside') state.insideHeardMs = nowMs;
  state.phase = 'joining';
  state.nextRoundMs = nowMs;
  joinRound(turn);
}

/** Tries again every round until it stands on the ring; waiting is all that is left when nobody answers. */
export function joinRound(turn: Turn): void {
  const { state, nowMs } = turn;
  state.nextRoundMs = nowMs + state.settings.stabiliseMs * (0.5 + 0.5 * state.random());
  state.round++;
  const { directory } = state;
  if (directory !== undefined && isDerived(state)) {
    enterRing(turn, directory);
    return;
  }
  if (directory !== undefined && isRingLost(turn, directory)) {
    enterRing(turn, directory);
    return;
  }
  askAround(turn);
  if (!isUnderWay(state)) findPlace(turn, pickPeers(turn, PEERS_PER_LOOKUP));
}

/** A node has said whether it stands on the ring. */
export function handleJoinPong(turn: Turn, sender: Member, inside: boolean): void {
  const { state, nowMs } = turn;
  noteAnswer(state, sender, inside, nowMs);
  rememberPeer(state, sender);
  if (inside && !isUnderWay(state)) findPlace(turn, [sender]);
}

/** The lookup for the own place has ended: `member` is the one to stand behind. */
export function handlePlaceFound(turn: Turn, member: Member): void {
  const { state } = turn;
  if (state.phase === 'joining' && state.exchange === undefined)
    startExchange(turn, member, { type: 'join' });
}

export function handleJoinReply(turn: Turn, member: Member, list: readonly Member[]): void {
  const { state, nowMs } = turn;
  const { self, settings } = state;
  noteAnswer(state, member, true, nowMs);
  // A node that is alone names nobody: then it is the successor as well.
  const head = list[0] ?? member;
  const hasPlace = isBetween(member.position, self.position, head.position);
  if (!hasPlace && !state.mutations.has('joinAnywhere')) {
    hurryRound(turn);
    return;
  }
  for (const known of [member, ...list]) rememberPeer(state, known);
  const tail = state.mutations.has('joinWithHalfList') ? [] : list.slice(1);
  setSuccessors(turn, adoptList(self, head, tail, settings.successors));
  setPredecessor(turn, member);
  standOnRing(turn);
  state.nextRoundMs = nowMs;
}

export function handleJoinSilence(turn: Turn): void {
  hurryRound(turn);
}

export function noteAnswer(state: RingState, sender: Member, inside: boolean, nowMs: number): void {
  if (inside) state.insideHeardMs = nowMs;
  else if (isRegistered(state.directory, sender)) state.outsiders.set(sender.id, nowMs);
}

function findPlace(turn: Turn, peers: readonly Member[]): void {
  if (peers.length === 0) return;
  const places = { owners: [], closer: peers, isListed: false };
  startLookup(turn, { type: 'join' }, turn.state.self.position, places);
}

function isUnderWay(state: RingState): boolean {
  if (state.exchange !== undefined) return true;
  for (const lookup of state.lookups.values()) if (lookup.purpose.type === 'join') return true;
  return false;
}

/** Asks seeds and registered members in turn whether they stand on a ring. */
function askAround(turn: Turn): void {
  const { state } = turn;
  const { seedAddresses, directory } = state;
  for (let i = 0; i < Math.min(ADDRESSES_PER_ROUND, seedAddresses.length); i++)
    pingAddress(turn, seedAddresses[(state.round * ADDRESSES_PER_ROUND + i) % seedAddresses.length]!);
  const members = directory?.members ?? [];
  for (let i = 0; i < Math.min(PINGS_PER_ROUND, members.length); i++) {
    const member = members[(state.round * PINGS_PER_ROUND + i) % members.length]!;
    if (member.id !== state.self.id) send(turn, member, { type: 'ping', requestId: takeRequestId(state) });
  }
}

/** (J2) */
function isRingLost(turn: Turn, directory: Directory): boolean {
  const { state, nowMs } = turn;
  if (!isRegistered(directory, state.self)) return false;
  const roundsToAskAll = Math.ceil(directory.members.length / PINGS_PER_ROUND);
  const freshMs = (FRESH_ROUNDS + roundsToAskAll) * state.settings.stabiliseMs;
  if (nowMs - state.insideHeardMs < freshMs || state.round <= roundsToAskAll) return false;
  let outside = 1;
  for (const [id, heardMs] of state.outsiders)
    if (directory.byId.has(id) && nowMs - heardMs < freshMs) outside++;
  return 2 * outside > directory.members.length;
}
