/**
 * A world of its own: virtual time, one queue of events, one seed.
 *
 * It does not know what happens in it: nodes, networks and disks schedule events and are called back.
 *
 * (W1) One seed gives one history: nothing here or in the code under test reads a real clock or a real random source.
 * (W2) Between two events every promise callback that can run has run: each event is a macrotask of its own, and Node
 *      drains the microtasks between macrotasks. Code under test therefore sees promises as it does in production, as
 *      long as it waits only for what the world gives it.
 * (W3) The first error that nobody handled ends the run: in production it would end the process.
 */
import { type Random, seededRandom } from '@crescendo/base';
import { EventQueue, type ScheduledEvent } from './event-queue.ts';
import { Trace } from './trace.ts';

/** Events that are started in one turn of Node's event loop: a turn costs a system call, an immediate does not. */
const EVENTS_PER_TURN = 32;

export interface WorldOptions {
  readonly seed: number;
  readonly trace?: Trace;
  /** A run that takes more events than this is stuck in a loop: it fails. */
  readonly maxEvents?: number;
}

export class World {
  readonly random: Random;
  readonly trace: Trace;
  readonly #queue = new EventQueue();
  readonly #maxEvents: number;
  #nowMs = 0;
  #events = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(options: WorldOptions) {
    this.random = seededRandom(options.seed);
    this.trace = options.trace ?? new Trace();
    this.#maxEvents = options.maxEvents ?? 5_000_000;
  }

  /** Virtual milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  get events(): number {
    return this.#events;
  }

  at(delayMs: number, callback: () => void): ScheduledEvent {
    return this.#queue.add(this.#nowMs + Math.max(0, delayMs), callback);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.at(delayMs, resolve));
  }

  note(who: string, what: string): void {
    this.trace.add({ atMs: this.#nowMs, who, what });
  }

  /** Ends the run with this error (W3); the first one wins. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /**
   * Runs until `work` has settled, and gives what it gave. Fails when the world failed or when nothing is left
   * that could ever settle it.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    let settled: { readonly value: T } | undefined;
    this.at(0, () => {
      work().then(
        (value) => {
          settled = { value };
        },
        (error: unknown) => this.fail(error),
      );
    });
    await this.#owningRejections(() =>
      this.#turn(() => settled !== undefined || this.#failure !== undefined),
    );
    if (this.#failure !== undefined) throw this.#failure.error;
    if (settled === undefined)
      throw new Error(`the world stands still at ${this.#nowMs} ms: nothing is scheduled`);
    return settled.value;
  }

  /** A rejection that nobody handles is the world's failure and nobody else's, not even a test runner's. */
  async #owningRejections(work: () => Promise<void>): Promise<void> {
    const others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (error) => this.fail(error));
    try {
      await work();
    } finally {
      process.removeAllListeners('unhandledRejection');
      for (const listener of others) process.on('unhandledRejection', listener);
    }
  }

  #turn(isOver: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      let over = false;
      const step = (): void => {
        over ||= isOver();
        if (!over) over = !this.#step();
      };
      const turn = (): void => {
        if (over) {
          resolve();
          return;
        }
        for (let i = 0; i < EVENTS_PER_TURN; i++) setImmediate(step);
        setImmediate(turn);
      };
      setImmediate(turn);
    });
  }

  /** Lets the next event happen; false when there is none. */
  #step(): boolean {
    for (;;) {
      const event = this.#queue.pop();
      if (event === undefined) return false;
      const callback = event.callback;
      if (callback === undefined) continue;
      this.#nowMs = event.atMs;
      this.trace.mix(event.atMs);
      if (++this.#events > this.#maxEvents)
        this.fail(new Error(`more than ${this.#maxEvents} events: a loop?`));
      try {
        callback();
      } catch (error) {
        this.fail(error);
      }
      return true;
    }
  }
}
