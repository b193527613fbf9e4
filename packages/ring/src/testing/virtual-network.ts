/**
 * Any number of ring nodes on a virtual clock and network, from one source of randomness: the host that tests and the simulator put
 * round the production `step`. Knows nothing of the protocol; what is checked after a step is the caller's business.
 *
 * (N1) One event at a time, in the order of virtual time: the same randomness gives the same history.
 * (N2) A crashed node keeps nothing; what travels to it is lost, and what it has sent still arrives.
 */
import type { Random } from '@crescendo/base';
import type { LookupResult, Mutation, RingEffect, RingInput, RingSettings } from '../contract.ts';
import type { Member } from '../member.ts';
import type { Position } from '../position.ts';
import type { RingMessage } from '../protocol.ts';
import type { RingState } from '../ring-state.ts';
import { createRing, nextDeadline, step } from '../step.ts';
import { EventQueue } from './event-queue.ts';

export interface VirtualNode {
  readonly member: Member;
  readonly state: RingState;
  isUp: boolean;
  pausedUntilMs: number;
  /** When the pending tick comes. */
  tickMs: number;
}

export interface NetworkOptions {
  readonly random: Random;
  readonly settings?: Partial<RingSettings>;
  readonly mutations?: ReadonlySet<Mutation>;
  /** Delays of the copies of a message that arrive: none when it is lost, two when it is doubled. */
  readonly deliver: (from: Member, to: Member, message: RingMessage) => readonly number[];
  /** Time until the sender learns that nobody listens; undefined when it never does. */
  readonly refusalMs?: number;
  /** A message came to a node that is down. */
  readonly onUndelivered?: (from: string, to: string, message: RingMessage) => void;
  readonly onStep?: (node: VirtualNode, input: RingInput, effects: readonly RingEffect[]) => void;
}

export type NetworkEvent =
  | { readonly type: 'deliver'; readonly to: string; readonly from: string; readonly message: RingMessage }
  | { readonly type: 'refuse'; readonly node: VirtualNode; readonly id: string }
  | { readonly type: 'tick'; readonly node: VirtualNode }
  | { readonly type: 'call'; readonly run: () => void };

export class VirtualNetwork {
  readonly nodes = new Map<string, VirtualNode>();
  readonly results = new Map<number, LookupResult>();
  nowMs = 0;
  /** Messages handed to the network. */
  sent = 0;
  readonly #options: NetworkOptions;
  readonly #queue = new EventQueue<NetworkEvent>();
  readonly #idsByAddress = new Map<string, string>();
  #lookups = 0;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** Starts a node that stands on no ring yet; one with the same id must be down. */
  start(member: Member): VirtualNode {
    const { random, settings, mutations } = this.#options;
    const state = createRing({
      self: member,
      random: random.float,
      ...(settings === undefined ? {} : { settings }),
      ...(mutations === undefined ? {} : { mutations }),
    });
    const node = { member, state, isUp: true, pausedUntilMs: 0, tickMs: Number.POSITIVE_INFINITY };
    this.nodes.set(member.id, node);
    this.#idsByAddress.set(member.address, member.id);
    return node;
  }

  crash(id: string): void {
    const node = this.node(id);
    node.isUp = false;
    this.nodes.delete(id);
  }

  node(id: string): VirtualNode {
    const node = this.nodes.get(id);
    if (node === undefined) throw new Error(`no node ${id} is up`);
    return node;
  }

  /** Runs one input at once. */
  input(id: string, input: RingInput): readonly RingEffect[] {
    const node = this.nodes.get(id);
    return node === undefined ? [] : this.#step(node, input);
  }

  /** Calls `run` at a virtual time. */
  at(atMs: number, run: () => void): void {
    this.#queue.push(atMs, { type: 'call', run });
  }

  /** Begins a lookup; its result appears in `results` under the number returned. */
  lookup(id: string, key: Position, confirm = true): number {
    const requestId = ++this.#lookups;
    this.input(id, { type: 'lookup', requestId, key, confirm });
    return requestId;
  }

  /** What is still to come, in the order in which it comes. */
  pending(): NetworkEvent[] {
    return this.#queue.events();
  }

  /** Runs everything up to `untilMs`, and stops early once `isDone` says so. */
  run(untilMs: number, isDone?: () => boolean): void {
    while (this.#queue.nextMs() <= untilMs) {
      this.nowMs = this.#queue.nextMs();
      const event = this.#queue.pop();
      if (event !== undefined) this.#handle(event);
      if (isDone?.()) return;
    }
    if (Number.isFinite(untilMs)) this.nowMs = untilMs;
  }

  #handle(event: NetworkEvent): void {
    if (event.type === 'call') {
      event.run();
      return;
    }
    const node = event.type === 'deliver' ? this.nodes.get(event.to) : event.node;
    if (node === undefined || !node.isUp) {
      if (event.type === 'deliver') {
        this.#options.onUndelivered?.(event.from, event.to, event.message);
        this.#refuse(event.from, event.to);
      }
      return;
    }
    if (event.type === 'tick' && node.tickMs !== this.nowMs && node.pausedUntilMs <= this.nowMs) return;
    if (node.pausedUntilMs > this.nowMs) {
      if (event.type === 'tick') node.tickMs = node.pausedUntilMs;
      this.#queue.push(node.pausedUntilMs, event);
      return;
    }
    if (event.type === 'deliver')
      this.#step(node, { type: 'message', from: event.from, message: event.message });
    else if (event.type === 'refuse') this.#step(node, { type: 'unreachable', id: event.id });
    else {
      node.tickMs = Number.POSITIVE_INFINITY;
      this.#step(node, { type: 'tick' });
    }
  }

  #refuse(from: string, id: string): void {
    const sender = this.nodes.get(from);
    const { refusalMs } = this.#options;
    if (refusalMs !== undefined && sender !== undefined)
      this.#queue.push(this.nowMs + refusalMs, { type: 'refuse', node: sender, id });
  }

  #step(node: VirtualNode, input: RingInput): readonly RingEffect[] {
    const effects = step(node.state, input, this.nowMs);
    for (const effect of effects) this.#carryOut(node, effect);
    const deadlineMs = nextDeadline(node.state);
    if (deadlineMs < node.tickMs) {
      node.tickMs = Math.max(deadlineMs, this.nowMs);
      this.#queue.push(node.tickMs, { type: 'tick', node });
    }
    this.#options.onStep?.(node, input, effects);
    return effects;
  }

  #carryOut(node: VirtualNode, effect: RingEffect): void {
    if (effect.type === 'send') this.#send(node.member, effect.to, effect.message);
    else if (effect.type === 'sendToAddress') {
      const id = this.#idsByAddress.get(effect.address);
      const to = id === undefined ? undefined : this.nodes.get(id);
      if (to !== undefined) this.#send(node.member, to.member, effect.message);
    } else if (effect.type === 'lookupDone') this.results.set(effect.requestId, effect.result);
  }

  #send(from: Member, to: Member, message: RingMessage): void {
    this.sent++;
    for (const delayMs of this.#options.deliver(from, to, message))
      this.#queue.push(this.nowMs + delayMs, { type: 'deliver', to: to.id, from: from.id, message });
  }
}
