import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { parseLoad } from './load.ts';
import { isBadSpec } from './spec-error.ts';

const HOUR_MS = 3_600_000;
const none = (path: string): string => assert.fail(`${path} was read`);
const files = (path: string): string => {
  if (path === 'trace.csv') return 'seconds,jobs\n0, 10\n60, 0 # a pause\n120;4\n';
  if (path === 'run.json') return '{"Arrivals": [3, 0.5, 3]}';
  if (path === 'empty.json') return '{}';
  return 'backwards\n60,1\n0,1\n';
};

function arrivals(text: string, untilMs: number, seed = 1): number[] {
  return parseLoad(text, files).arrivals(seededRandom(seed), untilMs);
}

test('[LAB1] a burst is so many jobs at once, at its time', () => {
  assert.deepEqual(arrivals('burst:3@90s', HOUR_MS), [90_000, 90_000, 90_000]);
  assert.deepEqual(arrivals('burst:3@2h', HOUR_MS), [], 'after the end');
});

test('[LAB1] a stream has its rate within its window', () => {
  const steady = arrivals('steady:30/m@10m-20m', HOUR_MS);
  assert.equal(steady.length, 300);
  assert.ok(steady[0]! > 600_000 && steady.at(-1)! <= 1_200_000);
  const counts = [1, 2, 3, 4].map((seed) => arrivals('poisson:2/s', HOUR_MS, seed).length);
  for (const count of counts) assert.ok(Math.abs(count - 7_200) < 4 * Math.sqrt(7_200), `${count}`);
});

test('[LAB1] a diurnal load is lowest at its begin and highest half a period later', () => {
  const load = parseLoad('diurnal:1-5/s,2h', none);
  assert.ok(Math.abs(load.rateAt(0) - 1) < 1e-9 && Math.abs(load.rateAt(HOUR_MS) - 5) < 1e-9);
  const all = load.arrivals(seededRandom(7), 2 * HOUR_MS);
  const perSecond = all.length / 7_200;
  assert.ok(Math.abs(perSecond - 3) < 0.1, `${perSecond}`);
});

test('[LAB1] a trace spreads the jobs of a row until the next', () => {
  const times = arrivals('trace.csv', HOUR_MS);
  assert.equal(times.length, 14);
  assert.deepEqual(times.slice(0, 3), [0, 6_000, 12_000]);
  assert.deepEqual(times.slice(10), [120_000, 120_000, 120_000, 120_000]);
});

test('[LAB1] a recorded run gives its arrivals', () => {
  assert.deepEqual(arrivals('run.json', HOUR_MS), [500, 3_000, 3_000]);
});

test('[LAB1] parts add up, in the order of time', () => {
  const times = arrivals('burst:2@30 + steady:1/m@0-2m', HOUR_MS);
  assert.deepEqual(times, [30_000, 30_000, 60_000, 120_000]);
});

test('[LAB1] what cannot be read is refused with what is allowed', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['burst:many@0', /no number of jobs/],
    ['poisson:2', /no rate: give a number a second/],
    ['steady:1/s@5m-1m', /no span of time/],
    ['diurnal:5-1/s', /the lower rate comes first/],
    ['rain', /is no load: give burst:120@0/],
    ['backwards.csv', /goes back in time/],
    ['empty.json', /no list "Arrivals" of seconds/],
    ['poisson:5000/s', /more than 2,000,000 jobs/],
  ];
  for (const [text, reason] of refused) {
    assert.throws(
      () => arrivals(text, HOUR_MS),
      (error) => isBadSpec(error) && reason.test(error.message),
      text,
    );
  }
});

test('[LAB3] the same seed gives the same arrivals, another seed others', () => {
  assert.deepEqual(arrivals('poisson:1/s', HOUR_MS, 5), arrivals('poisson:1/s', HOUR_MS, 5));
  assert.notDeepEqual(arrivals('poisson:1/s', HOUR_MS, 5), arrivals('poisson:1/s', HOUR_MS, 6));
});
