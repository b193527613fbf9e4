import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RaftScenario, SimMutant } from './raft-scenario.ts';
import { runRaftSeed } from './run-raft-seed.ts';

interface MutantCase {
  readonly mutant: SimMutant;
  /** Seeds from 1 on within which it must be caught. */
  readonly seeds: number;
  /** What must notice it. */
  readonly rules: readonly string[];
  readonly scenario?: Partial<RaftScenario>;
}

const THREE = { peers: ['a', 'b', 'c'], founders: ['a', 'b', 'c'], changeEveryMs: 0 };
const FIVE = { peers: ['a', 'b', 'c', 'd', 'e'], founders: ['a', 'b', 'c', 'd', 'e'], changeEveryMs: 0 };

/** Many candidates in one term: short time-outs, long and uneven delays, and peers that crash all the time. */
const MANY_CANDIDATES = {
  ...FIVE,
  electionTicks: 4,
  heartbeatTicks: 1,
  crashEveryMs: 20,
  maxDelayMs: 60,
  straggling: 0.3,
  duplication: 0.3,
  maxWriteMs: 2,
};

/** Leaders that are stopped and cut off, and asked for reads as soon as they run again. */
const STALE_LEADERS = {
  ...THREE,
  electionTicks: 6,
  pauseEveryMs: 100,
  transferEveryMs: 60,
  crashEveryMs: 0,
  readEveryMs: 3,
  proposeEveryMs: 4,
  quiet: 0,
};

const CASES: readonly MutantCase[] = [
  { mutant: 'noPreVote', seeds: 2, rules: ['pre-vote fence'] },
  { mutant: 'commitWithoutMajority', seeds: 2, rules: ['durable majority'] },
  { mutant: 'commitOlderTerms', seeds: 5, rules: ['own term'] },
  { mutant: 'forgetVote', seeds: 5, rules: ['one vote'], scenario: MANY_CANDIDATES },
  { mutant: 'forgetLog', seeds: 5, rules: ['durable majority', 'leader completeness', 'invariant'] },
  { mutant: 'sendBeforePersist', seeds: 2, rules: ['durable majority'] },
  { mutant: 'readWithoutRound', seeds: 20, rules: ['linearizable reads'], scenario: STALE_LEADERS },
  { mutant: 'manyChanges', seeds: 5, rules: ['one change at a time'] },
  { mutant: 'grantStaleLogs', seeds: 10, rules: ['leader completeness'] },
];

for (const { mutant, seeds, rules, scenario } of CASES) {
  test(`[RS4] the mutant ${mutant} is caught within ${seeds} seeds`, () => {
    const options = scenario === undefined ? {} : { scenario };
    for (let seed = 1; seed <= seeds; seed++) {
      const { violations } = runRaftSeed(seed, { ...options, mutant });
      const [first] = violations;
      if (first === undefined) continue;
      assert.ok(
        rules.some((rule) => first.startsWith(`${rule}: `)),
        `seed ${seed} was caught by another rule: ${first}`,
      );
      assert.deepEqual(runRaftSeed(seed, options).violations, [], `seed ${seed} without the mutant`);
      return;
    }
    assert.fail(`no seed from 1 to ${seeds} notices it`);
  });
}
