/**
 * The messages of one queue in memory, and which of them can be received. Time is given.
 *
 * It does not know bodies, the log, attributes or who waits.
 *
 * (Q1) A slot is in the heap of those that wait for a time exactly when it is delayed or in flight.
 * (Q2) `advance` is called with the time before anything is asked; then no ready message is missing from the order.
 */
import { DELAYED, IN_FLIGHT, type MessageState, READY } from '../log/log-record.ts';
import type { Place } from '../log/message-log.ts';
import type { DeliveryOrder } from './delivery-order.ts';
import { GroupOrder } from './group-order.ts';
import { MessageTable, NONE } from './message-table.ts';
import { SlotHeap } from './slot-heap.ts';
import { StandardOrder } from './standard-order.ts';

export interface QueueCounts {
  readonly ready: number;
  readonly delayed: number;
  readonly inFlight: number;
}

export class QueueIndex {
  readonly table: MessageTable;
  readonly #order: DeliveryOrder;
  readonly #waiting: SlotHeap;
  #delayed = 0;
  #inFlight = 0;
  /** Of the records of all messages that are here. */
  #bytes = 0;

  /** What a table holds already comes in by the order of its numbers; `groupOf` gives the groups of its slots. */
  constructor(isFifo: boolean, table = new MessageTable(), groupOf: (slot: number) => string = () => '') {
    this.table = table;
    this.#order = isFifo ? new GroupOrder(table) : new StandardOrder(table);
    this.#waiting = new SlotHeap(table, (one, other) => table.visibleAtMs[one]! < table.visibleAtMs[other]!);
    const slots = Int32Array.from(table.slots()).sort((one, other) => table.seq[one]! - table.seq[other]!);
    for (const slot of slots) this.#enter(slot, groupOf(slot));
  }

  get counts(): QueueCounts {
    const ready = this.table.size - this.#delayed - this.#inFlight;
    return { ready, delayed: this.#delayed, inFlight: this.#inFlight };
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the next message becomes ready by itself; Infinity for never. */
  get nextReadyMs(): number {
    const { first } = this.#waiting;
    return first === NONE ? Number.POSITIVE_INFINITY : this.table.visibleAtMs[first]!;
  }

  /** Takes a message in that has a higher number than any that is here. */
  add(state: MessageState, place: Place): void {
    this.#enter(this.table.add(state, place), state.group);
  }

  remove(slot: number): void {
    const status = this.table.status[slot];
    this.#settle(slot);
    if (status === IN_FLIGHT) this.#order.released(slot);
    this.#order.removed(slot, status === READY);
    this.#bytes -= this.table.bytes[slot]!;
    this.table.remove(slot);
  }

  /** The record of a message lies elsewhere now. */
  move(slot: number, place: Place): void {
    this.#bytes += place.bytes - this.table.bytes[slot]!;
    this.table.setPlace(slot, place);
  }

  /** (Q2) Gives how many became ready. */
  advance(nowMs: number): number {
    let count = 0;
    while (this.nextReadyMs <= nowMs) {
      this.#becomeReady(this.#waiting.first);
      count += 1;
    }
    return count;
  }

  /** What is to be delivered next, after `last` in the same answer; `NONE` when nothing is. */
  next(last: number): number {
    return this.#order.next(last);
  }

  groupOf(slot: number): string {
    return this.#order.groupOf(slot);
  }

  /** A ready message goes into flight. */
  take(slot: number, receivedMs: number, visibleAtMs: number): void {
    const { table } = this;
    table.status[slot] = IN_FLIGHT;
    table.receiveCount[slot] = table.receiveCount[slot]! + 1;
    table.receivedMs[slot] = receivedMs;
    if (table.firstReceivedMs[slot] === 0) table.firstReceivedMs[slot] = receivedMs;
    table.visibleAtMs[slot] = visibleAtMs;
    this.#order.taken(slot, true);
    this.#await(slot);
  }

  /** Of a message in flight or delayed. A time that has passed makes it ready at the next `advance`. */
  setVisibleAt(slot: number, visibleAtMs: number): void {
    this.table.visibleAtMs[slot] = visibleAtMs;
    if (this.table.status[slot] !== READY) this.#waiting.moved(slot);
  }

  #enter(slot: number, group: string): void {
    this.#bytes += this.table.bytes[slot]!;
    this.#order.added(slot, group);
    const status = this.table.status[slot];
    if (status === READY) {
      this.#order.ready(slot);
      return;
    }
    if (status === IN_FLIGHT) this.#order.taken(slot, false);
    this.#await(slot);
  }

  #becomeReady(slot: number): void {
    const wasInFlight = this.table.status[slot] === IN_FLIGHT;
    this.#settle(slot);
    this.table.status[slot] = READY;
    if (wasInFlight) this.#order.released(slot);
    this.#order.ready(slot);
  }

  /** (Q1) */
  #await(slot: number): void {
    this.#waiting.add(slot);
    if (this.table.status[slot] === DELAYED) this.#delayed += 1;
    else this.#inFlight += 1;
  }

  /** (Q1) */
  #settle(slot: number): void {
    const status = this.table.status[slot];
    if (status === READY) return;
    this.#waiting.remove(slot);
    if (status === DELAYED) this.#delayed -= 1;
    else this.#inFlight -= 1;
  }
}
