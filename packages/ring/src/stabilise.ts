/**
 * Stabilisation: once a round each node asks its first successor for predecessor and list (Zave's StabilizeFromSuccessor), takes over
 * the whole list, turns to a nearer successor if there is one, and offers itself as predecessor.
 */
import { maybeAskCandidate } from './candidate.ts';
import { startExchange } from './exchange.ts';
import { isSameMember, type Member } from './member.ts';
import { send } from './outbox.ts';
import { rememberPeer } from './peer-memory.ts';
import { isDerived, isPinned, setSuccessors } from './pointers.ts';
import type { RingState, Turn } from './ring-state.ts';
import { isFailing } from './routing.ts';
import { adoptList } from './successors.ts';

/** Begins a round. An exchange must not be under way. */
export function stabilise(turn: Turn): void {
  const target = stabiliseTarget(turn.state, turn.nowMs);
  if (target !== undefined) startExchange(turn, target, { type: 'stabilise' });
}

export function handleSuccessorReply(
  turn: Turn,
  successor: Member,
  predecessor: Member | undefined,
  list: readonly Member[],
): void {
  const { state } = turn;
  const { self, settings, mutations } = state;
  state.isIsolated = false;
  for (const member of [successor, ...list]) rememberPeer(state, member);
  // Registered members before the one that answered are kept, though they were passed over for being silent.
  const kept = isDerived(state) ? successorsBefore(state, successor) : [];
  const whole = mutations.has('shrinkToSelf')
    ? [successor, ...list]
    : adoptList(self, successor, list, settings.successors);
  setSuccessors(turn, [...kept, ...whole].slice(0, settings.successors));
  if (predecessor !== undefined && maybeAskCandidate(turn, predecessor)) return;
  offerSelf(turn, predecessor);
}

/**
 * The successor is dead: the next one takes its place, and the end of the list is padding. The last real entry is kept all the same: a list
 * without one would be a ring of one node that nobody finds again.
 */
export function handleSuccessorSilence(turn: Turn, successor: Member): void {
  const { state } = turn;
  if (!isPinned(state, successor)) dropSuccessor(turn, successor);
  // Registered members behind the list are tried when nobody in it answers.
  else setSuccessors(turn, state.successors);
  offerSelf(turn, undefined);
  hurryRound(turn);
}

/** Removes a dead or departed successor from the list, unless it is the last. */
export function dropSuccessor(turn: Turn, dead: Member): void {
  const { state } = turn;
  const rest = state.successors.filter((member) => member.id !== dead.id);
  if (rest.length === state.successors.length) return;
  if (rest.length > 0 || isDerived(state)) setSuccessors(turn, rest);
  else if (state.mutations.has('shrinkToSelf')) setSuccessors(turn, [state.self]);
  else {
    state.isIsolated = true;
    state.refindRound = state.round;
  }
}

/** Tells the first successor of this node, unless it knows. */
export function offerSelf(turn: Turn, knownPredecessor: Member | undefined): void {
  const { state, nowMs } = turn;
  const head = stabiliseTarget(state, nowMs);
  if (head === undefined) return;
  // An identity that this node has replaced may still stand at the same position there.
  if (knownPredecessor !== undefined && isSameMember(knownPredecessor, state.self)) return;
  send(turn, head, { type: 'notify' });
}

/** The next round comes soon: something has changed. */
export function hurryRound(turn: Turn): void {
  const { state, nowMs } = turn;
  const pauseMs = state.settings.requestTimeoutMs * 0.2 * (0.5 + state.random());
  state.nextRoundMs = Math.min(state.nextRoundMs, nowMs + pauseMs);
}

/** The first successor; where dead ones are kept because they are registered, the first that answers. */
function stabiliseTarget(state: RingState, nowMs: number): Member | undefined {
  const head = state.successors[0];
  if (!isDerived(state)) return head;
  return state.successors.find((member) => !isFailing(state, member.id, nowMs)) ?? head;
}

function successorsBefore(state: RingState, successor: Member): readonly Member[] {
  const index = state.successors.findIndex((member) => isSameMember(member, successor));
  return state.successors.slice(0, Math.max(0, index));
}
