/**
 * One ring node and peers that are only played: a test says what they send and reads what the node answers.
 */
import type { RingEffect, RingInput, RingOptions } from '../contract.ts';
import { createDirectory } from '../directory.ts';
import { type Member, toWire } from '../member.ts';
import { RING_PROTOCOL_VERSION, type RingMessage } from '../protocol.ts';
import type { RingState } from '../ring-state.ts';
import { createRing, nextDeadline, step } from '../step.ts';
import { memberAt } from './ideal-ring.ts';

/** A member at `place` hundredths of the ring, called `p` and the place. */
export function at(place: number): Member {
  return memberAt(`p${place}`, (BigInt(place) << 160n) / 100n);
}

export class ScriptedNode {
  readonly state: RingState;
  nowMs = 0;

  constructor(place: number, options: Partial<RingOptions> = {}) {
    this.state = createRing({ self: at(place), random: () => 0.5, ...options });
  }

  /** Stands on the ring with ideal pointers to itself and the members at `places`. */
  static inRing(place: number, places: readonly number[], options: Partial<RingOptions> = {}): ScriptedNode {
    const node = new ScriptedNode(place, options);
    node.input({ type: 'create', founders: createDirectory([place, ...places].map(at)) });
    return node;
  }

  input(input: RingInput): RingEffect[] {
    return step(this.state, input, this.nowMs);
  }

  /** A peer says something. */
  hear(place: number, body: Record<string, unknown>): RingEffect[] {
    const from = at(place);
    const message = { version: RING_PROTOCOL_VERSION, sender: toWire(from), ...body };
    return this.input({ type: 'message', from: from.id, message });
  }

  /** A peer answers the state question under way. */
  answer(place: number, predecessor: number | undefined, successors: readonly number[]): RingEffect[] {
    return this.hear(place, {
      type: 'stateReply',
      requestId: this.state.exchange?.requestId ?? 0,
      status: 'inside',
      predecessor: predecessor === undefined ? null : toWire(at(predecessor)),
      successors: successors.map((successor) => toWire(at(successor))),
    });
  }

  /** Lets time pass until the next deadline. */
  tick(): RingEffect[] {
    this.nowMs = nextDeadline(this.state);
    return this.input({ type: 'tick' });
  }

  /** Ticks until the node asks somebody for its state. */
  untilExchange(): string {
    while (this.state.exchange === undefined) this.tick();
    return this.state.exchange.to.id;
  }

  /** Ticks until the exchange under way is given up. */
  untilSilence(): RingEffect[] {
    const effects: RingEffect[] = [];
    const { exchange } = this.state;
    while (this.state.exchange === exchange) effects.push(...this.tick());
    return effects;
  }

  /** Predecessor and successors in one line. */
  pointers(): string {
    return `${this.state.predecessor?.id ?? '-'} | ${this.state.successors.map((member) => member.id).join(' ')}`;
  }
}

/** The messages among effects, as `type -> receiver`. */
export function sent(effects: readonly RingEffect[]): string[] {
  return effects.flatMap((effect) =>
    effect.type === 'send' ? [`${effect.message.type} -> ${effect.to.id}`] : [],
  );
}

export function messagesOf(effects: readonly RingEffect[]): RingMessage[] {
  return effects.flatMap((effect) =>
    effect.type === 'send' || effect.type === 'sendToAddress' ? [effect.message] : [],
  );
}
