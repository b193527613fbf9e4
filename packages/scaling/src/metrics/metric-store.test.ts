import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '@crescendo/base';
import { type OracleSample, oracleStatistic, valuesBetween } from '../testing/statistics-oracle.ts';
import { metricKey } from './metric.ts';
import { MetricStore } from './metric-store.ts';
import type { SampleData } from './sample.ts';
import { parseStatistic } from './statistic.ts';
import { newSummaries, statisticOf } from './summary.ts';

const NOW = Date.UTC(2026, 0, 20);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const metric = { namespace: 'App', name: 'Load', dimensions: [{ name: 'Host', value: 'a' }] };
const KEY = metricKey(metric);

function someData(random: Random): SampleData {
  if (random.chance(0.6)) return { type: 'value', value: random.int(50) };
  const values = Array.from({ length: 1 + random.int(3) }, () => random.int(50));
  return { type: 'values', values, counts: values.map(() => 1 + random.int(3)) };
}

function read(store: MetricStore, text: string, startMs: number, periodMs: number, count: number): number[] {
  const summaries = newSummaries(count);
  store.read(KEY, undefined, { startMs, periodMs, count }, summaries, true);
  return Array.from({ length: count }, (_, i) => statisticOf(summaries, i, parseStatistic(text)!));
}

function assertLikeOracle(
  store: MetricStore,
  samples: readonly OracleSample[],
  text: string,
  startMs: number,
  periodMs: number,
): void {
  const actual = read(store, text, startMs, periodMs, 6);
  actual.forEach((value, i) => {
    const from = startMs + i * periodMs;
    const expected = oracleStatistic(valuesBetween(samples, from, from + periodMs)!, parseStatistic(text)!);
    const close = Number.isNaN(expected) ? Number.isNaN(value) : Math.abs(value - expected) < 1e-6;
    assert.ok(
      close,
      `${text} of period ${periodMs} at ${new Date(from).toISOString()}: ${value}, not ${expected}`,
    );
  });
}

/** Samples of the last `spanMs`, in no order. */
function fill(
  store: MetricStore,
  random: Random,
  count: number,
  spanMs: number,
  resolution: 1 | 60,
): OracleSample[] {
  return Array.from({ length: count }, () => {
    const sample = { timeMs: NOW - 1 - random.int(spanMs), data: someData(random) };
    store.put({ metric, ...sample, storageResolution: resolution }, NOW);
    return sample;
  });
}

test('[M1] samples in any order: every window says what the list of samples says', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = seededRandom(seed);
    const store = new MetricStore();
    const samples = fill(store, random, 300, 2 * HOUR, 1);
    for (let round = 0; round < 30; round++) {
      const periodMs = random.pick([1_000, 5_000, 10_000, 30_000, 60_000, 300_000]);
      const startMs = NOW - Math.floor((random.int(2 * HOUR) + 6 * periodMs) / 1_000) * 1_000;
      assertLikeOracle(store, samples, random.pick(['Sum', 'Average', 'p90', 'Maximum']), startMs, periodMs);
    }
  }
});

test('[M1] minutes are told by minutes, and all longer periods that are made of them', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed);
    const store = new MetricStore();
    const samples = fill(store, random, 400, 14 * DAY, 60);
    for (let round = 0; round < 20; round++) {
      const periodMs = random.pick([60_000, 300_000, HOUR, 6 * HOUR]);
      const startMs = NOW - Math.floor((random.int(14 * DAY) + 6 * periodMs) / 60_000) * 60_000;
      assertLikeOracle(store, samples, random.pick(['Sum', 'SampleCount', 'p50']), startMs, periodMs);
    }
  }
});

test('[M2] what is joined into coarser slots stays whole: no sample is lost or counted twice', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = seededRandom(seed);
    const store = new MetricStore({ budget: 20_000 });
    const samples = fill(store, random, 3_000, 10 * DAY, 60);
    assert.ok(store.size < 21_000, `${store.size} numbers are held, of a share of 20000`);
    const total = samples.reduce((sum, { data }) => sum + countOf(data), 0);
    const hours = read(store, 'SampleCount', NOW - 240 * HOUR, HOUR, 240);
    assert.equal(
      hours.reduce((sum, value) => sum + (value || 0), 0),
      total,
    );
    assertLikeOracle(store, samples, 'Sum', NOW - 200 * HOUR, 6 * HOUR);
  }
});

function countOf(data: SampleData): number {
  assert.ok(data.type !== 'summary');
  return data.type === 'value' ? 1 : data.counts.reduce((sum, count) => sum + count, 0);
}

test('[M2] seconds are kept for three hours, minutes for fifteen days, then coarser', () => {
  const store = new MetricStore();
  store.put({ metric, timeMs: NOW + 1_000, data: { type: 'value', value: 1 }, storageResolution: 1 }, NOW);
  assert.equal(read(store, 'Sum', NOW, 1_000, 2)[1], 1);
  store.sweep(NOW + 4 * HOUR);
  assert.ok(Number.isNaN(read(store, 'Sum', NOW, 1_000, 2)[1]!));
  assert.equal(read(store, 'Sum', NOW, 60_000, 1)[0], 1);
  store.sweep(NOW + 16 * DAY);
  assert.ok(Number.isNaN(read(store, 'Sum', NOW, 60_000, 1)[0]!));
  assert.equal(read(store, 'Sum', NOW, 300_000, 1)[0], 1);
  store.sweep(NOW + 64 * DAY);
  assert.equal(read(store, 'Sum', NOW, HOUR, 1)[0], 1);
  store.sweep(NOW + 460 * DAY);
  assert.equal(store.seriesCount, 0);
  assert.deepEqual([...store.metrics()], []);
});

