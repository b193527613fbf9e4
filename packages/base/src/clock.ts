/** Handle of one pending timer. Cancelling a timer that has fired does nothing. */
export interface Timer {
  cancel(): void;
}

/** The only source of time. Node gives the real one, the simulator a virtual one. */
export interface Clock {
  /** Milliseconds that never go back; the origin is arbitrary. */
  nowMs(): number;
  /** Milliseconds since 1970-01-01 UTC; may jump. */
  wallMs(): number;
  /** Calls `callback` once, `delayMs` or a little more from now. */
  setTimer(delayMs: number, callback: () => void): Timer;
}

/** Resolves after `delayMs` of the given clock. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(delayMs, resolve);
  });
}
