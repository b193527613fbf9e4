/**
 * One node's ring as a state machine: inputs in, effects out. Has no clock, no socket and no randomness of its own; who runs it and how
 * messages travel is the host's business.
 */

import { maybeAskCandidate } from './candidate.ts';
import { handleLookup } from './client-lookup.ts';
import type { RingEffect, RingInput, RingOptions, RingStatus } from './contract.ts';
import { handleExchangePong, handleExchangeTimeout, handleStateReply } from './exchange.ts';
import { maybeCheckFinger } from './finger-round.ts';
import { handleJoinPong, joinRound, startJoin } from './join.ts';
import { handleLeaving, leaveRing } from './leave.ts';
import { failQueriesTo, handleQueryTimeout, handleRouteReply, oldestQuery } from './lookup.ts';
import type { Member } from './member.ts';
import { toWire } from './member.ts';
import { createRingOf, handleMembers } from './membership.ts';
import { send, sendRouteReply } from './outbox.ts';
import { parseMessage } from './parse-message.ts';
import { rememberPeer } from './peer-memory.ts';
import { distance, type Position } from './position.ts';
import type { ParsedMessage } from './protocol.ts';
import { handleNotify } from './rectify.ts';
import { maybeRefind } from './refind.ts';
import { createState, type DeferredMessage, type RingState, type Turn } from './ring-state.ts';
import { answerRoute } from './routing.ts';
import { stabilise } from './stabilise.ts';
import { checkWatches, hear, nextWatchMs, suspects, watchNeighbours } from './suspicion.ts';

const MAX_DEFERRED = 16;

/** A ring that stands nowhere yet: `create` or `join` comes next. */
export function createRing(options: RingOptions): RingState {
  return createState(options);
}

/** Changes `state`; `nowMs` must not go back. The effects are to be carried out in their order. */
export function step(state: RingState, input: RingInput, nowMs: number): RingEffect[] {
  const turn: Turn = { state, nowMs, effects: [] };
  const { predecessor, successors } = state;
  dispatch(turn, input);
  watchNeighbours(turn);
  if (state.predecessor !== predecessor || state.successors !== successors)
    turn.effects.push({ type: 'neighbours', predecessor: state.predecessor, successors: state.successors });
  return turn.effects;
}

/** When the next `tick` is due, in the time of `step`; Infinity when none is. */
export function nextDeadline(state: RingState): number {
  return Math.min(
    state.nextRoundMs,
    state.exchange?.deadlineMs ?? Number.POSITIVE_INFINITY,
    oldestQuery({ state })?.deadlineMs ?? Number.POSITIVE_INFINITY,
    nextWatchMs(state),
  );
}

export function ringStatus(state: RingState): RingStatus {
  const fingers = new Map<Position, Member>();
  for (const member of state.fingers.entries) if (member !== undefined) fingers.set(member.position, member);
  fingers.delete(state.self.position);
  const byDistance = (a: Member, b: Member): number =>
    distance(state.self.position, a.position) < distance(state.self.position, b.position) ? -1 : 1;
  return {
    phase: state.phase,
    self: state.self,
    predecessor: state.predecessor,
    successors: state.successors,
    fingers: [...fingers.values()].sort(byDistance),
    suspects: suspects(state),
    counters: state.counters,
  };
}

function dispatch(turn: Turn, input: RingInput): void {
  switch (input.type) {
    case 'tick':
      handleTick(turn);
      break;
    case 'message':
      handleMessage(turn, input.from, input.message);
      break;
    case 'create':
      createRingOf(turn, input.founders);
      break;
    case 'join':
      startJoin(turn, input.seeds);
      break;
    case 'members':
      handleMembers(turn, input.directory);
      break;
    case 'lookup':
      handleLookup(turn, input);
      break;
    case 'unreachable':
      handleUnreachable(turn, input.id);
      break;
    case 'leave':
      leaveRing(turn);
      break;
  }
}

function handleTick(turn: Turn): void {
  const { state, nowMs } = turn;
  if (state.exchange !== undefined && state.exchange.deadlineMs <= nowMs) handleExchangeTimeout(turn);
  for (;;) {
    const query = oldestQuery(turn);
    if (query === undefined || query.deadlineMs > nowMs) break;
    handleQueryTimeout(turn, query.requestId);
  }
  checkWatches(turn);
  if (state.nextRoundMs > nowMs) return;
  if (state.phase === 'joining') joinRound(turn);
  else if (state.phase === 'inside') runRound(turn);
  else state.nextRoundMs = Number.POSITIVE_INFINITY;
}

