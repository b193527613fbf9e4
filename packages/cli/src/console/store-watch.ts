/**
 * What the store last said of itself. It asks when it is looked at, and never twice at a time; nobody who looks waits long for a store that
 * does not answer.
 *
 * (W1) An answer that is older than `OLD_MS` is told as old, whatever the reason: a question that hangs is no answer.
 */
import { type Clock, sleep } from '@crescendo/base';
import type { StoreState, StoreView } from '@crescendo/console';
import { reasonOf } from '../failures.ts';

/** A node that has just died holds an answer up for a second and a half. */
const OLD_MS = 5_000;
const PATIENCE_MS = 300;
const FIRST_PATIENCE_MS = 3_000;

export class StoreWatch {
  readonly #ask: () => Promise<StoreState>;
  readonly #clock: Clock;
  #answer: StoreView['answer'];
  #failure: string | undefined;
  #asking: Promise<void> | undefined;

  constructor(ask: () => Promise<StoreState>, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  async look(): Promise<StoreView> {
    this.#asking ??= this.#question();
    const patienceMs = this.#answer === undefined ? FIRST_PATIENCE_MS : PATIENCE_MS;
    await Promise.race([this.#asking, sleep(this.#clock, patienceMs)]);
    const answer = this.#answer;
    const silence = this.#failure ?? this.#hanging();
    return { ...(answer !== undefined && { answer }), ...(silence !== undefined && { silence }) };
  }

  /** Never fails. */
  async #question(): Promise<void> {
    try {
      const state = await this.#ask();
      this.#answer = { state, atMs: this.#clock.wallMs() };
      this.#failure = undefined;
    } catch (error) {
      this.#failure = reasonOf(error);
    }
    this.#asking = undefined;
  }

  #hanging(): string | undefined {
    if (this.#asking === undefined) return undefined;
    const isNew = this.#answer !== undefined && this.#clock.wallMs() - this.#answer.atMs <= OLD_MS; // (W1)
    return isNew ? undefined : 'It was asked and has not said anything yet.';
  }
}
