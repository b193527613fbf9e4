import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missedOf, runVariant, seedsFrom } from '../run/outcome.ts';
import type { Beginning } from '../run/run-result.ts';
import { policy, sourceCase } from '../testing/bench.ts';
import { bestBeside } from './best-outcome.ts';
import { bestSchedule, firstOrderMs } from './best-schedule.ts';
import { planCost } from './plan-cost.ts';
import { fixedDraws } from './schedule-draws.ts';

const BOUNDS: Beginning = {
  ...{ min: 1, max: 3, inService: 1, launched: 1, instanceType: 't2.micro', slots: 1, dollarsAnHour: 0.0116 },
};

test('[LAB15] nothing is ordered before the first measurement could be seen', () => {
  const at = (second: number, timing: string, metricDelay: string): number =>
    firstOrderMs(Date.UTC(2026, 0, 5, 0, 0, second), sourceCase({ timing, metricDelay })) / 1_000;
  // Measured at the next full minute, in the period that begins there and is over a minute later.
  assert.deepEqual([at(0, 'aws', '0'), at(20, 'aws', '0'), at(59, 'aws', '30')], [60, 100, 61]);
  assert.equal(at(20, 'aws', '90'), 160);
  // Measured a second before the end of a minute, as the local cloud does, and seen at its end.
  assert.deepEqual([at(1, 'local', '0'), at(20, 'local', '0'), at(20, 'local', '90')], [59, 40, 160]);
});

test('[LAB15] the search finds what trying everything finds', () => {
  const experiment = sourceCase({ load: ['burst:20@0'], hours: '0.2' });
  const draws = fixedDraws(experiment, 4, BOUNDS.launched);
  const firstMs = firstOrderMs(draws.startMs, experiment);
  const slots = Math.ceil((experiment.lastsMs - firstMs) / 60_000);
  const budget = 0.0028;
  const inputs = { experiment, bounds: BOUNDS, draws, firstMs, slotMs: 60_000 };
  let best = Number.POSITIVE_INFINITY;
  // Sizes of the first six slots decide when 20 jobs are done.
  for (let number = 0; number < 3 ** 6; number++) {
    const head = Array.from({ length: 6 }, (_, slot) => 1 + (Math.floor(number / 3 ** slot) % 3));
    const plan = [...head, ...new Array<number>(slots - 6).fill(1)];
    const { dollars, drainSeconds = Number.POSITIVE_INFINITY } = planCost(inputs, plan);
    if (dollars <= budget) best = Math.min(best, drainSeconds);
  }
  const found = bestSchedule(experiment, BOUNDS, 4, budget);
  assert.ok(found.dollars <= budget);
  assert.ok(found.drainSeconds! <= best + 1e-6, `${found.drainSeconds}, and ${best} is possible`);
});

test("[LAB15] the source's case: no policy beats the best schedule, and work in hand that counts comes within a tenth of it", async () => {
  const experiment = sourceCase();
  const seeds = seedsFrom(1, 2);
  const run = (name: string) => runVariant(experiment, policy(name), seeds, { isBrief: true });
  const source = await run('source');
  const best = bestBeside(experiment, source);
  for (const name of ['tuned', 'backlog', 'steps']) {
    const { runs, mean } = await run(name);
    assert.equal(missedOf(mean), 0, name);
    for (const [index, { metrics }] of runs.entries())
      assert.ok(
        metrics.drainSeconds! >= best.schedules[index]!.drainSeconds! - 1e-6,
        `${name}, seed ${index + 1}`,
      );
    if (name !== 'steps') continue;
    assert.ok(
      mean.drainSeconds! <= 1.1 * best.mean.drainSeconds!,
      `${mean.drainSeconds}, ${best.mean.drainSeconds}`,
    );
    assert.ok(mean.dollars <= source.mean.dollars, `${mean.dollars}, ${source.mean.dollars}`);
  }
});
