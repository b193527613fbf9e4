import { setTimeout as wait } from 'node:timers/promises';
import { isWorthAnotherTry } from './request-failure.ts';

export interface RetryPolicy {
  /** The first pause; each one after it is twice as long, up to `longestPauseMs`. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** No new try begins after this much time. */
  readonly giveUpAfterMs: number;
}

/** Long enough for a node that was killed to be found out and for its partitions to get new leaders. */
export const DEFAULT_RETRY: RetryPolicy = { firstPauseMs: 100, longestPauseMs: 3_000, giveUpAfterMs: 45_000 };

/**
 * Tries until it works, the failure is not worth another try, or the time is up; throws the last failure. `attempt` counts from 0.
 * Pauses are shortened at random by up to a half, so that clients that failed together do not come back together.
 */
export async function withRetries<T>(
  policy: RetryPolicy,
  work: (attempt: number) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const startedMs = performance.now();
  let pauseMs = policy.firstPauseMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      const elapsedMs = performance.now() - startedMs;
      if (signal?.aborted || !isWorthAnotherTry(error) || elapsedMs + pauseMs > policy.giveUpAfterMs)
        throw error;
    }
    await wait(pauseMs * (0.5 + Math.random() / 2), undefined, signal === undefined ? {} : { signal });
    pauseMs = Math.min(policy.longestPauseMs, pauseMs * 2);
  }
}
