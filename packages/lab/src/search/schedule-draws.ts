/** What chance gives a run, drawn beforehand, in the order in which a simulated policy would draw it. */
import { seededRandom } from '@crescendo/base';
import { beginOf, drawJobs, streamsOf } from '../run/draws.ts';
import type { Experiment } from '../run/experiment.ts';
import type { Job } from '../work/job.ts';

export interface Draws {
  readonly startMs: number;
  /** New ones, as nobody has touched them. */
  readonly jobs: () => Job[];
  /** From the order of the n-th instance until it can work, and until it runs, in milliseconds. */
  readonly launches: readonly { readonly workingMs: number; readonly runningMs: number }[];
}

/** After so many they come round again. */
const LAUNCHES = 1_000;

/** @param launched instances that had been launched when the load began. */
export function fixedDraws(experiment: Experiment, seed: number, launched: number): Draws {
  const streams = streamsOf(seededRandom(seed));
  const startMs = beginOf(experiment, streams);
  const drawn = drawJobs(experiment, startMs, streams);
  const { launchDelay, bootDelay } = experiment.timing;
  const launches = Array.from({ length: launched + LAUNCHES }, () => {
    const runningMs = launchDelay.draw(streams.launch);
    return { runningMs, workingMs: runningMs + bootDelay.draw(streams.boot) };
  }).slice(launched);
  return { startMs, launches, jobs: () => drawn.map((job) => ({ ...job })) };
}
