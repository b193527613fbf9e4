import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { RequestMeter } from './request-meter.ts';

test('a sample has what came since the last one', () => {
  const meter = new RequestMeter(() => 0.5);
  for (let ms = 1; ms <= 100; ms++) meter.record(ms === 7 ? 503 : 200, ms);
  meter.record(501, 1);
  assert.deepEqual(meter.take(), { requests: 101, failures: 1, p50Ms: 50, p99Ms: 99 });
  assert.deepEqual(meter.take(), { requests: 0, failures: 0, p50Ms: 0, p99Ms: 0 });
});

test('what is kept of many durations is a fair sample of them', () => {
  const random = seededRandom(7);
  const meter = new RequestMeter(() => random.float());
  for (let n = 0; n < 100_000; n++) meter.record(200, n / 1_000);
  const { requests, p50Ms } = meter.take();
  assert.equal(requests, 100_000);
  assert.ok(Math.abs(p50Ms - 50) < 5, `the median of 0 to 100 came out as ${p50Ms}`);
});
