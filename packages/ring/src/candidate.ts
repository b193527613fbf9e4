/**
 * A member that lies between this node and its first successor is asked for its list and adopted when it answers, never before
 * (Zave's StabilizeFromPredecessor). Where it was heard of does not matter: nobody that counts can lie between it and this node.
 */
import { startExchange } from './exchange.ts';
import type { Member } from './member.ts';
import { rememberPeer } from './peer-memory.ts';
import { setSuccessors } from './pointers.ts';
import type { RingState, Turn } from './ring-state.ts';
import { offerSelf } from './stabilise.ts';
import { adoptList, isNearerSuccessor } from './successors.ts';

/** Asks the candidate when it would be a better first successor. True when it was asked. */
export function maybeAskCandidate(turn: Turn, candidate: Member): boolean {
  const { state } = turn;
  if (state.exchange !== undefined || !isWanted(state, candidate)) return false;
  if (state.mutations.has('adoptWithoutAsking')) {
    setSuccessors(turn, adoptList(state.self, candidate, state.successors, state.settings.successors));
    return false;
  }
  startExchange(turn, candidate, { type: 'candidate' });
  return true;
}

export function handleCandidateReply(
  turn: Turn,
  candidate: Member,
  predecessor: Member | undefined,
  list: readonly Member[],
): void {
  const { state } = turn;
  if (!isWanted(state, candidate)) return;
  for (const member of [candidate, ...list]) rememberPeer(state, member);
  // The mutation keeps the own list behind the new head, as the protocol of 2001 does.
  const tail = state.mutations.has('appendHalfList') ? state.successors : list;
  state.isIsolated = false;
  setSuccessors(turn, adoptList(state.self, candidate, tail, state.settings.successors));
  offerSelf(turn, predecessor);
}

export function handleCandidateSilence(turn: Turn): void {
  offerSelf(turn, undefined);
}

/** A node whose last successor is dead takes whom it can get. */
export function isWanted(state: RingState, candidate: Member): boolean {
  const head = state.successors[0];
  if (isNearerSuccessor(state.self, candidate, head)) return true;
  return state.isIsolated && candidate.id !== head?.id && candidate.position !== state.self.position;
}
