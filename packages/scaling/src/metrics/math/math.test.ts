import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { MathLines } from './evaluate-queries.ts';
import { MathError } from './math-error.ts';
import type { MathValue, TimeSeries } from './math-value.ts';
import { parseExpression } from './parse-expression.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1, 12);

/** One value a minute; undefined where one is missing. */
function series(label: string, ...points: (number | undefined)[]): TimeSeries {
  const present = points.flatMap((value, i) =>
    value === undefined ? [] : [{ value, timeMs: START + i * MINUTE }],
  );
  const times = present.map(({ timeMs }) => timeMs);
  return { type: 'series', label, periodMs: MINUTE, times, values: present.map(({ value }) => value) };
}

const METRICS: Record<string, TimeSeries> = {
  m1: series('m1', 1, 2, 3, 4),
  m2: series('m2', 10, undefined, 0, 40),
  gap: series('gap', undefined, 5, undefined, 8),
  none: series('none'),
};

function work(text: string, others: Record<string, string> = {}): MathValue {
  const lines = [
    ...Object.entries(METRICS).map(([id, one]) => ({ id, series: one })),
    ...Object.entries({ ...others, result: text }).map(([id, line]) => ({
      id,
      expression: parseExpression(line),
    })),
  ];
  const context = { startMs: START, endMs: START + 4 * MINUTE, periodMs: MINUTE, speed: 1 };
  return new MathLines(lines, context).valueOf('result')!;
}

/** Four places, undefined where there is no point; a number for a scalar; a list for a list. */
function shown(value: MathValue): unknown {
  if (value.type === 'scalar') return value.value;
  if (value.type === 'list') return value.items.map((item) => item.label);
  if (value.type === 'string') return value.value;
  const at = new Map(value.times.map((timeMs, i) => [(timeMs - START) / MINUTE, value.values[i]]));
  return [0, 1, 2, 3].map((i) => at.get(i));
}

const _ = undefined;
const CASES: readonly (readonly [string, unknown])[] = [
  ['1 + 2 * 3', 7],
  ['(1 + 2) * 3', 9],
  ['2 ^ 3 ^ 2', 512],
  ['-2 ^ 2', -4],
  ['2 * -3', -6],
  ['10 - 4 - 3', 3],
  ['8 / 4 / 2', 1],
  ['1 < 2 AND 3 < 2 OR 5 == 5', 1],
  ['1 || 0 && 0', 1],
  ['1.5e1 + .5', 15.5],
  ['m1 * 10', [10, 20, 30, 40]],
  ['100 / m2', [10, _, _, 2.5]],
  ['m1 + m2', [11, 2, 3, 44]],
  ['m1 / m2', [0.1, _, _, 0.1]],
  ['m2 - m1', [9, -2, -3, 36]],
  ['none + gap', [_, 5, _, 8]],
  ['m1 > 2', [0, 0, 1, 1]],
  ['m1 >= m2', [0, 1, 1, 0]],
  ['m1 > 1 AND m2', [0, 0, 0, 1]],
  ['-m1', [-1, -2, -3, -4]],
  ['AVG(m1)', 2.5],
  ['SUM(m2)', 50],
  ['MIN(m1) + MAX(m1)', 5],
  ['STDDEV(m1)', Math.sqrt(1.25)],
  ['SUM([m1, m2])', [11, 2, 3, 44]],
  ['AVG([m1, m2])', [5.5, 2, 1.5, 22]],
  ['MAX(METRICS("m"))', [10, 2, 3, 40]],
  ['SUM(METRICS())', [11, 7, 3, 52]],
  ['METRIC_COUNT(METRICS("m"))', 2],
  ['DATAPOINT_COUNT(m2)', 3],
  ['DATAPOINT_COUNT(none)', 0],
  ['DATAPOINT_COUNT([m1, m2])', [2, 1, 2, 2]],
  ['ABS(m1 - 3)', [2, 1, 0, 1]],
  ['CEIL(m1 / 2)', [1, 1, 2, 2]],
  ['FLOOR(2.7)', 2],
  ['LOG10(m1 * 0 + 100)', [2, 2, 2, 2]],
  ['LOG(m2)', [Math.log(10), _, _, Math.log(40)]],
  ['DIFF(m1)', [_, 1, 1, 1]],
  ['RATE(m2)', [_, _, -10 / 120, 40 / 60]],
  ['DIFF_TIME(m2)', [_, _, 120, 60]],
  ['RUNNING_SUM(m2)', [10, _, 10, 50]],
  ['PERIOD(m1)', 60],
  ['m1 / PERIOD(m1) * 60', [1, 2, 3, 4]],
  ['FILL(gap, 0)', [0, 5, 0, 8]],
  ['FILL(gap, REPEAT)', [_, 5, 5, 8]],
  ['FILL(gap, LINEAR)', [_, 5, 6.5, 8]],
  ['FILL(gap, m1)', [1, 5, 3, 8]],
  ['FILL(none, 7)', [7, 7, 7, 7]],
  ['FILL(none, REPEAT)', [_, _, _, _]],
  ['IF(m1 > 2, m1, 0)', [0, 0, 3, 4]],
  ['IF(m1 > 2, m2, m1)', [1, 2, 0, 40]],
  ['IF(m1 <= 2, m2, 9)', [10, _, 9, 9]],
  ['IF(1, m1, m2)', [1, 2, 3, 4]],
  ['TIME_SERIES(5)', [5, 5, 5, 5]],
  ['FIRST([gap, m1])', [_, 5, _, 8]],
  ['LAST([gap, m1])', [1, 2, 3, 4]],
  ['SLICE([gap, m1, m2], 1)', [1, 2, 3, 4]],
  ['SLICE([gap, m1, m2], 0, 2)', ['gap', 'm1']],
  ['SORT([m1, m2, none, gap], AVG, DESC)', ['m2', 'gap', 'm1', 'none']],
  ['SORT([m1, m2, gap], SUM, ASC, 1)', ['m1']],
  ['REMOVE_EMPTY([none, m1])', ['m1']],
  ['MINUTE(m1)', [0, 1, 2, 3]],
  ['HOUR(m2) + YEAR(m2)', [2038, _, 2038, 2038]],
];

