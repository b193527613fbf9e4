import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '@crescendo/cloud/virtual';
import { newJob } from './job.ts';
import { type QueueRules, WorkSystem } from './work-system.ts';

const RULES: QueueRules = { visibilityMs: 60_000, retentionMs: 3_600_000, maxReceives: 2, givesBack: true };

function bench(rules: Partial<QueueRules> = {}) {
  const clock = new VirtualClock(0);
  const work = new WorkSystem(clock, { ...RULES, ...rules });
  const send = (serviceMs: number) => {
    const job = newJob(clock.nowMs(), serviceMs);
    work.arrive(job);
    return job;
  };
  return { clock, work, send };
}

test('[LAB4] a free worker takes the oldest job at once, and each holds one', async () => {
  const { clock, work, send } = bench();
  const jobs = [send(10_000), send(10_000), send(10_000)];
  work.addInstance('i-1', 2);
  assert.deepEqual([work.visible, work.inFlight], [1, 2]);
  await clock.runUntil(10_000);
  assert.deepEqual(
    jobs.map(({ takenMs }) => takenMs),
    [0, 0, 10_000],
  );
  await clock.runUntil(20_000);
  assert.deepEqual(
    jobs.map(({ doneMs }) => doneMs),
    [10_000, 10_000, 20_000],
  );
  assert.deepEqual(work.counters, { sent: 3, received: 3, deleted: 3 });
  assert.equal(work.busyMs('i-1'), 30_000);
});

test('[LAB5] what an instance held when it went is taken by another at once', async () => {
  const { clock, work, send } = bench();
  const job = send(10_000);
  work.addInstance('i-1', 1);
  await clock.runUntil(4_000);
  work.remove('i-1');
  assert.deepEqual([work.visible, work.inFlight], [1, 0]);
  work.addInstance('i-2', 1);
  await clock.runUntil(20_000);
  assert.equal(job.doneMs, 14_000, 'it begins anew');
  assert.equal(job.receives, 2);
});

test('[LAB5] what nobody gave back is visible after the visibility time', async () => {
  const { clock, work, send } = bench({ givesBack: false });
  const job = send(10_000);
  work.addInstance('i-1', 1);
  await clock.runUntil(4_000);
  work.remove('i-1');
  work.addInstance('i-2', 1);
  await clock.runUntil(63_999);
  assert.deepEqual([work.visible, work.inFlight], [0, 1]);
  await clock.runUntil(80_000);
  assert.equal(job.doneMs, 74_000);
});

test('[LAB5] after so many receives a job is a dead letter', async () => {
  const { clock, work, send } = bench();
  const job = send(10_000);
  for (const id of ['i-1', 'i-2']) {
    work.addInstance(id, 1);
    work.remove(id);
  }
  work.addInstance('i-3', 1);
  await clock.runUntil(60_000);
  assert.deepEqual([job.lost, job.doneMs, work.visible, work.inFlight], ['dead-letter', undefined, 0, 0]);
});

test('[LAB5] a job that is older than the queue keeps messages has expired', async () => {
  const { clock, work, send } = bench({ retentionMs: 5_000 });
  const job = send(1_000);
  await clock.runUntil(6_000);
  work.addInstance('i-1', 1);
  const young = send(1_000);
  await clock.runUntil(10_000);
  assert.deepEqual([job.lost, young.doneMs], ['expired', 7_000]);
});

test('[LAB9] an instance that is to end finishes what it holds and takes nothing more', async () => {
  const { clock, work, send } = bench();
  const jobs = [send(10_000), send(10_000)];
  work.addInstance('i-1', 1);
  let drainedMs = 0;
  work.stopTaking('i-1', () => {
    drainedMs = clock.nowMs();
  });
  await clock.runUntil(60_000);
  assert.deepEqual([drainedMs, jobs[0]!.doneMs, jobs[1]!.takenMs], [10_000, 10_000, undefined]);
});
