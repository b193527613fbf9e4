/**
 * What chance gives a run.
 *
 * (S1) Arrivals, service times and the moment within a minute hang on the seed alone, so every variant meets the same load.
 */
import type { Random } from '@crescendo/base';
import { type Job, newJob } from '../work/job.ts';
import type { Experiment } from './experiment.ts';

/** A Monday. */
const USUAL_START_MS = Date.UTC(2026, 0, 5);
const MINUTE_MS = 60_000;
const STREAMS = ['arrivals', 'service', 'phase', 'cloud', 'launch', 'boot', 'end'] as const;

export type Streams = Readonly<Record<(typeof STREAMS)[number], Random>>;

export function streamsOf(random: Random): Streams {
  return Object.fromEntries(STREAMS.map((name) => [name, random.fork(name)])) as Streams;
}

/** When the load begins, in milliseconds since 1970: alarms look at full minutes, so the second within one matters. */
export function beginOf({ startMs }: Experiment, { phase }: Streams): number {
  return startMs ?? USUAL_START_MS + phase.int(MINUTE_MS);
}

/** In the order of their arrival; none where the work is requests. */
export function drawJobs({ load, work, loadLastsMs }: Experiment, startMs: number, streams: Streams): Job[] {
  if (work.kind !== 'jobs') return [];
  const arrivals = load.arrivals(streams.arrivals, loadLastsMs);
  return arrivals.map((timeMs) => newJob(startMs + timeMs, work.serviceTime.draw(streams.service)));
}
