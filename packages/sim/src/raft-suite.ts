import type { SimMutant } from './raft/raft-scenario.ts';
import { runRaftSeed } from './raft/run-raft-seed.ts';
import type { SeedOptions, SeedReport } from './seed-report.ts';

/** Histories of one raft group, see `raft/`. It keeps no trace. */
export async function runSeed(seed: number, { mutant }: SeedOptions): Promise<SeedReport> {
  const { violations, stats } = runRaftSeed(
    seed,
    mutant === undefined ? {} : { mutant: mutant as SimMutant },
  );
  return { seed, failures: violations, counts: { ...stats }, tail: [] };
}
