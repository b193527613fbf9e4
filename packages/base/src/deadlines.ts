import type { Clock, Timer } from './clock.ts';

/**
 * Many deadlines on one timer. Most of what waits is answered long before its time: setting and cancelling a timer each would cost more than
 * the waiting.
 *
 * (D1) `late` is told once of an item whose time has come, unless it was taken out before.
 * (D2) The one timer is set for the earliest deadline known when it was set, or for an earlier one that came later; it may find nothing to do.
 */
export class Deadlines<Item> {
  readonly #clock: Clock;
  readonly #late: (item: Item) => void;
  readonly #items = new Map<Item, number>();
  #timer: Timer | undefined;
  #timerMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, late: (item: Item) => void) {
    this.#clock = clock;
    this.#late = late;
  }

  /** `delayMs` from now. An item that is here already gets the new deadline. */
  add(item: Item, delayMs: number): void {
    const nowMs = this.#clock.nowMs();
    const atMs = nowMs + delayMs;
    this.#items.set(item, atMs);
    if (atMs < this.#timerMs) this.#arm(atMs, delayMs); // (D2)
  }

  /** True when it was still waiting. */
  remove(item: Item): boolean {
    return this.#items.delete(item);
  }

  /** Nothing is late any more. */
  clear(): void {
    this.#items.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerMs = Number.POSITIVE_INFINITY;
  }

  #arm(atMs: number, delayMs: number): void {
    this.#timer?.cancel();
    this.#timerMs = atMs;
    this.#timer = this.#clock.setTimer(delayMs, () => this.#look());
  }

  #look(): void {
    this.#timerMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.nowMs();
    let nextMs = Number.POSITIVE_INFINITY;
    const late: Item[] = [];
    for (const [item, atMs] of this.#items) {
      if (atMs <= nowMs) late.push(item);
      else if (atMs < nextMs) nextMs = atMs;
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#arm(nextMs, nextMs - nowMs);
    for (const item of late) if (this.#items.delete(item)) this.#late(item); // (D1)
  }
}
