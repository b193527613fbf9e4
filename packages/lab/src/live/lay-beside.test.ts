import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBadSpec } from '../load/spec-error.ts';
import { simulate } from '../run/simulate.ts';
import { pointOf } from '../run/summary.ts';
import { policy, sourceCase } from '../testing/bench.ts';
import { layBeside } from './lay-beside.ts';
import { parseRecordedRun } from './recorded-run.ts';

const LOAD_BEGAN = Date.UTC(2026, 2, 2, 8, 0, 37);
const experiment = sourceCase({ timing: 'local', start: new Date(LOAD_BEGAN).toISOString() });

/** As AWS's command line writes them, newest first. */
async function exported(shiftSeconds = 0): Promise<string> {
  const { activities } = await simulate(experiment, policy('source'), 1);
  const time = (seconds: number): string =>
    new Date(LOAD_BEGAN + (seconds + shiftSeconds) * 1_000).toISOString();
  const Activities = activities.toReversed().map(({ text, cause, status, atSeconds, endSeconds }) => ({
    ...{ Description: text, Cause: cause, StatusCode: status, StartTime: time(atSeconds) },
    ...(endSeconds === undefined ? {} : { EndTime: time(endSeconds) }),
  }));
  return JSON.stringify({ LoadBegan: time(-shiftSeconds), Activities });
}

async function beside(text: string, seed: number) {
  const live = parseRecordedRun(text, 'live.json');
  const { activities } = await simulate(experiment, policy('source'), seed);
  return layBeside(
    live.activities.map((one) => pointOf(one, live.loadBeganMs!)),
    activities,
  );
}

test('[LAB18] another seed of the same load differs by launch jitter alone', async () => {
  const comparison = await beside(await exported(), 2);
  assert.ok(comparison.sameSteps);
  assert.deepEqual(
    comparison.pairs.map(({ kind, number }) => `${kind} ${number}`),
    [
      'launch ordered 1',
      'in service 1',
      'launch ordered 2',
      'in service 2',
      'end ordered 1',
      'end ordered 2',
    ],
  );
  assert.ok(comparison.ordersApartSeconds <= 60, `${comparison.ordersApartSeconds}`);
  assert.ok(comparison.launchJitterSeconds <= 1, `${comparison.launchJitterSeconds}`);
});

test('[LAB18] what happened later, or not at all, is told', async () => {
  assert.ok((await beside(await exported(90), 1)).ordersApartSeconds >= 90);
  const whole = JSON.parse(await exported());
  whole.Activities.pop();
  const comparison = await beside(JSON.stringify(whole), 1);
  assert.ok(!comparison.sameSteps);
  assert.equal(comparison.ordersApartSeconds, Number.POSITIVE_INFINITY);
});

test('[LAB18] a file that holds no run is refused with what is wrong', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['[1', /is no JSON object/],
    ['{}', /no list "Activities": write it with "crescendo record GROUP"/],
    ['{"Activities": [{}]}', /activity 1 has no Description/],
    [
      '{"Activities": [{"Description":"a","Cause":"b","StatusCode":"c","StartTime":"soon"}]}',
      /StartTime is "soon", no time/,
    ],
  ];
  for (const [text, reason] of refused) {
    assert.throws(
      () => parseRecordedRun(text, 'live.json'),
      (error) => isBadSpec(error) && reason.test(error.message),
      text,
    );
  }
});
