/**
 * The one question at a time whose answer may change the pointers (S2 in ring-state.ts): asked up to `requestAttempts` times, then the
 * other is taken for dead. Does not know what the answers mean: each purpose has its file.
 *
 * (E1) An exchange takes effect at the moment of the other's answer. Between that moment and the arrival of the answer
 *      this node's own state must not be read, so it answers `busy`; that makes the two states change as if at once.
 * (E2) Nobody waits for a busy node: it answers at once, and the asker gives up and comes again later. So no ring of
 *      nodes can wait for each other.
 */
import { invariant } from '@crescendo/base';
import { handleCandidateReply, handleCandidateSilence } from './candidate.ts';
import { handleJoinReply, handleJoinSilence } from './join.ts';
import { handleLeaving } from './leave.ts';
import type { Member } from './member.ts';
import { isSameMember } from './member.ts';
import { applyMembers } from './membership.ts';
import { send, takeRequestId } from './outbox.ts';
import { markFailing } from './peer-memory.ts';
import type { ParsedMessage } from './protocol.ts';
import { handleNotify, handlePredecessorSilence } from './rectify.ts';
import type { Turn } from './ring-state.ts';
import { handleSuccessorReply, handleSuccessorSilence } from './stabilise.ts';
import { watchDead } from './suspicion.ts';

export interface Exchange {
  requestId: number;
  readonly to: Member;
  readonly purpose: ExchangePurpose;
  attemptsLeft: number;
  deadlineMs: number;
}

export type ExchangePurpose =
  /** The first successor's predecessor and list. */
  | { readonly type: 'stabilise' }
  /** The list of a member that may be a nearer first successor. */
  | { readonly type: 'candidate' }
  /** The list of the member that a joining node stands behind. */
  | { readonly type: 'join' }
  /** Is the predecessor alive? If not, `notifier` takes its place. */
  | { readonly type: 'rectify'; readonly notifier: Member };

type StateReply = Extract<ParsedMessage, { type: 'stateReply' }>;

export function startExchange(turn: Turn, to: Member, purpose: ExchangePurpose): void {
  const { state, nowMs } = turn;
  invariant(state.exchange === undefined, 'an exchange must wait for the one under way');
  const { requestAttempts, requestTimeoutMs } = state.settings;
  state.exchange = {
    requestId: takeRequestId(state),
    to,
    purpose,
    attemptsLeft: (state.mutations.has('giveUpAtOnce') ? 1 : requestAttempts) - 1,
    deadlineMs: nowMs + requestTimeoutMs,
  };
  ask(turn, state.exchange);
}

export function handleStateReply(turn: Turn, reply: StateReply): void {
  const { state } = turn;
  const exchange = state.exchange;
  if (!isAwaited(turn, reply) || exchange === undefined || exchange.purpose.type === 'rectify') {
    state.counters.late++;
    return;
  }
  state.exchange = undefined;
  if (reply.status === 'busy') handleBusy(turn);
  else if (reply.status === 'outside' || !isSameMember(reply.sender, exchange.to)) giveUp(turn, exchange);
  else if (exchange.purpose.type === 'stabilise')
    handleSuccessorReply(turn, reply.sender, reply.predecessor, reply.successors);
  else if (exchange.purpose.type === 'candidate')
    handleCandidateReply(turn, reply.sender, reply.predecessor, reply.successors);
  else handleJoinReply(turn, reply.sender, reply.successors);
  runDeferred(turn);
}

/** The predecessor that was asked whether it lives has answered. */
export function handleExchangePong(turn: Turn, sender: Member, requestId: number, inside: boolean): void {
  const { state } = turn;
  const exchange = state.exchange;
  if (exchange?.purpose.type !== 'rectify' || exchange.requestId !== requestId) return;
  if (exchange.to.id !== sender.id) return;
  state.exchange = undefined;
  if (!inside || !isSameMember(sender, exchange.to)) giveUp(turn, exchange);
  runDeferred(turn);
}

/** The deadline has passed, or the transport can't reach the other. */
export function handleExchangeTimeout(turn: Turn): void {
  const { state, nowMs } = turn;
  const exchange = state.exchange;
  if (exchange === undefined) return;
  state.counters.timeouts++;
  if (exchange.attemptsLeft > 0) {
    exchange.attemptsLeft--;
    exchange.deadlineMs = nowMs + state.settings.requestTimeoutMs;
    ask(turn, exchange);
    return;
  }
  state.exchange = undefined;
  giveUp(turn, exchange);
  runDeferred(turn);
}

function isAwaited(turn: Turn, reply: StateReply): boolean {
  const { exchange } = turn.state;
  return exchange?.requestId === reply.requestId && exchange.to.id === reply.sender.id;
}

/** The same request id for every attempt: whichever answer comes first counts. */
function ask(turn: Turn, exchange: Exchange): void {
  const type = exchange.purpose.type === 'rectify' ? 'ping' : 'stateRequest';
  send(turn, exchange.to, { type, requestId: exchange.requestId });
}

function handleBusy(turn: Turn): void {
  const { state, nowMs } = turn;
  state.counters.busy++;
  const pauseMs = state.settings.requestTimeoutMs * (0.1 + 0.3 * state.random());
  state.nextRoundMs = Math.min(state.nextRoundMs, nowMs + pauseMs);
}

/** The other is dead, or no member any more, which is the same to the ring. */
function giveUp(turn: Turn, exchange: Exchange): void {
  markFailing(turn, exchange.to);
  if (turn.state.phase === 'inside') watchDead(turn, exchange.to);
  switch (exchange.purpose.type) {
    case 'stabilise':
      handleSuccessorSilence(turn, exchange.to);
      break;
    case 'candidate':
      handleCandidateSilence(turn);
      break;
    case 'join':
      handleJoinSilence(turn);
      break;
    case 'rectify':
      handlePredecessorSilence(turn, exchange.to, exchange.purpose.notifier);
      break;
  }
}

/** What came while the answer was awaited, in order, until a new exchange begins. */
function runDeferred(turn: Turn): void {
  const { state } = turn;
  if (state.exchange === undefined && state.deferredDirectory !== undefined) {
    const directory = state.deferredDirectory;
    state.deferredDirectory = undefined;
    applyMembers(turn, directory);
  }
  while (state.exchange === undefined) {
    const message = state.deferred.shift();
    if (message === undefined) return;
    if (message.type === 'notify') handleNotify(turn, message.sender);
    else handleLeaving(turn, message.sender);
  }
}
