/**
 * Looks at alarms when they are due, and lets go of what is old once an hour. It does not know what comes of it.
 *
 * (O1) At most one timer waits, and none before `start` or after `stop`.
 */
import { type Clock, InvariantError, type Timer } from '@crescendo/base';

const SWEEP_MS = 3_600_000;

export interface LoopTasks {
  /** When `tick` is due next, in milliseconds since 1970; Infinity for never. */
  nextTickMs(): number;
  tick(): void;
  sweep(): void;
}

export class EvaluationLoop {
  readonly #clock: Clock;
  readonly #tasks: LoopTasks;
  #running = false;
  #timer: Timer | undefined;
  #sweepMs = 0;

  constructor(clock: Clock, tasks: LoopTasks) {
    this.#clock = clock;
    this.#tasks = tasks;
  }

  start(): void {
    this.#running = true;
    this.#sweepMs = this.#clock.wallMs() + SWEEP_MS;
    this.#tasks.tick();
    this.schedule();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** To be called when what is due may have changed. (O1) */
  schedule(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!this.#running) return;
    const dueMs = Math.min(this.#tasks.nextTickMs(), this.#sweepMs);
    const delayMs = Math.max(1, Math.ceil(dueMs - this.#clock.wallMs()));
    this.#timer = this.#clock.setTimer(Math.min(delayMs, SWEEP_MS), () => this.#wake());
  }

  #wake(): void {
    this.#timer = undefined;
    if (!this.#running) return;
    try {
      this.#work();
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      // Records are refused (the disk is full, or gone): alarms whose states cannot be kept must not act.
      this.stop();
    }
    this.schedule();
  }

  #work(): void {
    this.#tasks.tick();
    const nowMs = this.#clock.wallMs();
    if (nowMs >= this.#sweepMs || nowMs < this.#sweepMs - SWEEP_MS) {
      this.#sweepMs = nowMs + SWEEP_MS;
      this.#tasks.sweep();
    }
  }
}
