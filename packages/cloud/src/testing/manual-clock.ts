import type { Clock, Timer } from '@crescendo/base';

interface Pending {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until a test moves it. `nowMs` and `wallMs` are the same until the calendar is set. */
export class ManualClock implements Clock {
  #nowMs: number;
  #setByMs = 0;
  #orders = 0;
  #pending: Pending[] = [];

  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs + this.#setByMs;
  }

  /** Sets the calendar forward or back; no time passes. */
  setCalendar(byMs: number): void {
    this.#setByMs += byMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#orders++, callback };
    this.#pending.push(timer);
    return {
      cancel: () => {
        this.#pending = this.#pending.filter((other) => other !== timer);
      },
    };
  }

  /** Timers that wait. */
  get pendingCount(): number {
    return this.#pending.length;
  }

  /** Moves time on and fires, in order, what falls due on the way, within the caller's turn. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    while (this.#fireNext(untilMs));
    this.#nowMs = untilMs;
  }

  /** As `advance`, but lets promises settle before and after each timer. */
  async run(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settled();
    while (this.#fireNext(untilMs)) await settled();
    this.#nowMs = untilMs;
  }

  #fireNext(untilMs: number): boolean {
    const next = this.#pending
      .filter(({ dueMs }) => dueMs <= untilMs)
      .sort((one, other) => one.dueMs - other.dueMs || one.order - other.order)[0];
    if (next === undefined) return false;
    this.#pending = this.#pending.filter((timer) => timer !== next);
    this.#nowMs = Math.max(this.#nowMs, next.dueMs);
    next.callback();
    return true;
  }
}

/** After everything that was ready to go on has gone on. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
