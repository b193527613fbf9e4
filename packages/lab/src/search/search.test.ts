import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBadSpec } from '../load/spec-error.ts';
import { runVariant } from '../run/outcome.ts';
import type { Metrics } from '../run/run-result.ts';
import { policy, sourceCase, WORDFREQ } from '../testing/bench.ts';
import { compareForGoal, excess, parseGoal } from './goal.ts';
import { frontierOf, type SearchOptions, search } from './search.ts';
import { neighbours, parseAxis, placeAt, type Space, sizeOf, valuesAt } from './space.ts';

const METRICS: Metrics = {
  ...{
    drainSeconds: 100,
    waits: { mean: 20, p50: 20, p95: 50, p99: 60, max: 70 },
    instanceHours: 1,
    dollars: 0.5,
  },
  ...{ launches: 2, terminations: 2, flaps: 0, maxFleet: 3, arrived: 10, done: 10, left: 0 },
  ...{ deadLettered: 0, expired: 0, overCapacity: 0 },
};

function options(space: Space, more: Partial<SearchOptions> = {}): SearchOptions {
  const experiment = sourceCase({ load: ['burst:30@0'], hours: '0.5', leadIn: '5m' });
  const base = policy('steps');
  return { experiment, base, space, goal: parseGoal('min-drain'), seeds: [1], tries: 100, ...more };
}

test('[LAB13] limits come before what is to be small', () => {
  const goal = parseGoal('p95-wait<60s, cost<=1, min-drain');
  assert.equal(excess(goal, METRICS), 0);
  const slow = { ...METRICS, drainSeconds: 200 };
  const dear = { ...METRICS, drainSeconds: 10, dollars: 2 };
  assert.ok(compareForGoal(goal, METRICS, slow) < 0);
  assert.ok(compareForGoal(goal, slow, dear) < 0, 'a limit that is passed weighs more');
  assert.ok(excess(parseGoal('p95-wait<50'), METRICS) > 0, 'what touches a strict limit passes it');
  const never = { ...METRICS, drainSeconds: undefined };
  assert.ok(compareForGoal(parseGoal('min-drain'), METRICS, never) < 0);
});

test('[LAB13] what can be varied is said, or stands in the template', () => {
  assert.deepEqual(parseAxis('Policy', WORDFREQ).values, ['source', 'tuned', 'backlog', 'steps']);
  assert.deepEqual(parseAxis('MaxSize', WORDFREQ).values, ['1', '2', '3', '4', '5', '6', '7', '8']);
  assert.deepEqual(parseAxis('OutAt=60..300/60', WORDFREQ).values, ['60', '120', '180', '240', '300']);
  assert.deepEqual(parseAxis('OutAt=0.1..0.3/0.1', WORDFREQ).values, ['0.1', '0.2', '0.3']);
  const space = [parseAxis('OutBy=1,2', WORDFREQ), parseAxis('InBelow=3..5', WORDFREQ)];
  assert.equal(sizeOf(space), 6);
  const all = Array.from({ length: 6 }, (_, number) =>
    Object.values(valuesAt(space, placeAt(space, number))).join(),
  );
  assert.deepEqual(all, ['1,3', '1,4', '1,5', '2,3', '2,4', '2,5']);
  assert.deepEqual(neighbours(space, [0, 1]), [
    [1, 1],
    [0, 0],
    [0, 2],
  ]);
  for (const text of ['Size=1,2', 'OutAt=5..1', 'OutAt=1..5/0', 'OutAt=', 'BacklogPerInstance'])
    assert.throws(() => parseAxis(text, WORDFREQ), isBadSpec, text);
  for (const text of ['fast', 'wait<3', 'min-drain,min-cost', 'drain<soon'])
    assert.throws(() => parseGoal(text), isBadSpec, text);
});

test('[LAB13] few settings are all tried, and the best is the best of them', async () => {
  const space = [parseAxis('OutBy=1,2', WORDFREQ), parseAxis('OutAt=3,25', WORDFREQ)];
  const found = await search(options(space));
  assert.deepEqual([found.tried, found.size, found.refused, found.holds], [4, 4, 0, true]);
  const one = options(space);
  const drains = await Promise.all(
    [0, 1, 2, 3].map(async (number) => {
      const variant = policy('steps', valuesAt(space, placeAt(space, number)));
      return (await runVariant(one.experiment, variant, [1], { isBrief: true })).mean.drainSeconds!;
    }),
  );
  assert.equal(found.best!.mean.drainSeconds, Math.min(...drains));
});

test('[LAB13] of many settings some are tried, the same ones for the same seed, and none twice', async () => {
  const space = [parseAxis('OutAt=1..40', WORDFREQ), parseAxis('InBelow=1..6', WORDFREQ)];
  const names = async (): Promise<string[]> => {
    const tried: string[] = [];
    await search(options(space, { tries: 6, onTry: (_count, best) => tried.push(best!.name) }));
    return tried;
  };
  const first = await names();
  assert.equal(first.length, 6);
  assert.deepEqual(await names(), first);
});

test('[LAB13] settings that the template refuses are counted and passed over', async () => {
  const space = [parseAxis('MaxSize=0,3', WORDFREQ)];
  const found = await search(options(space));
  assert.deepEqual([found.tried, found.refused], [2, 1]);
  assert.match(found.refusal!, /MaxSize=0: .*not less than 1/s);
  assert.equal(found.best!.name, 'MaxSize=3');
});

test('[LAB14] the frontier holds what nothing beats in everything', () => {
  const outcome = (name: string, drainSeconds: number, dollars: number) => ({
    ...{ name, variant: policy('steps'), runs: [], mean: { ...METRICS, drainSeconds, dollars } },
  });
  const all = [
    outcome('fast', 10, 9),
    outcome('cheap', 90, 1),
    outcome('bad', 95, 9),
    outcome('middle', 50, 5),
  ];
  const names = frontierOf(parseGoal('cost<10,min-drain'), all).map(({ name }) => name);
  assert.deepEqual(names, ['fast', 'middle', 'cheap']);
});
