import type { SeedOptions, SeedReport, Suite } from './seed-report.ts';
import type { Trace } from './world/trace.ts';

export type RunSeed = (seed: number, options: SeedOptions, trace?: Trace) => Promise<SeedReport>;

/** How a suite runs one seed. Each is loaded when it is asked for: nobody waits for what he does not use. */
export async function loadSuite(suite: Suite): Promise<RunSeed> {
  switch (suite) {
    case 'store':
      return (await import('./store/store-seed.ts')).runStoreSeed;
    case 'ring':
      return (await import('./ring-suite.ts')).runSeed;
    case 'raft':
      return (await import('./raft-suite.ts')).runSeed;
  }
}
