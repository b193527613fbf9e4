/**
 * What is known in memory of the messages of one queue: columns of numbers, a slot each, some 80 bytes a message. Bodies are on disk.
 *
 * It does not know what the numbers mean; slots of messages that are gone are used again.
 */
import type { MessageState, MessageStatus } from '../log/log-record.ts';
import type { Place } from '../log/message-log.ts';

const FIRST_CAPACITY = 64;
/** Of `status` when a slot is free. */
const FREE = 0;
export const NONE = -1;

type Column = Float64Array | Uint32Array | Int32Array | Uint8Array;

export class MessageTable {
  #capacity = FIRST_CAPACITY;
  #used = 0;
  #firstFree = NONE;
  readonly #slots = new Map<number, number>();

  seq = new Float64Array(FIRST_CAPACITY);
  /** What the order of delivery goes by. */
  rank = new Float64Array(FIRST_CAPACITY);
  sentMs = new Float64Array(FIRST_CAPACITY);
  arrivedMs = new Float64Array(FIRST_CAPACITY);
  firstReceivedMs = new Float64Array(FIRST_CAPACITY);
  receivedMs = new Float64Array(FIRST_CAPACITY);
  visibleAtMs = new Float64Array(FIRST_CAPACITY);
  segment = new Uint32Array(FIRST_CAPACITY);
  offset = new Uint32Array(FIRST_CAPACITY);
  bytes = new Uint32Array(FIRST_CAPACITY);
  receiveCount = new Uint32Array(FIRST_CAPACITY);
  status = new Uint8Array(FIRST_CAPACITY);
  /** Where the slot stands in the one heap that it is in; of a free slot, the next free one. */
  position = new Int32Array(FIRST_CAPACITY);

  get size(): number {
    return this.#slots.size;
  }

  /** The message's slot; `NONE` when it is not here. */
  slotOf(seq: number): number {
    return this.#slots.get(seq) ?? NONE;
  }

  slots(): IterableIterator<number> {
    return this.#slots.values();
  }

  add(state: MessageState, place: Place): number {
    const slot = this.#takeSlot();
    this.#slots.set(state.seq, slot);
    this.seq[slot] = state.seq;
    this.sentMs[slot] = state.sentMs;
    this.arrivedMs[slot] = state.arrivedMs;
    this.firstReceivedMs[slot] = state.firstReceivedMs;
    this.receivedMs[slot] = state.receivedMs;
    this.visibleAtMs[slot] = state.visibleAtMs;
    this.receiveCount[slot] = state.receiveCount;
    this.status[slot] = state.status;
    this.position[slot] = NONE;
    this.setPlace(slot, place);
    return slot;
  }

  place(slot: number): Place {
    return { segment: this.segment[slot]!, offset: this.offset[slot]!, bytes: this.bytes[slot]! };
  }

  setPlace(slot: number, { segment, offset, bytes }: Place): void {
    this.segment[slot] = segment;
    this.offset[slot] = offset;
    this.bytes[slot] = bytes;
  }

  state(slot: number, queue: number, group: string): MessageState {
    return {
      queue,
      group,
      seq: this.seq[slot]!,
      sentMs: this.sentMs[slot]!,
      arrivedMs: this.arrivedMs[slot]!,
      firstReceivedMs: this.firstReceivedMs[slot]!,
      receivedMs: this.receivedMs[slot]!,
      visibleAtMs: this.visibleAtMs[slot]!,
      receiveCount: this.receiveCount[slot]!,
      status: this.status[slot]! as MessageStatus,
    };
  }

  remove(slot: number): void {
    this.#slots.delete(this.seq[slot]!);
    this.status[slot] = FREE;
    this.position[slot] = this.#firstFree;
    this.#firstFree = slot;
  }

  #takeSlot(): number {
    const free = this.#firstFree;
    if (free !== NONE) {
      this.#firstFree = this.position[free]!;
      return free;
    }
    if (this.#used === this.#capacity) this.#grow();
    return this.#used++;
  }

  #grow(): void {
    this.#capacity *= 2;
    this.seq = grown(this.seq);
    this.rank = grown(this.rank);
    this.sentMs = grown(this.sentMs);
    this.arrivedMs = grown(this.arrivedMs);
    this.firstReceivedMs = grown(this.firstReceivedMs);
    this.receivedMs = grown(this.receivedMs);
    this.visibleAtMs = grown(this.visibleAtMs);
    this.segment = grown(this.segment);
    this.offset = grown(this.offset);
    this.bytes = grown(this.bytes);
    this.receiveCount = grown(this.receiveCount);
    this.status = grown(this.status);
    this.position = grown(this.position);
  }
}

/** Twice as long, with the same beginning. */
export function grown<C extends Column>(column: C): C {
  const longer = new (column.constructor as new (length: number) => C)(column.length * 2);
  longer.set(column);
  return longer;
}
