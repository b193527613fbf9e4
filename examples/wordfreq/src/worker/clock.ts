/** Time, as the worker needs it; tests give their own. */
import { setTimeout as pause } from 'node:timers/promises';

export interface Clock {
  nowMs(): number;
  /** Resolves early, without an error, when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: async (ms, signal) => {
    await pause(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};
