import type { Clock, Timer } from '@crescendo/base';

interface Pending {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that leaps to the next timer whenever the program has nothing else to do. Hours pass in no time, in the same order at each
 * run.
 */
export class LeapingClock implements Clock {
  #nowMs: number;
  #orders = 0;
  #pending: Pending[] = [];
  #pumping = false;

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#orders++, callback };
    this.#pending.push(timer);
    this.#pump();
    return {
      cancel: () => {
        this.#pending = this.#pending.filter((other) => other !== timer);
      },
    };
  }

  /** Lets time pass while nobody waits. */
  advance(ms: number): void {
    this.#nowMs += ms;
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      this.#fireNext();
      if (this.#pending.length > 0) this.#pump();
    });
  }

  #fireNext(): void {
    const next = this.#pending.reduce<Pending | undefined>((least, timer) => {
      if (least === undefined || timer.dueMs < least.dueMs) return timer;
      return timer.dueMs === least.dueMs && timer.order < least.order ? timer : least;
    }, undefined);
    if (next === undefined) return;
    this.#pending = this.#pending.filter((timer) => timer !== next);
    this.#nowMs = Math.max(this.#nowMs, next.dueMs);
    next.callback();
  }
}
