import type { Member } from './member.ts';
import { toWire } from './member.ts';
import { RING_PROTOCOL_VERSION, type RingMessage, type RouteAnswer } from './protocol.ts';
import type { RingState, Turn } from './ring-state.ts';

type WithoutHeader<M> = M extends RingMessage ? Omit<M, 'version' | 'sender'> : never;
export type MessageBody = WithoutHeader<RingMessage>;

export function send(turn: Turn, to: Member, body: MessageBody): void {
  turn.state.counters.sent++;
  turn.effects.push({ type: 'send', to, message: seal(turn.state, body) });
}

/** A ping to a node of which only the address is known. */
export function pingAddress(turn: Turn, address: string): void {
  turn.state.counters.sent++;
  const message = seal(turn.state, { type: 'ping', requestId: takeRequestId(turn.state) });
  turn.effects.push({ type: 'sendToAddress', address, message });
}

export function sendRouteReply(turn: Turn, to: Member, requestId: number, answer: RouteAnswer): void {
  send(turn, to, {
    type: 'routeReply',
    requestId,
    inside: answer.inside,
    owned: answer.owned,
    adjacent: answer.adjacent,
    owners: answer.owners.map(toWire),
    closer: answer.closer.map(toWire),
    predecessor: answer.predecessor === undefined ? null : toWire(answer.predecessor),
  });
}

export function takeRequestId(state: RingState): number {
  return state.nextRequestId++;
}

function seal(state: RingState, body: MessageBody): RingMessage {
  return { version: RING_PROTOCOL_VERSION, sender: state.wireSelf, ...body } as RingMessage;
}
