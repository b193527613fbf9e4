/**
 * The best that anybody could do: the sizes over time that work the load off soonest within a budget, under the same launch and metric
 * delays and the same bounds. It knows all arrivals from the first moment at which a metric could have shown them, and ends an instance
 * when it is idle. Of a burst the last job shall be done soonest; of jobs that come over time the mean wait shall be shortest. The search is
 * exact for bursts as far as trying everything could show; for long streams it is the best that was found.
 *
 * (O1) Nothing is ordered before the alarm that sees the first measurement of the load could have rung.
 * (O2) Jobs, service times, delays and the moment within a minute are those that the same seed gives a simulated policy.
 */
import { type Random, seededRandom } from '@crescendo/base';
import type { Experiment } from '../run/experiment.ts';
import type { Beginning } from '../run/run-result.ts';
import type { Job } from '../work/job.ts';
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
const MOST_TRIES = 1_000;
/** What the sizes of the first plans are above the work that comes. */
const SLACKS = [1, 1.25, 1.5, 2];
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
  const jobs = draws.jobs();
  const isBurst = (jobs.at(-1)?.arrivedMs ?? 0) - (jobs[0]?.arrivedMs ?? 0) <= MINUTE_MS;
  let evaluations = 0;
  let best: { plan: Plan; value: PlanValue } | undefined;
  const offer = (plan: Plan): void => {
    evaluations++;
    const value = evaluate(plan);
    if (best === undefined || isBetter(value, best.value, budgetDollars, isBurst)) best = { plan, value };
  };
  for (let size = bounds.min; size <= bounds.max; size++) offer(new Array<number>(slots).fill(size));
  for (const slack of SLACKS) offer(planForLoad(jobs, draws.startMs + firstMs, slotMs, slots, bounds, slack));
  const tries = Math.min(MOST_TRIES, MOST_WORK / Math.max(1, jobs.length * bounds.max));
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

/** Within the budget first; then the end of the work and waiting, or the other way, then cost. */
function isBetter(one: PlanValue, other: PlanValue, budgetDollars: number, isBurst: boolean): boolean {
  const keys = (value: PlanValue): number[] => {
    const drain = value.drainSeconds ?? Number.POSITIVE_INFINITY;
    const wait = value.waits?.mean ?? 0;
    const over = Math.max(0, value.dollars - budgetDollars);
    return [over, value.left, ...(isBurst ? [drain, wait] : [wait, drain]), value.dollars];
  };
  const [first, second] = [keys(one), keys(other)];
  const index = first.findIndex((key, at) => key !== second[at]!);
  return index >= 0 && first[index]! < second[index]!;
}

/** So many instances in each slot as the work that comes in it needs. */
function planForLoad(
  jobs: readonly Job[],
  fromMs: number,
  slotMs: number,
  slots: number,
  { min, max, slots: workers }: Beginning,
  slack: number,
): Plan {
  const workMs = new Array<number>(slots).fill(0);
  for (const { arrivedMs, serviceMs } of jobs) {
    const slot = Math.max(0, Math.floor((arrivedMs - fromMs) / slotMs));
    if (slot < slots) workMs[slot]! += serviceMs;
  }
  return workMs.map((ms) => Math.min(max, Math.max(min, Math.ceil((slack * ms) / slotMs / workers))));
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