test('[M6] units are kept apart, and joined where none is asked for', () => {
  const store = new MetricStore();
  store.put({ metric, timeMs: NOW, data: { type: 'value', value: 1 }, unit: 'Count' }, NOW);
  store.put({ metric, timeMs: NOW, data: { type: 'value', value: 10 }, unit: 'Percent' }, NOW);
  const sum = (unit?: 'Count' | 'Percent' | 'Bytes'): number => {
    const summaries = newSummaries(1);
    store.read(KEY, unit, { startMs: NOW, periodMs: 60_000, count: 1 }, summaries, false);
    return statisticOf(summaries, 0, { type: 'Sum' });
  };
  assert.deepEqual([sum(), sum('Count'), sum('Percent'), sum('Bytes')], [11, 1, 10, Number.NaN]);
});

test('[M7] what was handed out in pieces, at any moments, is the whole store', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed);
    const store = new MetricStore({ track: true, budget: random.pick([1_000, 4_000_000]) });
    const disk = new Map<string, () => void>();
    const samples: OracleSample[] = [];
    let restored = new MetricStore();
    const keep = (): void => {
      for (const change of store.takeChanges()) {
        const key =
          change.type === 'series'
            ? `0/${change.id}`
            : `1/${change.seriesId}/${change.tier}/${change.number}`;
        const gone = change.type === 'series' ? change.series === undefined : change.bytes === undefined;
        if (gone) disk.delete(key);
        else
          disk.set(key, () =>
            change.type === 'series'
              ? restored.restoreSeries(change.series!)
              : restored.restoreChunk(change.seriesId, change.tier, change.number, change.bytes!),
          );
      }
    };
    for (let round = 0; round < 40; round++) {
      samples.push(...fill(store, random, 1 + random.int(10), 2 * DAY, random.pick([1, 60])));
      if (random.chance(0.5)) keep();
    }
    keep();
    restored = new MetricStore();
    for (const key of [...disk.keys()].sort()) disk.get(key)!();
    assert.equal(restored.size, store.size);
    assert.ok(
      store.newestMs(KEY) - restored.newestMs(KEY) < 60_000,
      'the time of the newest sample, by its slot',
    );
    for (let round = 0; round < 20; round++) {
      const startMs = NOW - random.int(48) * HOUR;
      for (const text of ['Sum', 'p90', 'SampleCount'])
        assert.deepEqual(read(restored, text, startMs, HOUR, 4), read(store, text, startMs, HOUR, 4));
    }
    assertLikeOracle(restored, samples, 'Sum', NOW - 24 * HOUR, 3 * HOUR);
  }
});

test('[M7] bytes that were handed out do not change with later samples', () => {
  const store = new MetricStore({ track: true });
  store.put({ metric, timeMs: NOW, data: { type: 'value', value: 1 } }, NOW);
  const [, first] = store.takeChanges();
  assert.ok(first?.type === 'chunk');
  const copy = first.bytes!.slice();
  store.put({ metric, timeMs: NOW, data: { type: 'value', value: 2 } }, NOW);
  assert.deepEqual(first.bytes, copy);
  assert.equal(store.takeChanges().length, 1);
  assert.equal(store.takeChanges().length, 0);
});

test('[M7] times are scaled when the scale has changed since', () => {
  const store = new MetricStore({ track: true });
  store.put({ metric, timeMs: NOW * 60, data: { type: 'value', value: 3 } }, NOW * 60);
  const restored = new MetricStore({ track: true });
  for (const change of store.takeChanges())
    if (change.type === 'series') restored.restoreSeries(change.series!);
    else restored.restoreChunk(change.seriesId, change.tier, change.number, change.bytes!, 1 / 60);
  assert.equal(read(restored, 'Sum', NOW, 60_000, 1)[0], 3);
  assert.equal(restored.takeChanges().length, 1);
});

test('[M8] ten thousand metrics stay within the budget', () => {
  const store = new MetricStore({ budget: 1_000_000 });
  for (let minute = 0; minute < 300; minute++)
    for (let i = 0; i < 1_000; i++) {
      const timeMs = NOW + minute * 60_000;
      const own = { namespace: 'App', name: `m${i}`, dimensions: [] };
      store.put({ metric: own, timeMs, data: { type: 'value', value: minute } }, timeMs);
    }
  assert.equal(store.seriesCount, 1_000);
  assert.ok(store.size <= 1_100_000, `${store.size}`);
});

test('[M9] the order of dimensions does not matter, and their number does', () => {
  const a = { name: 'A', value: '1' };
  const b = { name: 'B', value: '2' };
  const key = (dimensions: { name: string; value: string }[]): string =>
    metricKey({ namespace: 'N', name: 'm', dimensions });
  assert.equal(key([a, b]), key([b, a]));
  assert.notEqual(key([a]), key([a, b]));
  assert.notEqual(key([]), key([a]));
});
