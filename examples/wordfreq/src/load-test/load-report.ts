/** The figures of a run, from the results themselves: what a file's copy, start and end were. */
import type { ResultMessage } from '../worker/job-result.ts';
import type { Sight } from './fleet-watch.ts';
import type { LoadTestRun } from './load-test.ts';

export interface LoadReport {
  readonly files: number;
  readonly results: number;
  readonly failures: number;
  /** Results beyond the first of a file. */
  readonly repeated: number;
  /** Seconds from the first copy to the last result; undefined when some never came. */
  readonly drainSeconds: number | undefined;
  readonly filesPerSecond: number;
  /** Seconds from the copy to the start of the work. */
  readonly wait: Percentiles;
  /** Seconds of work. */
  readonly service: Percentiles;
  /** The number of instances in service, at each change. */
  readonly fleet: readonly {
    readonly seconds: number;
    readonly inService: number;
    readonly desired: number;
  }[];
  /** Seconds of instances between the first copy and the end of the watch. */
  readonly instanceSeconds: number;
  readonly launches: number;
  readonly ends: number;
}

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly most: number;
}

const NANOSECONDS = 1e9;

export function reportOf(run: LoadTestRun): LoadReport {
  const { startedAtMs, drainedAtMs, copiedAtMs, results, sights, activities } = run;
  const first = [...results.values()].map(([one]) => one!);
  const drainSeconds = drainedAtMs === undefined ? undefined : lastEndMs(first, startedAtMs) / 1_000;
  return {
    files: copiedAtMs.size,
    results: results.size,
    failures: first.filter(({ Status }) => Status === 'failure').length,
    repeated: [...results.values()].reduce((sum, all) => sum + all.length - 1, 0),
    drainSeconds,
    filesPerSecond: drainSeconds === undefined ? 0 : results.size / drainSeconds,
    wait: percentiles(first.map((one) => waitSeconds(one, copiedAtMs))),
    service: percentiles(first.map(({ Duration }) => Duration / NANOSECONDS)),
    fleet: fleetOverTime(sights, startedAtMs),
    instanceSeconds: instanceSeconds(sights),
    launches: countOf(activities, /^Launching/),
    ends: countOf(activities, /^Terminating/),
  };
}

function countOf(activities: LoadTestRun['activities'], pattern: RegExp): number {
  return activities.filter(({ Description }) => pattern.test(Description ?? '')).length;
}

function lastEndMs(results: readonly ResultMessage[], startedAtMs: number): number {
  return Math.max(
    0,
    ...results.map(({ Job, Duration }) => Date.parse(Job.StartedAt) + Duration / 1e6 - startedAtMs),
  );
}

/** An event can be faster than the answer to the copy that caused it. */
function waitSeconds({ Job }: ResultMessage, copiedAtMs: ReadonlyMap<string, number>): number {
  return Math.max(0, Date.parse(Job.StartedAt) - (copiedAtMs.get(Job.Key) ?? 0)) / 1_000;
}

export function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p95: at(0.95), most: sorted.at(-1) ?? 0 };
}

function fleetOverTime(sights: readonly Sight[], startedAtMs: number): LoadReport['fleet'] {
  const changes: { seconds: number; inService: number; desired: number }[] = [];
  for (const { atMs, inService, desired } of sights) {
    const last = changes.at(-1);
    if (last?.inService === inService && last.desired === desired) continue;
    changes.push({ seconds: Math.max(0, (atMs - startedAtMs) / 1_000), inService, desired });
  }
  return changes;
}

function instanceSeconds(sights: readonly Sight[]): number {
  return sights.reduce((sum, { atMs, instances }, index) => {
    const next = sights[index + 1];
    return next === undefined ? sum : sum + (instances * (next.atMs - atMs)) / 1_000;
  }, 0);
}

/**
 * For programs: the figures, and what `crescendo simulate` takes: activities to be laid beside a simulated run, arrivals as its load, and how
 * long the work on a file took.
 *
 * @param speed of the local cloud
 */
export function recordOf(run: LoadTestRun, speed?: number): object {
  const LoadBegan = new Date(run.startedAtMs).toISOString();
  return {
    LoadBegan,
    ...(speed === undefined ? {} : { Speed: speed }),
    Activities: run.activities,
    Arrivals: [...run.copiedAtMs.values()]
      .map((atMs) => (atMs - run.startedAtMs) / 1_000)
      .sort((a, b) => a - b),
    ServiceSeconds: [...run.results.values()].map(([first]) => first!.Duration / NANOSECONDS),
    report: reportOf(run),
  };
}

/** As lines for people. */
export function reportLines(report: LoadReport, checked: string): string[] {
  const { drainSeconds, wait, service } = report;
  const row = (name: string, value: string): string => `${name.padEnd(18)}${value}`;
  return [
    row(
      'files',
      `${report.files}, results for ${report.results}, failures ${report.failures}, repeated ${report.repeated}`,
    ),
    row(
      'time to drain',
      drainSeconds === undefined ? 'some files never got a result' : seconds(drainSeconds),
    ),
    row('throughput', `${report.filesPerSecond.toFixed(2)} files/s`),
    row('wait', `p50 ${seconds(wait.p50)}, p95 ${seconds(wait.p95)}, most ${seconds(wait.most)}`),
    row(
      'work on a file',
      `p50 ${seconds(service.p50)}, p95 ${seconds(service.p95)}, most ${seconds(service.most)}`,
    ),
    row('fleet', `${fleetText(report)}; ${report.launches} launches, ${report.ends} ends`),
    row('instance time', seconds(report.instanceSeconds)),
    row('checked', checked),
  ];
}

/** `1 at 0 s, 2 at 33.1 s`: instances in service. */
function fleetText({ fleet }: LoadReport): string {
  return fleet
    .filter(({ inService }, index) => fleet[index - 1]?.inService !== inService)
    .map((one) => `${one.inService} at ${one.seconds.toFixed(0)} s`)
    .join(', ');
}

function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}
