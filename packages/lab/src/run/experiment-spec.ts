/** From the texts of a command line to an experiment. Each failure is a `BadSpec` that says what is allowed. */
import { DISTRIBUTION_HELP, type Distribution, parseDistribution } from '../load/distribution.ts';
import { parseAmount, parseDuration } from '../load/duration.ts';
import { LOAD_HELP, parseLoad } from '../load/load.ts';
import type { ReadText } from '../load/rows.ts';
import { badSpec } from '../load/spec-error.ts';
import { parseTrace } from '../load/trace.ts';
import type { Experiment, Timing, WorkKind } from './experiment.ts';
import { TIMINGS } from './timing.ts';

/** As they were given; what is absent was not. */
export interface ExperimentSpec {
  readonly load?: readonly string[] | undefined;
  readonly serviceTime?: string | undefined;
  readonly capacity?: string | undefined;
  readonly workers?: number | undefined;
  readonly cpu?: string | undefined;
  readonly timing?: string | undefined;
  readonly launchDelay?: string | undefined;
  readonly bootDelay?: string | undefined;
  readonly endDelay?: string | undefined;
  readonly metricDelay?: string | undefined;
  readonly cpuPeriod?: string | undefined;
  readonly metric?: readonly string[] | undefined;
  readonly queue?: string | undefined;
  readonly group?: string | undefined;
  readonly onStop?: string | undefined;
  readonly speed?: number | undefined;
  readonly leadIn?: string | undefined;
  readonly hours?: string | undefined;
  readonly start?: string | undefined;
}

const HOUR_MS = 3_600_000;
const LONGEST_HOURS = 24 * 31;
const USUAL_LEAD_IN_MS = HOUR_MS / 2;

export function parseExperiment(spec: ExperimentSpec, read: ReadText): Experiment {
  if (spec.load === undefined || spec.load.length === 0)
    throw badSpec(`no load was given: say what comes in with --load ${LOAD_HELP}`);
  const load = parseLoad(spec.load.join('+'), read);
  return {
    load,
    work: parseWork(spec, read),
    timing: parseTiming(spec, read),
    traces: (spec.metric ?? []).map((text) => parseTrace(text, read)),
    queue: spec.queue,
    group: spec.group,
    givesBack: oneOf(spec.onStop ?? 'return', '--on-stop', ['return', 'lose']) === 'return',
    speed: spec.speed ?? 1,
    leadInMs: spec.leadIn === undefined ? USUAL_LEAD_IN_MS : parseDuration(spec.leadIn, '--lead-in'),
    ...lengthOf(spec.hours, load.endMs ?? load.usualMs),
    startMs: parseStart(spec.start),
  };
}

/** Unless told otherwise an hour longer than the load, for what comes after it. */
function lengthOf(hours: string | undefined, loadMs: number): Pick<Experiment, 'loadLastsMs' | 'lastsMs'> {
  if (hours === undefined) return { loadLastsMs: loadMs, lastsMs: loadMs + HOUR_MS };
  const given = parseAmount(hours, '--hours');
  if (given > 0 && given <= LONGEST_HOURS) return { loadLastsMs: given * HOUR_MS, lastsMs: given * HOUR_MS };
  throw badSpec(`--hours is ${hours}: give more than 0 and at most ${LONGEST_HOURS}`);
}

function parseWork({ serviceTime, capacity, workers, cpu }: ExperimentSpec, read: ReadText): WorkKind {
  if (capacity !== undefined) {
    if (serviceTime !== undefined)
      throw badSpec('--service-time is for jobs of a queue and --capacity for requests: give one of them');
    const perSecond = parseAmount(capacity.replace(/\/s$/, ''), '--capacity');
    if (perSecond > 0) return { kind: 'requests', capacityPerSecond: perSecond };
    throw badSpec('--capacity is 0: give the requests a second that one instance answers, such as 50/s');
  }
  if (serviceTime === undefined)
    throw badSpec(
      `it was not said how long a job takes: give --service-time ${DISTRIBUTION_HELP}; or for requests --capacity, how many of them an instance answers a second`,
    );
  const cpuPerJob = parseAmount(cpu ?? '1', '--cpu');
  if (cpuPerJob > 1)
    throw badSpec(`--cpu is ${cpu}: give the share of a processor that a job uses, from 0 to 1`);
  return {
    kind: 'jobs',
    serviceTime: parseDistribution(serviceTime, '--service-time', read),
    workers,
    cpuPerJob,
  };
}

function parseTiming(spec: ExperimentSpec, read: ReadText): Timing {
  const base = TIMINGS[oneOf(spec.timing ?? 'aws', '--timing', ['aws', 'local'])];
  const delay = (text: string | undefined, flag: string, usual: Distribution): Distribution =>
    text === undefined ? usual : parseDistribution(text, flag, read);
  return {
    launchDelay: delay(spec.launchDelay, '--launch-delay', base.launchDelay),
    bootDelay: delay(spec.bootDelay, '--boot-delay', base.bootDelay),
    endDelay: delay(spec.endDelay, '--end-delay', base.endDelay),
    metricLeadMs: base.metricLeadMs,
    metricDelayMs:
      spec.metricDelay === undefined ? base.metricDelayMs : parseDuration(spec.metricDelay, '--metric-delay'),
    basicSeconds:
      spec.cpuPeriod === undefined
        ? base.basicSeconds
        : Number(oneOf(spec.cpuPeriod.replace(/s$/, ''), '--cpu-period', ['60', '300'])),
  };
}

function parseStart(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const timeMs = Date.parse(/T\d/.test(text) && !/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? `${text}Z` : text);
  if (Number.isFinite(timeMs)) return timeMs;
  throw badSpec(`"${text}" is no time: give for example 2026-03-02T08:00Z`);
}

function oneOf<Choice extends string>(text: string, flag: string, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw badSpec(`${flag} is "${text}": give ${choices.join(' or ')}`);
}
