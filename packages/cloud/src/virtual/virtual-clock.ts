/**
 * Time that passes only when it is told to: for clouds that run in virtual time. Two kinds of things wait on it.
 *
 * (V1) Timers of services (`setTimer`) begin work that goes on in promises; no later thing happens before all of that has settled.
 * (V2) Events (`at`) are done when their callback returns; a callback that begins more than that says so with `unsettled`.
 * (V3) What is due at the same time happens in the order in which it was asked for.
 */
import type { Clock, Timer } from '@crescendo/base';

interface Waiting {
  readonly dueMs: number;
  readonly order: number;
  readonly settles: boolean;
  callback: (() => void) | undefined;
}

export class VirtualClock implements Clock {
  #nowMs: number;
  #orders = 0;
  #unsettled = false;
  /** A binary heap: the earliest first. */
  readonly #heap: Waiting[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    return this.#add(this.#nowMs + Math.max(0, delayMs), callback, true);
  }

  /** An event of its own; a time that has passed is now. */
  at(timeMs: number, callback: () => void): Timer {
    return this.#add(Math.max(this.#nowMs, timeMs), callback, false);
  }

  /** To be called by events that have begun what goes on in promises. (V2) */
  unsettled(): void {
    this.#unsettled = true;
  }

  /** Lets everything happen that is due up to `untilMs`, which is then the time. */
  async runUntil(untilMs: number): Promise<void> {
    await settled();
    for (let next = this.#heap[0]; next !== undefined && next.dueMs <= untilMs; next = this.#heap[0]) {
      this.#takeFirst();
      const { callback } = next;
      if (callback === undefined) continue;
      next.callback = undefined;
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      callback();
      if (!next.settles && !this.#unsettled) continue;
      this.#unsettled = false;
      await settled(); // (V1)
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #add(dueMs: number, callback: () => void, settles: boolean): Timer {
    const waiting: Waiting = { dueMs, order: this.#orders++, settles, callback };
    const heap = this.#heap;
    let at = heap.push(waiting) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(waiting, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = waiting;
    return {
      cancel: () => {
        waiting.callback = undefined;
      },
    };
  }

  #takeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

/** (V3) */
function isBefore(one: Waiting, other: Waiting): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order);
}

/** After every promise that was ready has gone on: nothing in a virtual cloud waits for the system. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
