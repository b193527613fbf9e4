import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MetricSample } from '@crescendo/scaling';
import { AwsError } from '../../contract/service.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { MemoryRecords } from '../../testing/memory-records.ts';
import { KeptMetrics } from './kept-metrics.ts';
import { metricTimeOf } from './metric-time.ts';

const clock = new ManualClock();

function sample(name: string): MetricSample {
  const metric = { namespace: 'App', name, dimensions: [] };
  return { metric, timeMs: clock.wallMs(), data: { type: 'value', value: 1 } };
}

test('[C34] beyond the number of metrics that are kept new ones are refused, and known ones go on', () => {
  const metrics = new KeptMetrics(new MemoryRecords(), metricTimeOf({ clock, speed: 1 }), 3);
  const names = (): string[] => [...metrics.store.metrics()].map(({ metric }) => metric.name);
  metrics.put([sample('a'), sample('a'), sample('a'), sample('b')]);
  const full = (error: unknown): boolean =>
    error instanceof AwsError &&
    error.code === 'LimitExceeded' &&
    /There are 2 metrics, and 2 would be new/.test(error.message);
  assert.throws(() => metrics.put([sample('a'), sample('c'), sample('d')]), full);
  metrics.putWhatFits([sample('b'), sample('c'), sample('d')]);
  assert.deepEqual(names(), ['a', 'b']);
  metrics.put([sample('a'), sample('b'), sample('c')]);
  metrics.put([sample('a'), sample('b'), sample('c')]);
  assert.deepEqual(names(), ['a', 'b', 'c']);
});
