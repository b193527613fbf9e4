import type { BestOutcome, Outcome } from '@crescendo/lab';

/** What scripts read of the outcomes: means, and each run with its fleet and activities. */
export function outcomeJson(outcomes: readonly Outcome[], best: BestOutcome | undefined): object {
  return {
    ...(best === undefined ? {} : { best }),
    variants: outcomes.map(({ name, variant, mean, runs }) => ({
      name,
      template: variant.source.path,
      values: variant.values,
      mean,
      runs: runs.map(({ seed, metrics, fleet, activities, alarms, notes }) => ({
        seed,
        metrics,
        fleet,
        activities,
        alarms: alarms.map(({ name: alarm, watches, states }) => ({ name: alarm, watches, states })),
        notes,
      })),
    })),
  };
}
