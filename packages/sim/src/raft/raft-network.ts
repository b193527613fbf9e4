import type { Random } from '@crescendo/base';
import type { Message, PeerId } from '@crescendo/raft';
import type { RaftScenario } from './raft-scenario.ts';

export interface RaftLinks {
  loss: number;
  duplication: number;
  maxDelayMs: number;
  straggling: number;
}

/** Messages that are lost, late, repeated, out of order, or cut off. Between peers of one side nothing is cut. */
export class RaftNetwork {
  readonly links: RaftLinks;
  readonly #random: Random;
  readonly #schedule: (delayMs: number, callback: () => void) => void;
  readonly #deliver: (from: PeerId, to: PeerId, message: Message) => void;
  /** Which side each peer is on; one-way cuts are pairs. */
  #side = new Map<PeerId, number>();
  #oneWay = new Set<string>();

  constructor(
    scenario: RaftScenario,
    random: Random,
    schedule: (delayMs: number, callback: () => void) => void,
    deliver: (from: PeerId, to: PeerId, message: Message) => void,
  ) {
    const { loss, duplication, maxDelayMs, straggling } = scenario;
    this.links = { loss, duplication, maxDelayMs, straggling };
    this.#random = random;
    this.#schedule = schedule;
    this.#deliver = deliver;
  }

  send(from: PeerId, to: PeerId, message: Message): void {
    const copies = this.#random.chance(this.links.duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) this.#carry(from, to, message);
  }

  #carry(from: PeerId, to: PeerId, message: Message): void {
    if (this.#random.chance(this.links.loss)) return;
    const late = this.#random.chance(this.links.straggling) ? 10 : 1;
    const delayMs = 1 + this.#random.int(this.links.maxDelayMs * late);
    this.#schedule(delayMs, () => {
      if (this.reaches(from, to)) this.#deliver(from, to, message);
    });
  }

  reaches(from: PeerId, to: PeerId): boolean {
    return this.#side.get(from) === this.#side.get(to) && !this.#oneWay.has(`${from}>${to}`);
  }

  /** Cuts the peers in two sides, or single directions. */
  cut(peers: readonly PeerId[]): void {
    this.heal();
    if (this.#random.chance(0.3)) {
      const [from, to] = this.#random.shuffle(peers);
      this.#oneWay.add(`${from}>${to}`);
      return;
    }
    for (const peer of peers) this.#side.set(peer, this.#random.int(2));
  }

  heal(): void {
    this.#side.clear();
    this.#oneWay.clear();
  }
}
