import { runRingSeed } from './chord/ring-seed.ts';
import type { SeedOptions, SeedReport } from './seed-report.ts';

/** Histories of the ring alone, see `chord/`. */
export async function runSeed(seed: number, _options: SeedOptions): Promise<SeedReport> {
  const { violations, stats, history } = runRingSeed(seed);
  const tail = history.map((what) => ({ atMs: 0, who: '', what }));
  return { seed, failures: violations, counts: numbersOf(stats), tail };
}

function numbersOf(stats: object): Record<string, number> {
  return Object.fromEntries(
    Object.entries(stats).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}
