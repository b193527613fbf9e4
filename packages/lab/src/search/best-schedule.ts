/**
 * The best that anybody could do: the sizes over time that work the load off soonest within a budget, under the same launch and metric
 * delays and the same bounds. It knows all arrivals from the first moment at which a metric could have shown them, and ends an instance
 * when it is idle; no policy can do better, so it is what policies are held against.
 *
 * (O1) Nothing is ordered before the alarm that sees the first measurement of the load could have rung.
 * (O2) Jobs, service times, delays and the moment within a minute are those that the same seed gives a simulated policy.
 */
import { type Random, seededRandom } from '@crescendo/base';
import type { Experiment } from '../run/experiment.ts';
import type { Beginning } from '../run/run-result.ts';
import { type Plan, type PlanValue, planCost } from './plan-cost.ts';
import { fixedDraws } from './schedule-draws.ts';

export interface BestSchedule extends PlanValue {
  readonly slotSeconds: number;
  /** When the first size of the plan is ordered. */
  readonly firstOrderSeconds: number;
  readonly evaluations: number;
}

const MOST_SLOTS = 96;
const MINUTE_MS = 60_000;
const MOST_TRIES = 600;
/** Jobs times instances times tries. */
const MOST_WORK = 30_000_000;

/** @param budgetDollars what it may cost at most within the run; Infinity for no limit. */
export function bestSchedule(
  experiment: Experiment,
  bounds: Beginning,
  seed: number,
  budgetDollars: number,
): BestSchedule {
  const draws = fixedDraws(experiment, seed, bounds.launched);
  const firstMs = firstOrderMs(draws.startMs, experiment);
  const slotMs = Math.max(MINUTE_MS / experiment.speed, experiment.lastsMs / MOST_SLOTS);
  const slots = Math.max(1, Math.ceil((experiment.lastsMs - firstMs) / slotMs));
  const evaluate = (plan: Plan) => planCost({ experiment, bounds, draws, firstMs, slotMs }, plan);
  const random = seededRandom(seed).fork('schedule');
  let evaluations = 0;
  let best: { plan: Plan; value: PlanValue } | undefined;
  const offer = (plan: Plan): void => {
    evaluations++;
    const value = evaluate(plan);
    if (best === undefined || isBetter(value, best.value, budgetDollars)) best = { plan, value };
  };
  for (let size = bounds.min; size <= bounds.max; size++) offer(new Array<number>(slots).fill(size));
  const tries = Math.min(MOST_TRIES, MOST_WORK / Math.max(1, draws.jobs().length * bounds.max));
  while (evaluations < tries) offer(changed(best!.plan, bounds, random));
  return {
    slotSeconds: slotMs / 1_000,
    firstOrderSeconds: firstMs / 1_000,
    ...best!.value,
    evaluations,
  };
}

/** (O1) Since the begin of the load: measured within a minute, and seen by an alarm when that minute is over and the delay too. */
export function firstOrderMs(startMs: number, { speed, timing }: Experiment): number {
  const minuteMs = MINUTE_MS / speed;
  const leadMs = timing.metricLeadMs / speed;
  const measuredMs = Math.ceil((startMs + leadMs) / minuteMs) * minuteMs - leadMs;
  const overMs = (Math.floor(measuredMs / minuteMs) + 1) * minuteMs;
  const seenMs = Math.ceil((measuredMs + timing.metricDelayMs) / minuteMs) * minuteMs;
  return Math.max(overMs, seenMs) - startMs;
}

/** Within the budget first; then the end of the work, then waiting, then cost. */
function isBetter(one: PlanValue, other: PlanValue, budgetDollars: number): boolean {
  const keys = (value: PlanValue): number[] => [
    Math.max(0, value.dollars - budgetDollars),
    value.drainSeconds ?? Number.POSITIVE_INFINITY,
    value.left,
    value.waits?.p95 ?? 0,
    value.dollars,
  ];
  const [first, second] = [keys(one), keys(other)];
  const index = first.findIndex((key, at) => key !== second[at]!);
  return index >= 0 && first[index]! < second[index]!;
}

/** Another size for a stretch of slots. */
function changed(plan: Plan, { min, max }: Beginning, random: Random): Plan {
  const from = random.int(plan.length);
  const length = 1 + random.int(Math.max(1, random.pick([2, 8, plan.length])));
  const size = random.chance(0.5)
    ? min + random.int(max - min + 1)
    : Math.min(max, Math.max(min, plan[from]! + (random.chance(0.5) ? 1 : -1)));
  return plan.map((before, slot) => (slot >= from && slot < from + length ? size : before));
}
