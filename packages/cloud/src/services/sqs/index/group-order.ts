/**
 * FIFO queues: within a group the order of arrival, and nothing of a group while messages of it are in flight. Groups take their turn by
 * the age of their first message.
 *
 * (G1) A group is among those that have something to give exactly when none of its messages is in flight and its first one is ready.
 */

import { READY } from '../log/log-record.ts';
import type { DeliveryOrder } from './delivery-order.ts';
import { grown, type MessageTable, NONE } from './message-table.ts';

interface Group {
  readonly id: string;
  head: number;
  tail: number;
  inFlight: number;
  /** In the heap of groups; `NONE` when it is not there. */
  position: number;
}

export class GroupOrder implements DeliveryOrder {
  readonly #table: MessageTable;
  readonly #groups = new Map<string, Group>();
  #groupAt: (Group | undefined)[] = [];
  #after = new Int32Array(64);
  #before = new Int32Array(64);
  readonly #giving: Group[] = [];

  constructor(table: MessageTable) {
    this.#table = table;
  }

  added(slot: number, id: string): void {
    while (slot >= this.#after.length) {
      this.#after = grown(this.#after);
      this.#before = grown(this.#before);
    }
    const group = this.#groups.get(id) ?? { id, head: NONE, tail: NONE, inFlight: 0, position: NONE };
    this.#groups.set(id, group);
    this.#groupAt[slot] = group;
    this.#before[slot] = group.tail;
    this.#after[slot] = NONE;
    if (group.tail === NONE) group.head = slot;
    else this.#after[group.tail] = slot;
    group.tail = slot;
  }

  ready(slot: number): void {
    this.#settle(this.#groupAt[slot]!);
  }

  taken(slot: number): void {
    const group = this.#groupAt[slot]!;
    group.inFlight += 1;
    this.#settle(group);
  }

  released(slot: number): void {
    this.#groupAt[slot]!.inFlight -= 1;
  }

  removed(slot: number): void {
    const group = this.#groupAt[slot]!;
    const [before, after] = [this.#before[slot]!, this.#after[slot]!];
    // The group's place goes by its first message, so it leaves its place before that changes.
    this.#leave(group);
    if (before === NONE) group.head = after;
    else this.#after[before] = after;
    if (after === NONE) group.tail = before;
    else this.#before[after] = before;
    this.#groupAt[slot] = undefined;
    if (group.head === NONE) this.#groups.delete(group.id);
    else this.#settle(group);
  }

  /** As many of one group as there are, then the next group. */
  next(last: number): number {
    const follower = last === NONE ? NONE : this.#after[last]!;
    if (follower !== NONE && this.#table.status[follower] === READY) return follower;
    return this.#giving[0]?.head ?? NONE;
  }

  groupOf(slot: number): string {
    return this.#groupAt[slot]?.id ?? '';
  }

  /** (G1) */
  #settle(group: Group): void {
    const gives = group.inFlight === 0 && this.#table.status[group.head] === READY;
    if (gives && group.position === NONE) this.#enter(group);
    if (!gives) this.#leave(group);
  }

  #enter(group: Group): void {
    this.#giving.push(group);
    this.#rise(this.#giving.length - 1, group);
  }

  #leave(group: Group): void {
    const at = group.position;
    if (at === NONE) return;
    group.position = NONE;
    const last = this.#giving.pop()!;
    if (last === group) return;
    this.#rise(at, last);
    this.#sink(last.position, last);
  }

  #rise(from: number, group: Group): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = this.#giving[parent]!;
      if (this.#age(above) <= this.#age(group)) break;
      this.#place(at, above);
      at = parent;
    }
    this.#place(at, group);
  }

  #sink(from: number, group: Group): void {
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#giving.length) break;
      const right = this.#giving[child + 1];
      if (right !== undefined && this.#age(right) < this.#age(this.#giving[child]!)) child += 1;
      const below = this.#giving[child]!;
      if (this.#age(group) <= this.#age(below)) break;
      this.#place(at, below);
      at = child;
    }
    this.#place(at, group);
  }

  #age({ head }: Group): number {
    return this.#table.seq[head]!;
  }

  #place(at: number, group: Group): void {
    this.#giving[at] = group;
    group.position = at;
  }
}
