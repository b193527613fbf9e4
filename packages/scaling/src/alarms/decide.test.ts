import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { oracleState } from '../testing/alarm-oracle.ts';
import type { AlarmState, MissingData } from './alarm.ts';
import { breaches, decideState } from './decide.ts';

const TREATMENTS: readonly MissingData[] = ['missing', 'ignore', 'breaching', 'notBreaching'];

/** AWS's table: M, points (0 fine, X breaching, - missing, newest right), and the states for the four treatments. */
const TABLE: readonly (readonly [m: number, points: string, states: string])[] = [
  [3, '0 - X - X', 'OK OK OK OK'],
  [3, '0 - - - -', 'OK OK OK OK'],
  [3, '- - - - -', 'INSUFFICIENT_DATA keep ALARM OK'],
  [3, '0 X X - X', 'ALARM ALARM ALARM ALARM'],
  [3, '- - X - -', 'ALARM keep ALARM OK'],
  [2, '0 - X - X', 'ALARM ALARM ALARM ALARM'],
  [2, '0 0 X 0 X', 'ALARM ALARM ALARM ALARM'],
  [2, '0 - X - -', 'OK OK ALARM OK'],
  [2, '- - - - 0', 'OK OK ALARM OK'],
  [2, '- - - X -', 'ALARM keep ALARM OK'],
];

const VALUES: Readonly<Record<string, number>> = { '0': 0, X: 10, '-': Number.NaN };

for (const [m, points, states] of TABLE)
  states.split(' ').forEach((expected, i) => {
    const treatMissingData = TREATMENTS[i]!;
    test(`[A1] ${m} of 3, ${points}, ${treatMissingData}: ${expected}`, () => {
      const values = points.split(' ').map((point) => VALUES[point]!);
      const rule = { comparison: 'GreaterThanThreshold', threshold: 5, evaluationPeriods: 3 } as const;
      assert.equal(decideState({ ...rule, datapointsToAlarm: m, treatMissingData }, values, 5), expected);
    });
  });

test('[A1] any M, N, points and treatment: the rule as it is written', () => {
  const random = seededRandom(11);
  for (let round = 0; round < 20_000; round++) {
    const n = 1 + random.int(6);
    const m = 1 + random.int(n);
    const missing = random.pick(TREATMENTS);
    const points = Array.from({ length: n + random.int(4) }, () =>
      random.chance(0.4) ? undefined : random.int(10),
    );
    const state = random.pick<AlarmState>(['OK', 'ALARM', 'INSUFFICIENT_DATA']);
    const expected = oracleState({ isBreaching: (value) => value > 5, m, n, missing }, points, state);
    const rule = { comparison: 'GreaterThanThreshold', threshold: 5, evaluationPeriods: n } as const;
    const values = points.map((point) => point ?? Number.NaN);
    const actual = decideState(
      { ...rule, datapointsToAlarm: m, treatMissingData: missing },
      values,
      values.length,
    );
    assert.equal(actual === 'keep' ? state : actual, expected, `${m} of ${n}, ${missing}: ${points}`);
  }
});

test('[A1] comparison operators at, above and below the threshold', () => {
  const table = {
    GreaterThanThreshold: [false, false, true],
    GreaterThanOrEqualToThreshold: [false, true, true],
    LessThanThreshold: [true, false, false],
    LessThanOrEqualToThreshold: [true, true, false],
  } as const;
  for (const [comparison, expected] of Object.entries(table))
    assert.deepEqual(
      [4, 5, 6].map((value) => breaches(comparison as keyof typeof table, value, 5)),
      expected,
      comparison,
    );
});
