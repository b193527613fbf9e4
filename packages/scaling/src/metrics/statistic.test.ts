import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { oracleStatistic } from '../testing/statistics-oracle.ts';
import { parseStatistic } from './statistic.ts';
import { addOpaque, addSummary, addValue, newSummaries, statisticOf } from './summary.ts';

const STATISTICS = [
  'SampleCount',
  'Sum',
  'Average',
  'Minimum',
  'Maximum',
  'p0',
  'p50',
  'p99.9',
  'p100',
  'tm90',
  'TM(10%:90%)',
  'TM(20:60)',
  'TM(:60)',
  'IQM',
  'wm95',
  'WM(10%:75%)',
  'WM(20:60)',
  'tc90',
  'TC(20:60)',
  'ts90',
  'TS(25.5:)',
  'PR(:50)',
  'PR(20:60)',
];

function isClose(actual: number, expected: number): boolean {
  if (Number.isNaN(expected)) return Number.isNaN(actual);
  return Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
}

test('[M3] every statistic is what the sorted list of values says', () => {
  const random = seededRandom(7);
  for (let round = 0; round < 400; round++) {
    const summaries = newSummaries(1);
    const values: number[] = [];
    const size = 1 + random.int(60);
    for (let i = 0; i < size; i++) {
      const value = random.chance(0.3) ? random.int(5) : Math.round(random.float() * 10_000) / 100;
      addValue(summaries, 0, value, 1);
      values.push(value);
    }
    values.sort((a, b) => a - b);
    for (const text of STATISTICS) {
      const statistic = parseStatistic(text);
      assert.ok(statistic, text);
      const actual = statisticOf(summaries, 0, statistic);
      const expected = oracleStatistic(values, statistic);
      assert.ok(
        isClose(actual, expected),
        `round ${round}, ${text} is ${actual}, not ${expected} of ${values}`,
      );
    }
  }
});

test('[M3] summaries joined in any order say what all values say', () => {
  const random = seededRandom(8);
  for (let round = 0; round < 200; round++) {
    const parts = newSummaries(4);
    const values = Array.from({ length: 1 + random.int(40) }, () => random.int(30));
    for (const value of values) addValue(parts, random.int(4), value, 1);
    const joined = newSummaries(1);
    for (const part of random.shuffle([0, 1, 2, 3])) addSummary(joined, 0, parts, part, true);
    values.sort((a, b) => a - b);
    for (const text of STATISTICS) {
      const statistic = parseStatistic(text)!;
      const expected = oracleStatistic(values, statistic);
      assert.ok(isClose(statisticOf(joined, 0, statistic), expected), `round ${round}: ${text}`);
    }
  }
});

test('[M3] statistics as AWS writes them, and nothing else', () => {
  const wrong = [
    '',
    'average',
    'P50',
    'p',
    'p101',
    'tm',
    'TM()',
    'TM(:)',
    'TM(10%:90)',
    'TM(90%:10%)',
    'PR(10%:90%)',
  ];
  for (const text of [...wrong, 'TM(%:90%)', 'TM(-1%:90%)', 'p50.12345678901', 'sum', 'TM(1:2:3)'])
    assert.equal(parseStatistic(text), undefined, text);
  assert.deepEqual(parseStatistic('p99.99'), { type: 'percentile', percent: 99.99 });
  assert.deepEqual(parseStatistic('PR(:300)'), {
    type: 'PR',
    range: { of: 'values', low: Number.NEGATIVE_INFINITY, high: 300 },
  });
});

test('[M4] a summary without values has no percentiles, unless all its values are the same', () => {
  const summaries = newSummaries(3);
  addOpaque(summaries, 0, [3, 6, 1, 3]);
  addOpaque(summaries, 1, [3, 6, 2, 2]);
  addValue(summaries, 2, 5, 1);
  addOpaque(summaries, 2, [3, 6, 1, 3]);
  addValue(summaries, 2, 4, 1);
  const median = parseStatistic('p50')!;
  assert.ok(Number.isNaN(statisticOf(summaries, 0, median)));
  assert.equal(statisticOf(summaries, 1, median), 2);
  assert.ok(Number.isNaN(statisticOf(summaries, 2, median)));
  assert.equal(statisticOf(summaries, 2, { type: 'Average' }), 3);
});

test('[M5] more different values than are kept cost exactness, but little', () => {
  const random = seededRandom(9);
  const summaries = newSummaries(1);
  const values = Array.from({ length: 20_000 }, () => random.float() * 1_000 - 100);
  for (const value of values) addValue(summaries, 0, value, 1);
  values.sort((a, b) => a - b);
  for (const text of ['p5', 'p50', 'p90', 'p99', 'p99.9', 'tm99', 'TM(10%:90%)']) {
    const statistic = parseStatistic(text)!;
    const expected = oracleStatistic(values, statistic);
    const actual = statisticOf(summaries, 0, statistic);
    assert.ok(
      Math.abs(actual - expected) <= 0.1 * Math.abs(expected) + 1,
      `${text}: ${actual}, not ${expected}`,
    );
  }
  assert.ok(isClose(statisticOf(summaries, 0, { type: 'SampleCount' }), 20_000));
  assert.ok(summaries.distributions![0]!.values.length <= 200);
});
