import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '@crescendo/base';
import { VirtualClock } from './virtual-clock.ts';

test('[V1] what is due happens in the order of time, and of asking where times are equal', async () => {
  const clock = new VirtualClock(1_000);
  const told: string[] = [];
  clock.at(3_000, () => told.push(`c ${clock.nowMs()}`));
  clock.setTimer(1_000, () => told.push(`a ${clock.wallMs()}`));
  clock.at(2_000, () => told.push(`b ${clock.nowMs()}`));
  clock.setTimer(500, () => told.push('never')).cancel();
  clock.at(500, () => told.push('late')); // A time that has passed is now.
  await clock.runUntil(2_999);
  assert.deepEqual(told, ['late', 'a 2000', 'b 2000']);
  assert.equal(clock.nowMs(), 2_999);
  await clock.runUntil(4_000);
  assert.deepEqual(told.at(-1), 'c 3000');
});

test('[V1] a timer is followed by all that it begins before the next thing happens', async () => {
  const clock = new VirtualClock(0);
  const told: number[] = [];
  clock.setTimer(10, () => {
    void (async () => {
      for (let turn = 0; turn < 50; turn++) await undefined;
      told.push(clock.nowMs());
      await sleep(clock, 5);
      told.push(clock.nowMs());
    })();
  });
  clock.at(11, () => told.push(clock.nowMs()));
  await clock.runUntil(100);
  assert.deepEqual(told, [10, 11, 15]);
});

test('[V1] many things on the clock come in order', async () => {
  const clock = new VirtualClock(0);
  const seen: number[] = [];
  for (let index = 0; index < 2_000; index++) {
    const atMs = (index * 7_919) % 2_003;
    clock.at(atMs, () => seen.push(atMs));
  }
  await clock.runUntil(3_000);
  assert.equal(seen.length, 2_000);
  assert.deepEqual(
    seen,
    [...seen].sort((a, b) => a - b),
  );
});
