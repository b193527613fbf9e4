/**
 * A binary heap of slots that knows where each one stands, so that any of them can be taken out in O(log n).
 *
 * (P1) `table.position[slot]` is the slot's place in the heap; a slot is in one heap at a time.
 */
import { type MessageTable, NONE } from './message-table.ts';

export class SlotHeap {
  readonly #table: MessageTable;
  readonly #isBefore: (one: number, other: number) => boolean;
  readonly #slots: number[] = [];

  constructor(table: MessageTable, isBefore: (one: number, other: number) => boolean) {
    this.#table = table;
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#slots.length;
  }

  /** `NONE` when it is empty. */
  get first(): number {
    return this.#slots[0] ?? NONE;
  }

  add(slot: number): void {
    this.#slots.push(slot);
    this.#rise(this.#slots.length - 1, slot);
  }

  remove(slot: number): void {
    const at = this.#table.position[slot]!;
    const last = this.#slots.pop()!;
    this.#table.position[slot] = NONE;
    if (last === slot) return;
    this.#place(at, last);
    this.moved(last);
  }

  /** To be called when the slot's order has changed. */
  moved(slot: number): void {
    this.#rise(this.#table.position[slot]!, slot);
    this.#sink(this.#table.position[slot]!, slot);
  }

  #rise(from: number, slot: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#slots[parent]!;
      if (!this.#isBefore(slot, above)) break;
      this.#place(at, above);
      at = parent;
    }
    this.#place(at, slot);
  }

  #sink(from: number, slot: number): void {
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#slots.length) break;
      if (child + 1 < this.#slots.length && this.#isBefore(this.#slots[child + 1]!, this.#slots[child]!))
        child += 1;
      const below = this.#slots[child]!;
      if (!this.#isBefore(below, slot)) break;
      this.#place(at, below);
      at = child;
    }
    this.#place(at, slot);
  }

  /** (P1) */
  #place(at: number, slot: number): void {
    this.#slots[at] = slot;
    this.#table.position[slot] = at;
  }
}
