/** Tries again what fails for a while, waiting longer each time. */
import type { Clock } from './clock.ts';
import { PermanentFailure } from './permanent-failure.ts';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;

/** Full jitter over half of the wait, so that a fleet does not come back all at once. */
export function waitMs(attempt: number, random: number): number {
  const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 16));
  return wait / 2 + (wait / 2) * random;
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** No attempt begins after it. */
  readonly untilMs: number;
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
}

/** Throws what the last attempt threw; a permanent failure at once, and the signal's reason once it is aborted. */
export async function retrying<T>(options: RetryOptions, attempt: () => Promise<T>): Promise<T> {
  const { clock, random, untilMs, signal, onFailure } = options;
  for (let tries = 0; ; tries++) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      const pauseMs = waitMs(tries, random());
      if (error instanceof PermanentFailure || clock.nowMs() + pauseMs > untilMs) throw error;
      onFailure(error);
      await clock.sleep(pauseMs, signal);
    }
  }
}
