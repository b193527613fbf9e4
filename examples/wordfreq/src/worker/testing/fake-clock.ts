/** Time that passes when a test says so. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../clock.ts';

interface Sleeper {
  readonly atMs: number;
  readonly wake: () => void;
}

export class FakeClock implements Clock {
  #nowMs = Date.parse('2030-01-01T00:00:00Z');
  #sleepers: Sleeper[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = { atMs: this.#nowMs + ms, wake: () => wake() };
      const wake = (): void => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /** Lets everything happen that is due within so many seconds, in its order. */
  async advance(seconds: number): Promise<void> {
    const untilMs = this.#nowMs + seconds * 1_000;
    for (;;) {
      await settle();
      const next = this.#sleepers.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.wake();
    }
    this.#nowMs = untilMs;
  }
}

const TURNS = 20;

/** Lets promises that wait for nothing but each other come to rest. */
async function settle(): Promise<void> {
  for (let count = 0; count < TURNS; count++) await turn();
}
