import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { VirtualClock } from '@crescendo/cloud/virtual';
import { parseDistribution } from '../load/distribution.ts';
import { parseLoad } from '../load/load.ts';
import { newJob } from './job.ts';
import { WorkSystem } from './work-system.ts';

const none = (): never => assert.fail('no file is read');
const JOBS = 8_000;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** Mean waiting time in seconds of jobs that come as a Poisson stream, once the queue is in its stride. */
async function meanWait(
  workers: number,
  perSecond: number,
  serviceTime: string,
  seed: number,
): Promise<number> {
  const clock = new VirtualClock(0);
  const rules = {
    visibilityMs: 60_000,
    retentionMs: Number.POSITIVE_INFINITY,
    maxReceives: undefined,
    givesBack: true,
  };
  const work = new WorkSystem(clock, rules);
  work.addInstance('i-1', workers);
  const random = seededRandom(seed);
  const untilMs = (JOBS / perSecond) * 1_000;
  const time = parseDistribution(serviceTime, 'a time', none);
  const times = parseLoad(`poisson:${perSecond}/s`, none).arrivals(random.fork('arrivals'), untilMs);
  const jobs = times.map((timeMs) => newJob(timeMs, time.draw(random)));
  for (const job of jobs) clock.at(job.arrivedMs, () => work.arrive(job));
  await clock.runUntil(untilMs + 3_600_000);
  const settled = jobs.slice(JOBS / 10);
  return (
    settled.reduce((sum, { arrivedMs, takenMs }) => sum + (takenMs! - arrivedMs), 0) / settled.length / 1_000
  );
}

async function assertMean(
  expected: number,
  workers: number,
  perSecond: number,
  serviceTime: string,
): Promise<void> {
  const waits = await Promise.all(SEEDS.map((seed) => meanWait(workers, perSecond, serviceTime, seed)));
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
  const variance = waits.reduce((sum, wait) => sum + (wait - mean) ** 2, 0) / (waits.length - 1);
  const error = Math.sqrt(variance / waits.length);
  // Four standard errors: seeds are fixed, so this is no matter of luck, and a model that is off by a tenth fails.
  assert.ok(
    Math.abs(mean - expected) < Math.min(4 * error, expected * 0.1),
    `${mean} +- ${error}, not ${expected}`,
  );
}

/** The share of jobs that have to wait, by Erlang. */
function erlangC(workers: number, load: number): number {
  let term = 1;
  let sum = 1;
  for (let count = 1; count < workers; count++) {
    term *= load / count;
    sum += term;
  }
  const last = (term * load) / workers / (1 - load / workers);
  return last / (sum + last);
}

test('[LAB6] one worker with exponential times waits as M/M/1', async () => {
  // rho / (mu - lambda), with mu = 1 and lambda = 0.7.
  await assertMean(0.7 / 0.3, 1, 0.7, 'exp:1');
});

test('[LAB6] several workers with exponential times wait as M/M/c', async () => {
  const [workers, perSecond] = [4, 3.2];
  await assertMean(erlangC(workers, perSecond) / (workers - perSecond), workers, perSecond, 'exp:1');
});

test('[LAB6] one worker with constant times waits as M/D/1', async () => {
  // Half of M/M/1.
  await assertMean(0.7 / 0.3 / 2, 1, 0.7, '1');
});
