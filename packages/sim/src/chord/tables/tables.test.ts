import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { measureChurn } from './churn.ts';
import { measureFailures } from './failures.ts';
import { measurePathLengths } from './path-length.ts';

test('the mean path length with 512 nodes is within 3 % of the paper', () => {
  const { mean } = measurePathLengths(512, 4000, seededRandom(1));
  assert.ok(Math.abs(mean / 4.38 - 1) < 0.03, `${mean}`);
});

test('no lookup is wrong with half of the nodes dead', () => {
  const run = measureFailures(0.5, 300, 1);
  assert.equal(run.wrong, 0);
  assert.ok(run.timeouts > 1, 'dead nodes were met');
});

test('lookups under churn find the owner, nearly always', () => {
  const times = { warmUpMs: 20_000, measuredMs: 40_000, lookupsPerSecond: 5 };
  const run = measureChurn(0.4, times, 1);
  assert.ok(run.lookups > 150 && run.failures <= 2, JSON.stringify(run));
});
