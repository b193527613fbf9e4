/**
 * What a plan of sizes gives: how soon the jobs are done and what the instances cost. A list of jobs on machines that come and go, and nothing
 * else: orders reach the machines at once, and an idle machine above the plan ends first.
 */
import type { Experiment } from '../run/experiment.ts';
import { waitsOf } from '../run/percentiles.ts';
import type { Beginning, Waits } from '../run/run-result.ts';
import type { Draws } from './schedule-draws.ts';

/** A size for each slot. */
export type Plan = readonly number[];

export interface PlanInputs {
  readonly experiment: Experiment;
  readonly bounds: Beginning;
  readonly draws: Draws;
  /** When the first order can be given, since the begin of the load. */
  readonly firstMs: number;
  readonly slotMs: number;
}

export interface PlanValue {
  readonly drainSeconds: number | undefined;
  readonly waits: Waits | undefined;
  /** Not done at the end. */
  readonly left: number;
  /** Sizes as they were followed: once nothing is left to begin, the least. */
  readonly plan: Plan;
  readonly instanceHours: number;
  readonly dollars: number;
}

interface Machine {
  readonly runningMs: number;
  readonly workingMs: number;
  /** When each of its workers is free. */
  readonly freeMs: number[];
  endMs: number | undefined;
}

/** The least that AWS bills an instance that was launched. */
const LEAST_BILLED_MS = 60_000;

export function planCost(inputs: PlanInputs, plan: Plan): PlanValue {
  const { experiment, bounds, draws } = inputs;
  const machines: Machine[] = Array.from({ length: bounds.inService }, () => machineAt(0, 0, bounds.slots));
  const jobs = draws.jobs();
  const waits: number[] = [];
  const followed: number[] = [];
  let nextJob = 0;
  let launched = 0;
  let doneMs = 0;
  const order = (atMs: number, size: number): void => {
    const living = machines.filter(({ endMs }) => endMs === undefined);
    for (let count = living.length; count < size; count++) {
      const delay = draws.launches[launched++ % draws.launches.length]!;
      machines.push(machineAt(atMs + delay.runningMs, atMs + delay.workingMs, bounds.slots));
    }
    const busyUntil = (machine: Machine): number => Math.max(...machine.freeMs, atMs);
    const idleFirst = living.sort((a, b) => busyUntil(a) - busyUntil(b));
    for (const machine of idleFirst.slice(0, Math.max(0, living.length - size)))
      machine.endMs = busyUntil(machine);
  };
  /** Jobs that begin before `untilMs`. */
  const work = (untilMs: number): void => {
    for (; nextJob < jobs.length; nextJob++) {
      const job = jobs[nextJob]!;
      const arrivedMs = job.arrivedMs - draws.startMs;
      const first = firstFree(machines);
      if (first === undefined) return;
      const beginMs = Math.max(first.machine.freeMs[first.slot]!, arrivedMs);
      if (beginMs >= untilMs) return;
      first.machine.freeMs[first.slot] = beginMs + job.serviceMs;
      doneMs = Math.max(doneMs, beginMs + job.serviceMs);
      waits.push((beginMs - arrivedMs) / 1_000);
    }
  };
  for (const [slot, size] of plan.entries()) {
    const atMs = inputs.firstMs + slot * inputs.slotMs;
    work(atMs);
    followed.push(nextJob >= jobs.length ? bounds.min : size);
    order(atMs, followed.at(-1)!);
  }
  work(experiment.lastsMs);
  const drained = nextJob >= jobs.length && doneMs <= experiment.lastsMs && jobs.length > 0;
  const hours =
    machines.reduce(
      (sum, machine) => sum + billedMs(machine, bounds, machines, experiment.lastsMs, drained),
      0,
    ) / 3_600_000;
  const firstArrival = (jobs[0]?.arrivedMs ?? draws.startMs) - draws.startMs;
  return {
    drainSeconds: drained ? (doneMs - firstArrival) / 1_000 : undefined,
    waits: waitsOf(waits),
    left: jobs.length - waits.length,
    plan: followed,
    instanceHours: hours,
    dollars: hours * bounds.dollarsAnHour,
  };
}

function machineAt(runningMs: number, workingMs: number, slots: number): Machine {
  return { runningMs, workingMs, freeMs: new Array<number>(slots).fill(workingMs), endMs: undefined };
}

function firstFree(
  machines: readonly Machine[],
): { readonly machine: Machine; readonly slot: number } | undefined {
  let best: { machine: Machine; slot: number } | undefined;
  for (const machine of machines) {
    if (machine.endMs !== undefined) continue;
    for (const [slot, freeMs] of machine.freeMs.entries())
      if (best === undefined || freeMs < best.machine.freeMs[best.slot]!) best = { machine, slot };
  }
  return best;
}

/** Once all is done, those above the minimum end as they become idle; the first ones stay. */
function billedMs(
  machine: Machine,
  { min }: Beginning,
  all: readonly Machine[],
  lastsMs: number,
  drained: boolean,
): number {
  const living = all.filter(({ endMs }) => endMs === undefined);
  const stays = living.indexOf(machine) < min;
  const idleMs = Math.max(...machine.freeMs);
  const endMs = machine.endMs ?? (drained && !stays ? idleMs : lastsMs);
  const ranMs = Math.min(endMs, lastsMs) - machine.runningMs;
  const least = machine.runningMs > 0 ? LEAST_BILLED_MS : 0;
  return machine.runningMs >= lastsMs ? 0 : Math.max(least, ranMs);
}
