/** A binary heap of things to come; equal times in the order of insertion. */
export class EventQueue<T> {
  readonly #heap: { atMs: number; sequence: number; event: T }[] = [];
  #sequence = 0;

  get size(): number {
    return this.#heap.length;
  }

  nextMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  push(atMs: number, event: T): void {
    const heap = this.#heap;
    const entry = { atMs, sequence: this.#sequence++, event };
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  pop(): T | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first?.event;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first.event;
  }

  /** Everything that is still to come, in the order in which it comes. */
  events(): T[] {
    return [...this.#heap].sort((a, b) => (isBefore(a, b) ? -1 : 1)).map((entry) => entry.event);
  }
}

function isBefore(a: { atMs: number; sequence: number }, b: { atMs: number; sequence: number }): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}
