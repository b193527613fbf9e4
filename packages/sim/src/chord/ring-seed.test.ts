import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Mutation } from '@crescendo/ring';
import { runRingSeed } from './ring-seed.ts';

test('the ring keeps its invariant and comes back to the ideal over 40 seeds', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const { ok, violations } = runRingSeed(seed);
    assert.ok(ok, `npm run sim -- ring --seed ${seed}: ${violations.join('; ')}`);
  }
});

test('one seed gives one history', () => {
  const options = { historyLines: 100_000 };
  assert.deepEqual(runRingSeed(7, options), runRingSeed(7, options));
  assert.notDeepEqual(runRingSeed(7, options).history, runRingSeed(8, options).history);
});

/** Seeds that were seen to fail while the ring had the defect, or with its mend taken out. */
const KEPT_SEEDS: readonly [number, string][] = [
  [194, 'an isolated node asked for its own place only and found nobody'],
  [83, 'a node that knew nobody but a dead member did not turn to its seeds'],
  [729, 'a predecessor that had left and come back lost its place unasked'],
  [480, 'dead candidates near by kept living ones farther off from their turn'],
  [23, 'an old registered membership made a list skip members that it lacked'],
  [238, 'registered members pushed the only living successor out of a list'],
  [249, 'a silent registered successor lost its place to the next one, and others behind it were skipped'],
  [1681, 'a node took the ring for lost because many others were joining as well'],
];

for (const [seed, defect] of KEPT_SEEDS)
  test(`seed ${seed}: ${defect}`, () => {
    assert.deepEqual(runRingSeed(seed).violations, []);
  });

/** Each breakage, what it does, and how many seeds the judges may need. */
const MUTANTS: readonly [Mutation, string, number, RegExp][] = [
  ['adoptWithoutAsking', 'adopts a nearer successor before it answers', 5, /\(C[23]\)/],
  ['appendHalfList', 'keeps its own list behind a new successor', 5, /\(C2\)/],
  ['shrinkToSelf', 'lets a list point at its owner', 5, /\(C1\)/],
  ['rectifyWithoutChecking', 'takes any node that offers itself as predecessor', 5, /\(C4\)/],
  ['answerWhileWaiting', 'tells its state while an answer may change it', 5, /\(C5\)/],
  ['joinWithHalfList', 'joins with one successor instead of the list', 5, /\(C2\)/],
  ['joinAnywhere', 'joins behind a member that it does not follow', 20, /\(C1\)|principals/],
  ['keepDeadPredecessor', 'never gives a dead predecessor up', 5, /not ideal/],
  ['giveUpAtOnce', 'takes a node for dead after one lost message', 10, /principals|without a live/],
  ['neverRefind', 'never looks for a lost part of the ring', 40, /not ideal/],
];

for (const [mutation, description, seeds, expected] of MUTANTS)
  test(`the mutant ${mutation} is caught: it ${description}`, () => {
    const caught = firstViolation(mutation, seeds, false);
    assert.match(caught ?? `not caught in ${seeds} seeds`, expected);
  });

for (const mutation of ['adoptWithoutAsking', 'joinWithHalfList', 'joinAnywhere'] as const)
  test(`Zave's invariant and the ideal ring alone catch the mutant ${mutation}`, () => {
    assert.notEqual(firstViolation(mutation, 40, true), undefined);
  });

function firstViolation(mutation: Mutation, seeds: number, withoutStepRules: boolean): string | undefined {
  const options = { mutations: new Set([mutation]), withoutStepRules };
  for (let seed = 1; seed <= seeds; seed++) {
    const { violations } = runRingSeed(seed, options);
    if (violations.length > 0) return violations[0];
  }
  return undefined;
}

test("Zave's invariant alone catches the mutant answerWhileWaiting, in seed 413 of the strict histories", () => {
  const mutations = new Set<Mutation>(['answerWhileWaiting']);
  const { violations } = runRingSeed(413, { mutations, kind: 'strict', withoutStepRules: true });
  assert.match(violations[0] ?? 'not caught', /Zave/);
});
