/**
 * Looking for members that the ring may have lost. Failure detectors err and networks part, so two rings may each believe to be the whole; now
 * and then every node looks for its place in what others call the ring, and a split heals from there.
 */
import { isWanted, maybeAskCandidate } from './candidate.ts';
import { membersAfter } from './directory.ts';
import { startLookup } from './lookup.ts';
import type { Member } from './member.ts';
import { pingAddress } from './outbox.ts';
import { pickPeers } from './peer-memory.ts';
import { isDerived } from './pointers.ts';
import { advance, distance } from './position.ts';
import type { RingState, Turn } from './ring-state.ts';
import { isFailing } from './routing.ts';

const REGISTERED_CANDIDATES = 8;

/** Once in `refindRounds`, and every round while the only successor is silent. */
export function maybeRefind(turn: Turn): void {
  const { state } = turn;
  if (state.round < state.refindRound || state.mutations.has('neverRefind')) return;
  const { refindRounds } = state.settings;
  state.refindRound = state.round + Math.ceil(refindRounds * (0.5 + state.random()));
  if (isDerived(state)) return;
  askSeed(turn);
  const candidate = nextCandidate(state, turn.nowMs);
  if (candidate !== undefined && maybeAskCandidate(turn, candidate)) return;
  askElsewhere(turn);
}

/** The lookup for the own place, begun at some other member, has ended: who follows there? */
export function handleElsewhereFound(turn: Turn, successor: Member): void {
  const { state } = turn;
  if (state.phase === 'inside' && successor.id !== state.self.id) maybeAskCandidate(turn, successor);
}

/**
 * The member, met or registered, that would be a better successor: the one whose last failure to answer is longest ago, the nearest of those that never
 * failed. So every one has its turn, however many dead ones stand before it.
 */
function nextCandidate(state: RingState, nowMs: number): Member | undefined {
  const { self, directory, peers, failing } = state;
  const registered =
    directory === undefined ? [] : membersAfter(directory, self.position, REGISTERED_CANDIDATES);
  let best: { member: Member; failedMs: number; steps: bigint } | undefined;
  for (const member of [...registered, ...peers.values()]) {
    if (!isWanted(state, member) || isFailing(state, member.id, nowMs)) continue;
    const failedMs = failing.get(member.id) ?? Number.NEGATIVE_INFINITY;
    const steps = distance(self.position, member.position);
    const isBetter =
      best === undefined || failedMs < best.failedMs || (failedMs === best.failedMs && steps < best.steps);
    if (isBetter) best = { member, failedMs, steps };
  }
  return best?.member;
}

/** Whoever answers at a seed's address is remembered from then on; whose address is remembered need not be asked again. */
function askSeed(turn: Turn): void {
  const { state } = turn;
  const known = new Set([...state.peers.values()].map((member) => member.address));
  const unknown = state.seedAddresses.filter((address) => !known.has(address));
  const address = unknown[state.round % unknown.length];
  if (address !== undefined) pingAddress(turn, address);
}

/** Where does somebody else's ring put the position behind this node? */
function askElsewhere(turn: Turn): void {
  const { state } = turn;
  const known = new Set(state.successors.map((member) => member.id));
  const peers = pickPeers(turn, 8);
  const start = peers.find((member) => !known.has(member.id)) ?? peers[0];
  if (start === undefined) return;
  const places = { owners: [], closer: [start], isListed: false };
  startLookup(turn, { type: 'refind' }, advance(state.self.position, 1n), places);
}
