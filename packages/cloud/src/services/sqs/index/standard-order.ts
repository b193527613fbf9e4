/** Standard queues: the oldest message first; what was received three times without success goes to the end. */
import type { DeliveryOrder } from './delivery-order.ts';
import type { MessageTable } from './message-table.ts';
import { SlotHeap } from './slot-heap.ts';

const RECEIVES_TO_THE_END = 3;

export class StandardOrder implements DeliveryOrder {
  readonly #table: MessageTable;
  readonly #ready: SlotHeap;
  /** Nobody stands behind whoever is given the next one. */
  #lastRank = 0;

  constructor(table: MessageTable) {
    this.#table = table;
    this.#ready = new SlotHeap(table, (one, other) => table.rank[one]! < table.rank[other]!);
  }

  added(slot: number): void {
    this.#table.rank[slot] = ++this.#lastRank;
  }

  ready(slot: number): void {
    if (this.#table.receiveCount[slot]! >= RECEIVES_TO_THE_END) this.#table.rank[slot] = ++this.#lastRank;
    this.#ready.add(slot);
  }

  taken(slot: number, wasReady: boolean): void {
    if (wasReady) this.#ready.remove(slot);
  }

  released(): void {}

  removed(slot: number, wasReady: boolean): void {
    if (wasReady) this.#ready.remove(slot);
  }

  next(): number {
    return this.#ready.first;
  }

  groupOf(): string {
    return '';
  }
}
