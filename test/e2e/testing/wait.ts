/** Waiting for a condition of the outside world: asked again and again, never slept through. */
import { setTimeout as pause } from 'node:timers/promises';

const ASK_EVERY_MS = 50;

/**
 * Resolves with the first result of `check` that is neither undefined nor false. A check that throws is asked again; the last
 * reason is in the error when the time is up.
 */
export async function eventually<T>(
  what: string,
  limitMs: number,
  check: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const startedMs = performance.now();
  let reason = 'it did not become true';
  for (;;) {
    try {
      const result = await check();
      if (result !== undefined && result !== false) return result;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    const elapsedMs = performance.now() - startedMs;
    if (elapsedMs > limitMs)
      throw new Error(`waited ${Math.round(elapsedMs / 1000)} s for this: ${what}; ${reason}`);
    await pause(ASK_EVERY_MS);
  }
}

/** Fails when the promise takes longer. */
export async function within<T>(what: string, limitMs: number, promise: Promise<T>): Promise<T> {
  const cancel = new AbortController();
  const late = pause(limitMs, undefined, { signal: cancel.signal }).then(() => {
    throw new Error(`${what} took longer than ${limitMs / 1000} s`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    cancel.abort();
    late.catch(() => undefined);
  }
}
