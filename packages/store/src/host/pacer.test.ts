import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '@crescendo/base';
import { LeapingClock } from '../testing/leaping-clock.ts';
import { Pacer } from './pacer.ts';
import type { StoreEvent } from './ports.ts';

function paced(workMs: number, turns: number) {
  const clock = new LeapingClock(0);
  const begun: number[] = [];
  const events: StoreEvent[] = [];
  const done = Promise.withResolvers<void>();
  let running = 0;
  const pacer = new Pacer({ clock, report: (event) => events.push(event) }, async () => {
    assert.equal(++running, 1, 'never twice at once');
    begun.push(clock.nowMs());
    await sleep(clock, workMs);
    running--;
    if (begun.length === turns) {
      pacer.stop();
      done.resolve();
    }
    if (begun.length === 2) throw new Error('the second turn fails');
  });
  return { clock, begun, events, pacer, done: done.promise };
}

test('[H17] work comes at its time, sooner when asked for, and goes on after a failure', async () => {
  const { begun, events, pacer, done } = paced(5, 4);
  pacer.start(100);
  pacer.nudge(10);
  pacer.nudge(50);
  await done;
  assert.deepEqual(begun, [10, 115, 220, 325]);
  assert.equal(events.length, 1);
});

test('[H17] what is asked for while the work is being done comes afterwards', async () => {
  const { clock, begun, pacer, done } = paced(30, 3);
  pacer.start(100);
  clock.setTimer(110, () => pacer.nudge(5));
  await done;
  assert.deepEqual(begun, [100, 135, 265]);
});
