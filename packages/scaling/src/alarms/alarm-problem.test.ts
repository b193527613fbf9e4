import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alarmOf, METRIC, type PartOfAlarm, SCALING } from '../testing/alarm-bench.ts';
import type { MetricQuery } from './alarm.ts';
import { alarmProblem } from './alarm-problem.ts';

test('[A16] definitions that AWS takes', () => {
  const good: readonly PartOfAlarm[] = [
    {},
    { period: 10, evaluationPeriods: 8_640 },
    { period: 3_600, evaluationPeriods: 168 },
    { evaluationPeriods: 3, datapointsToAlarm: 2, treatMissingData: 'ignore' },
    { statistic: 'p99.9', lowSampleCountPercentile: 'evaluate' },
    { expression: 'm * 100' },
    { alarmActions: [SCALING] },
  ];
  for (const part of good) assert.equal(alarmProblem(alarmOf(part)), undefined, JSON.stringify(part));
});

test('[A16] definitions that AWS refuses, and why', () => {
  const wrong: readonly (readonly [PartOfAlarm, RegExp])[] = [
    [{ period: 15 }, /Period must be 10, 20, 30 or a multiple of 60, and is 15/],
    [{ period: 90 }, /multiple of 60, and is 90/],
    [{ evaluationPeriods: 1_441 }, /more than a day .* must be <= 86400, and is 86460/],
    [{ period: 3_600, evaluationPeriods: 169 }, /seven days/],
    [{ evaluationPeriods: 0 }, /EvaluationPeriods is 0; a whole number of at least 1/],
    [{ evaluationPeriods: 2, datapointsToAlarm: 3 }, /DatapointsToAlarm is 3; it must be between 1 and/],
    [{ statistic: 'Median' }, /Invalid statistic: Median/],
    [{ lowSampleCountPercentile: 'ignore' }, /percentiles only/],
    [{ threshold: Number.NaN }, /Threshold is NaN/],
    [{ alarmActions: ['x'] }, /Invalid arn syntax: x/],
    [{ okActions: Array.from({ length: 6 }, () => SCALING) }, /OKActions has 6 actions; at most 5/],
    [{ expression: 'm +' }, /Error in expression 'e': Unexpected the end at position 4/],
    [{ expression: 'x * 2' }, /Error in expression 'e': "x" at position 1 is no id/],
    [{ expression: 'e * 2' }, /refers to itself/],
    [{ expression: 'FOO(m)' }, /There is no function "FOO"/],
    [{ expression: "SEARCH('a', 'Sum')" }, /SEARCH at position 1 is not allowed in alarms/],
    [{ expression: 'AVG(m)' }, /gives one time series/],
    [{ expression: '[m, m]' }, /gives one time series/],
  ];
  for (const [part, pattern] of wrong)
    assert.match(alarmProblem(alarmOf(part)) ?? '', pattern, JSON.stringify(part));
});

test('[A16] lists of metrics that AWS refuses', () => {
  const metric = (id: string, period: number, returnData: boolean): MetricQuery => ({
    ...{ type: 'metric', id, returnData },
    source: { metric: METRIC, period, statistic: 'Sum' },
  });
  const wrong: readonly (readonly [MetricQuery[], RegExp])[] = [
    [[], /Metrics has 0 items/],
    [[metric('a', 60, true), metric('b', 60, true)], /2 items have ReturnData/],
    [[metric('a', 60, false)], /0 items have ReturnData/],
    [[metric('a', 60, true), metric('b', 300, false)], /same period; they have 60, 300/],
    [[metric('A', 60, true)], /the id "A" must begin with a lower-case letter/],
    [[metric('a', 60, true), metric('a', 60, false)], /the id "a" is used twice/],
    [Array.from({ length: 11 }, (_, i) => metric(`m${i}`, 60, i === 0)), /11 metrics; at most 10/],
  ];
  for (const [queries, pattern] of wrong) {
    const definition = { ...alarmOf({}), watches: { type: 'math', queries } as const };
    assert.match(alarmProblem(definition) ?? '', pattern);
  }
});

test('[A15] composite alarms cannot scale, and their rules are checked', () => {
  const { watches: _, ...rest } = alarmOf({});
  const composite = { ...rest, type: 'composite', rule: 'ALARM(a)' } as const;
  assert.equal(alarmProblem(composite), undefined);
  assert.match(
    alarmProblem({ ...composite, alarmActions: [SCALING] }) ?? '',
    /not allowed in a composite alarm/,
  );
  assert.match(alarmProblem({ ...composite, rule: 'ALARM' }) ?? '', /Invalid alarm rule: Unexpected the end/);
  const many = Array.from({ length: 101 }, (_, i) => `ALARM(a${i})`).join(' OR ');
  assert.match(alarmProblem({ ...composite, rule: many }) ?? '', /names 101 alarms; at most 100/);
});
