import type { Job, Target } from '../load/job.ts';

/** Who is measured in one case: where requests go and whose processor time is theirs. */
export interface Contestant {
  readonly name: string;
  readonly target: Target;
  readonly pids: ReadonlyMap<string, number>;
  job(limitMs: number): Job;
}

/** Contestants that are asked for the same thing in turn; the first is the measure of the others. */
export interface Contest {
  readonly name: string;
  /** What one of `done` is. */
  readonly unit: string;
  /** What an answer promises. */
  readonly durability: string;
  readonly contestants: readonly Contestant[];
}
