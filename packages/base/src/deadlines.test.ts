import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, Deadlines } from './index.ts';

/** A clock that stands still until it is told. */
class HandClock implements Clock {
  set = 0;
  #now = 0;
  #timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  nowMs(): number {
    return this.#now;
  }

  wallMs(): number {
    return this.#now;
  }

  setTimer(delayMs: number, callback: () => void): { cancel(): void } {
    const timer = { atMs: this.#now + delayMs, callback };
    this.#timers.push(timer);
    this.set++;
    return { cancel: () => (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  get pending(): number {
    return this.#timers.length;
  }

  to(nowMs: number): void {
    for (;;) {
      const due = this.#timers.filter(({ atMs }) => atMs <= nowMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#now = due.atMs;
      due.callback();
    }
    this.#now = nowMs;
  }
}

test('[BASE7] each item is late once, at its own time, and not when it was taken out', () => {
  const clock = new HandClock();
  const late: string[] = [];
  const deadlines = new Deadlines<string>(clock, (item) => late.push(`${item} ${clock.nowMs()}`));
  deadlines.add('long', 300);
  deadlines.add('short', 100);
  deadlines.add('answered', 200);
  assert.equal(deadlines.remove('answered'), true);
  assert.equal(deadlines.remove('answered'), false);
  clock.to(99);
  assert.deepEqual(late, []);
  clock.to(1_000);
  assert.deepEqual(late, ['short 100', 'long 300']);
  assert.equal(clock.pending, 0);
});

test('[BASE7] a thousand waits that are answered in time set a handful of timers', () => {
  const clock = new HandClock();
  const deadlines = new Deadlines<number>(clock, () => assert.fail('nothing is late'));
  for (let i = 0; i < 1_000; i++) {
    clock.to(i);
    deadlines.add(i, 100);
    deadlines.remove(i);
  }
  assert.ok(clock.set <= 11, `${clock.set} timers`);
  deadlines.add(-1, 100);
  deadlines.clear();
  assert.equal(clock.pending, 0);
});

test('[BASE7] what is late may add and remove others', () => {
  const clock = new HandClock();
  const late: number[] = [];
  const deadlines = new Deadlines<number>(clock, (item) => {
    late.push(item);
    deadlines.remove(2);
    if (item === 1) deadlines.add(3, 50);
  });
  deadlines.add(1, 10);
  deadlines.add(2, 10);
  clock.to(100);
  assert.deepEqual(late, [1, 3]);
});
