/** Runs of variants, and what they have in common over several seeds. */
import type { Experiment, Variant } from './experiment.ts';
import type { Metrics, RunResult } from './run-result.ts';
import { type RunOptions, simulate } from './simulate.ts';

export interface Outcome {
  readonly name: string;
  readonly variant: Variant;
  readonly runs: readonly RunResult[];
  /** Means over the runs; `drainSeconds` only when every run drained. */
  readonly mean: Metrics;
}

/** One variant under several seeds, from `firstSeed` on. */
export async function runVariant(
  experiment: Experiment,
  variant: Variant,
  seeds: readonly number[],
  options: RunOptions = {},
): Promise<Outcome> {
  const runs: RunResult[] = [];
  for (const [index, seed] of seeds.entries()) {
    // Charts show the first run only.
    runs.push(
      await simulate(experiment, variant, seed, index === 0 ? options : { ...options, isBrief: true }),
    );
  }
  return { name: variant.name, variant, runs, mean: meanOf(runs.map(({ metrics }) => metrics)) };
}

export function seedsFrom(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => first + index);
}

export function meanOf(all: readonly Metrics[]): Metrics {
  const mean = (of: (metrics: Metrics) => number): number =>
    all.reduce((sum, metrics) => sum + of(metrics), 0) / all.length;
  const drained = all.every(({ drainSeconds }) => drainSeconds !== undefined);
  const waited = all.every(({ waits }) => waits !== undefined);
  return {
    drainSeconds: drained ? mean(({ drainSeconds }) => drainSeconds!) : undefined,
    waits: waited
      ? {
          mean: mean(({ waits }) => waits!.mean),
          p50: mean(({ waits }) => waits!.p50),
          p95: mean(({ waits }) => waits!.p95),
          p99: mean(({ waits }) => waits!.p99),
          max: mean(({ waits }) => waits!.max),
        }
      : undefined,
    instanceHours: mean(({ instanceHours }) => instanceHours),
    dollars: mean(({ dollars }) => dollars),
    launches: mean(({ launches }) => launches),
    terminations: mean(({ terminations }) => terminations),
    flaps: mean(({ flaps }) => flaps),
    maxFleet: Math.max(...all.map(({ maxFleet }) => maxFleet)),
    arrived: mean(({ arrived }) => arrived),
    done: mean(({ done }) => done),
    left: mean(({ left }) => left),
    deadLettered: mean(({ deadLettered }) => deadLettered),
    expired: mean(({ expired }) => expired),
    overCapacity: mean(({ overCapacity }) => overCapacity),
  };
}

/** Jobs that nobody did, or requests that nobody could answer. */
export function missedOf({ left, deadLettered, expired, overCapacity }: Metrics): number {
  return left + deadLettered + expired + overCapacity;
}
