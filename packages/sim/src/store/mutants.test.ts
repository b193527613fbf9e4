import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeedOptions } from '../seed-report.ts';
import { MUTANTS, type StoreMutant } from './mutants.ts';
import { runStoreSeed } from './store-seed.ts';

interface Hunt {
  /** Faults that bring the mistake to light. */
  readonly faults: readonly string[];
  readonly nodes?: number;
  /** A seed that was seen to find it; the search goes on from there when histories have changed since. */
  readonly from: number;
}

const HUNTS: Record<StoreMutant, Hunt> = {
  chunkWithoutMajority: { faults: ['kill', 'slowDisk'], from: 4 },
  promoteIncomplete: { faults: ['fullDisk', 'join'], nodes: 3, from: 2 },
  changeUnasked: { faults: ['fullDisk', 'join', 'kill'], nodes: 3, from: 6 },
  readWithoutIndex: { faults: ['strand'], from: 3 },
  noDeduplication: { faults: ['roughNetwork', 'breakConnections', 'kill'], from: 8 },
  sweepWithoutAbort: { faults: ['slowDisk'], from: 50 },
  settleUntaken: { faults: ['kill'], nodes: 3, from: 1 },
  leaveOutboxes: { faults: ['kill'], nodes: 3, from: 1 },
  mixKeys: { faults: ['kill'], nodes: 3, from: 1 },
  rulesAtHomeOnly: { faults: ['kill'], nodes: 3, from: 1 },
  forgetLog: { faults: ['kill', 'restart'], from: 1 },
};
const MOST_SEEDS = 25;

const rightRuns = new Map<string, Promise<readonly string[]>>();

/** What fails in the same history of the store as it is; several hunts may end at one. */
function withoutMistake(seed: number, options: SeedOptions): Promise<readonly string[]> {
  const name = JSON.stringify({ seed, ...options });
  const run = rightRuns.get(name) ?? runStoreSeed(seed, options).then(({ failures }) => failures);
  rightRuns.set(name, run);
  return run;
}

for (const mutant of Object.keys(MUTANTS) as StoreMutant[]) {
  test(`[S3] a store with a planted mistake is found out: ${mutant}`, async () => {
    const { faults, nodes, from } = HUNTS[mutant];
    const options: SeedOptions = { mode: 'safety', faults, ...(nodes === undefined ? {} : { nodes }) };
    for (let seed = from; seed < from + MOST_SEEDS; seed++) {
      const { failures } = await runStoreSeed(seed, { ...options, mutant });
      if (failures.length === 0) continue;
      assert.deepEqual(await withoutMistake(seed, options), [], `seed ${seed} fails without the mistake`);
      return;
    }
    assert.fail(`${MOST_SEEDS} seeds saw nothing`);
  });
}