function runRound(turn: Turn): void {
  const { state, nowMs } = turn;
  const { stabiliseMs, requestTimeoutMs } = state.settings;
  if (state.exchange !== undefined) {
    // The exchange under way ends within its time-outs; then the round is due at once.
    state.nextRoundMs = nowMs + requestTimeoutMs * 0.2;
    return;
  }
  state.round++;
  state.nextRoundMs = nowMs + stabiliseMs * (0.5 + state.random());
  maybeRefind(turn);
  if (state.exchange === undefined) stabilise(turn);
  maybeCheckFinger(turn);
}

function handleUnreachable(turn: Turn, id: string): void {
  if (turn.state.exchange?.to.id === id) handleExchangeTimeout(turn);
  failQueriesTo(turn, id);
}

function handleMessage(turn: Turn, from: string, value: unknown): void {
  const { state } = turn;
  const { counters } = state;
  const parsed = parseMessage(from, value);
  if (!parsed.ok) {
    if (parsed.reason === 'version') counters.rejectedVersion++;
    else if (parsed.reason === 'sender') counters.rejectedSender++;
    else counters.rejectedMalformed++;
    return;
  }
  if (from === state.self.id) return;
  counters.received++;
  state.failing.delete(from);
  hear(turn, from);
  // It may have left and come back; at worst it is asked once more whether it lives.
  if (from === state.predecessor?.id) state.predecessorLeft = false;
  handleParsed(turn, parsed.message);
}

function handleParsed(turn: Turn, message: ParsedMessage): void {
  switch (message.type) {
    case 'stateRequest':
      answerState(turn, message.sender, message.requestId);
      break;
    case 'stateReply':
      handleStateReply(turn, message);
      break;
    case 'ping':
      rememberAsker(turn, message.sender);
      send(turn, message.sender, {
        type: 'pong',
        requestId: message.requestId,
        inside: isInside(turn),
      });
      break;
    case 'pong':
      handlePong(turn, message.sender, message.requestId, message.inside);
      break;
    case 'routeRequest':
      rememberAsker(turn, message.sender);
      sendRouteReply(
        turn,
        message.sender,
        message.requestId,
        answerRoute(turn.state, message.key, turn.nowMs),
      );
      break;
    case 'routeReply':
      handleRouteReply(turn, message);
      break;
    case 'notify':
    case 'leaving':
      handleOrDefer(turn, message);
      break;
  }
}

/** Whoever asks may come from the other part of a split ring, and know this node while nobody there is known here. */
function rememberAsker(turn: Turn, asker: Member): void {
  if (turn.state.phase === 'inside') rememberPeer(turn.state, asker);
}

/** A joining node that awaits the answer it will stand on counts as inside: its join may already have taken effect. */
function isInside(turn: Turn): boolean {
  const { phase, exchange } = turn.state;
  return phase === 'inside' || (phase === 'joining' && exchange !== undefined);
}

function answerState(turn: Turn, asker: Member, requestId: number): void {
  const { state } = turn;
  const isBusy = state.exchange !== undefined && !state.mutations.has('answerWhileWaiting');
  const status = isBusy ? 'busy' : state.phase === 'inside' ? 'inside' : 'outside';
  const isOpen = status === 'inside';
  send(turn, asker, {
    type: 'stateReply',
    requestId,
    status,
    predecessor: isOpen && state.predecessor !== undefined ? toWire(state.predecessor) : null,
    // The only one left must not pass on its dead successor as if somebody stood there.
    successors: isOpen && !state.isIsolated ? state.successors.map(toWire) : [],
  });
}

function handlePong(turn: Turn, sender: Member, requestId: number, inside: boolean): void {
  const { state } = turn;
  handleExchangePong(turn, sender, requestId, inside);
  if (state.phase === 'joining') handleJoinPong(turn, sender, inside);
  else if (state.phase === 'inside' && inside) {
    rememberPeer(state, sender);
    // Somebody who was given up speaks again: perhaps the ring was split.
    maybeAskCandidate(turn, sender);
  }
}

/** What may change a pointer waits while the pointers may not change. */
function handleOrDefer(turn: Turn, message: DeferredMessage): void {
  const { state } = turn;
  if (state.exchange !== undefined) {
    if (state.deferred.length < MAX_DEFERRED)
      state.deferred.push({ type: message.type, sender: message.sender });
  } else if (message.type === 'notify') handleNotify(turn, message.sender);
  else handleLeaving(turn, message.sender);
}
