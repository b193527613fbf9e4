/**
 * How a worker is told to end, in two steps: first it takes no more jobs, then what is still in hand goes back to the queue.
 *
 * (ST1) The second step never comes before the first. A later request can only bring the second step forward.
 */
import type { Clock } from './clock.ts';

export class StopRequest {
  readonly #clock: Clock;
  readonly #draining = new AbortController();
  readonly #returning = new AbortController();
  #deadlineMs = Number.POSITIVE_INFINITY;
  #reason = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Aborted when no more jobs are to be taken. */
  get drain(): AbortSignal {
    return this.#draining.signal;
  }

  /** Aborted when work in hand is to be given back. */
  get giveBack(): AbortSignal {
    return this.#returning.signal;
  }

  get reason(): string {
    return this.#reason;
  }

  /** @param withinMs how long work in hand may go on; Infinity for as long as it takes */
  stop(reason: string, withinMs: number): void {
    if (!this.drain.aborted) {
      this.#reason = reason;
      this.#draining.abort();
    }
    const deadlineMs = this.#clock.nowMs() + withinMs;
    if (deadlineMs >= this.#deadlineMs) return;
    this.#deadlineMs = deadlineMs;
    if (withinMs <= 0) return this.#returning.abort(); // (ST1)
    void this.#clock.sleep(withinMs, this.giveBack).then(() => this.#returning.abort());
  }

  /** Work is over: nothing is left that a timer would have to end. */
  close(): void {
    this.#returning.abort();
  }
}
