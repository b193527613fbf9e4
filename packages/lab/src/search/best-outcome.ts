/** The best possible schedule beside a variant: under each of its seeds, at no more than the variant cost there. */
import type { Experiment } from '../run/experiment.ts';
import { meanOf, type Outcome } from '../run/outcome.ts';
import type { Metrics, RunResult } from '../run/run-result.ts';
import { type BestSchedule, bestSchedule } from './best-schedule.ts';

export interface BestOutcome {
  readonly name: string;
  readonly mean: Metrics;
  /** One for each seed. */
  readonly schedules: readonly BestSchedule[];
}

export const BEST_NAME = 'best possible';

/** Only for jobs: requests are answered at once or not at all. */
export function bestBeside(experiment: Experiment, { runs }: Outcome): BestOutcome {
  const found = runs.map((run) => ({
    run,
    best: bestSchedule(experiment, run.beginning, run.seed, run.metrics.dollars),
  }));
  return {
    name: BEST_NAME,
    mean: meanOf(found.map(({ run, best }) => metricsOf(run, best))),
    schedules: found.map(({ best }) => best),
  };
}

function metricsOf({ metrics, beginning }: RunResult, best: BestSchedule): Metrics {
  const { launches, maxFleet, terminations } = sizes(beginning.inService, best.plan);
  return {
    drainSeconds: best.drainSeconds,
    waits: best.waits,
    instanceHours: best.instanceHours,
    dollars: best.dollars,
    launches,
    terminations,
    flaps: 0,
    maxFleet,
    arrived: metrics.arrived,
    done: metrics.arrived - best.left,
    left: best.left,
    deadLettered: 0,
    expired: 0,
    overCapacity: 0,
  };
}

function sizes(
  atFirst: number,
  plan: readonly number[],
): Pick<Metrics, 'launches' | 'terminations' | 'maxFleet'> {
  let launches = 0;
  let terminations = 0;
  let before = atFirst;
  for (const size of plan) {
    launches += Math.max(0, size - before);
    terminations += Math.max(0, before - size);
    before = size;
  }
  return { launches, terminations, maxFleet: Math.max(atFirst, ...plan) };
}
