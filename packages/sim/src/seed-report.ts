import type { TraceLine } from './world/trace.ts';

/** What became of one seed. */
export interface SeedReport {
  readonly seed: number;
  /** Empty when nothing is wrong. */
  readonly failures: readonly string[];
  /** Figures that are added up over seeds. */
  readonly counts: Readonly<Record<string, number>>;
  /** The end of its history. */
  readonly tail: readonly TraceLine[];
}

export interface SeedOptions {
  readonly mode: 'safety' | 'liveness';
  readonly nodes?: number;
  /** A deliberate mistake in the code under test. */
  readonly mutant?: string;
  /** Only these kinds of faults. */
  readonly faults?: readonly string[];
}

export const SUITES = ['store', 'ring', 'raft'] as const;
export type Suite = (typeof SUITES)[number];