for (const [text, expected] of CASES)
  test(`[M10] ${text}`, () => {
    assert.deepEqual(shown(work(text)), expected);
  });

test('[M10] a backlog per instance has no value where there are no instances', () => {
  const text = 'visible / instances';
  const lines = { visible: 'm1 * 0 + 1500', instances: 'm2' };
  assert.deepEqual(shown(work(text, lines)), [150, _, _, 37.5]);
});

test('[M11] errors name the place and what stands there', () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['m1 +', /Unexpected the end at position 5; a number, an id or a function was expected/],
    ['m1 m2', /Unexpected "m2" at position 4; an operator or the end was expected/],
    ['(m1', /Unexpected the end at position 4; "\)" was expected/],
    ['SUM(m1', /Unexpected the end at position 7; "," or "\)" was expected/],
    ['m1 # 2', /"#" at position 4 is not part of any expression/],
    ['nothing + 1', /"nothing" at position 1 is no id of the request/],
    ['m1 + FOO(m1)', /There is no function "FOO" \(position 6\); there are ABS, AVG/],
    ['constructor(m1)', /There is no function "constructor"/],
    ['IF(m1, 2)', /"IF" at position 1 has 2 arguments; it takes 3/],
    ['PERIOD(1)', /Argument 1 of PERIOD at position 8 is a number; a time series was expected/],
    [
      'SORT([m1], SIZE, ASC)',
      /Argument 2 of SORT at position 12 is a text; one of AVG, MIN, MAX, SUM was expected/,
    ],
    [
      '[m1] + [m2]',
      /"\+" at position 6 cannot be applied to a list of time series and a list of time series/,
    ],
    ["'a' + 1", /cannot be applied to a text and a number/],
    ['[1, m1]', /A list holds time series; position 2 has none/],
    ["SEARCH('x', 'Sum')", /SEARCH at position 1 is not allowed in alarms/],
    ['FIRST(REMOVE_EMPTY([none]))', /FIRST at position 1 was given an empty list/],
    ['', /The expression is empty/],
    [`${'('.repeat(500)}1`, /nested deeper than 100/],
    [`${'1+'.repeat(2_000)}1`, /at most 2048 are allowed/],
  ];
  for (const [text, pattern] of wrong)
    assert.throws(
      () => work(text),
      (error: unknown) => error instanceof MathError && pattern.test(error.message),
      text,
    );
});

test('[M11] what would fill the memory is refused', () => {
  const context = { startMs: 0, endMs: 10 * 365 * 86_400_000, periodMs: MINUTE, speed: 1 };
  const lines = [{ id: 'e', expression: parseExpression('TIME_SERIES(1)') }];
  assert.throws(
    () => new MathLines(lines, context).valueOf('e'),
    /5256000 periods cannot be filled; at most 25000/,
  );
});

test('[M11] lines that refer to each other in a circle are refused', () => {
  assert.throws(() => work('a + 1', { a: 'b * 2', b: 'a' }), /refers to itself/);
});

test('[M11] no text makes the parser do anything but give a tree or say what is wrong', () => {
  const random = seededRandom(3);
  const parts = [
    'm1',
    '+',
    '-',
    '(',
    ')',
    '[',
    ']',
    ',',
    'SUM',
    'IF',
    '"a"',
    '3',
    '^',
    'AND',
    ' ',
    '<=',
    '!',
    '.',
  ];
  let parsed = 0;
  for (let round = 0; round < 5_000; round++) {
    const text = Array.from({ length: 1 + random.int(9) }, () => random.pick(parts)).join('');
    try {
      work(text);
      parsed++;
    } catch (error) {
      assert.ok(error instanceof MathError, `${text}: ${error}`);
    }
  }
  assert.ok(parsed > 50, `${parsed} texts were expressions`);
});
