/** One thing that will happen. A cancelled event stays in the heap and is skipped when its time comes. */
export interface ScheduledEvent {
  readonly atMs: number;
  readonly sequence: number;
  callback: (() => void) | undefined;
}

/**
 * Binary heap of what will happen, by time and then by order of scheduling, so that one seed gives one history.
 * A cancelled event costs its place until its time comes: timers are cancelled far more often than searched for.
 */
export class EventQueue {
  #heap: ScheduledEvent[] = [];
  #nextSequence = 0;

  get size(): number {
    return this.#heap.length;
  }

  add(atMs: number, callback: () => void): ScheduledEvent {
    const event: ScheduledEvent = { atMs, sequence: this.#nextSequence++, callback };
    this.#heap.push(event);
    this.#siftUp(this.#heap.length - 1);
    return event;
  }

  /** Time of the earliest event, cancelled ones included. */
  peekMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  pop(): ScheduledEvent | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#siftDown();
    }
    return first;
  }

  #siftUp(from: number): void {
    const heap = this.#heap;
    const event = heap[from]!;
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isEarlier(event, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = event;
  }

  #siftDown(): void {
    const heap = this.#heap;
    const event = heap[0]!;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isEarlier(heap[child + 1]!, heap[child]!)) child++;
      if (!isEarlier(heap[child]!, event)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = event;
  }
}

function isEarlier(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}
