import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestGroup } from './testing/test-group.ts';

/**
 * Figure 3.7: a wrote entry 2 in term 2 and reached only b; e led term 3 alone; now a leads term 4 and copies entry 2 to c.
 * Entry 2 is on a majority, but e could still win with its later last term.
 */
function figureEight(mutant?: 'commitOlderTerms'): TestGroup {
  const group = new TestGroup(['a', 'b', 'c', 'd', 'e'], {
    terms: { a: [1, 2], b: [1, 2], c: [1], d: [1], e: [1, 3] },
    maxAppendBytes: 0,
    ...(mutant !== undefined && { mutant }),
  });
  for (const peer of group.peers.values()) peer.hardState = { term: 3, vote: null, commit: 1 };
  for (const peer of group.peers.values()) peer.restart();
  // The new leader's own entry 3 gets to b alone: c takes entry 2 and no more.
  group.lose = (from, to, { type, ...message }) => {
    if (from === 'e' || to === 'e' || to === 'd') return type === 'appendRequest' || type === 'voteRequest';
    const own = 'entries' in message && message.entries.some(({ term }) => term === 4);
    return own && to === 'c' && group.peer(to).log.lastIndex() >= 2;
  };
  group.elect('a');
  group.tick(6, ['a']);
  return group;
}

test('[C2] figure 3.7: an entry of an earlier term is not committed by counting', () => {
  const group = figureEight();
  assert.equal(group.raft('a').status().role, 'leader');
  assert.equal(group.peer('c').log.term(2), 2, 'entry 2 is on a, b and c');
  assert.equal(group.raft('a').status().commit, 1);
  group.heal();
  group.tick(6);
  assert.equal(group.raft('a').status().commit, 3, 'it is committed with the first entry of the term');
});

test('[C2] a leader that counts it commits what another leader can still replace', () => {
  const group = figureEight('commitOlderTerms');
  assert.equal(group.raft('a').status().commit, 2);
  group.isolate('a', 'b');
  for (const id of ['c', 'd']) group.tick(12, [id]);
  assert.throws(() => group.elect('e'), /c would replace entry 2, but everything up to 2 is committed/);
});

test('[C1] nothing is committed without a majority', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.isolate('b', 'c');
  group.propose('a', 'x');
  group.settle();
  assert.equal(group.raft('a').status().commit, 1);

  const careless = new TestGroup(['a', 'b', 'c'], { mutant: 'commitWithoutMajority' });
  careless.elect('a');
  careless.isolate('b', 'c');
  careless.propose('a', 'x');
  careless.settle();
  assert.equal(careless.raft('a').status().commit, 2);
});

test('[C1] learners do not count', () => {
  const group = new TestGroup(['a', 'b', 'c'], { learners: ['d', 'e'] });
  group.elect('a');
  group.isolate('b', 'c');
  group.propose('a', 'x');
  group.settle();
  assert.equal(group.raft('a').status().commit, 1);
  assert.equal(group.raft('a').status().progress.get('d')?.match, 2);
});

test('[C3] committed entries come in order, once each, on every peer', () => {
  const group = new TestGroup(['a', 'b', 'c'], { maxAppendBytes: 3 });
  group.elect('a');
  for (let i = 0; i < 20; i++) group.propose('a', 'xy');
  group.settle();
  group.tick(4);
  for (const { applied } of group.peers.values()) {
    assert.deepEqual(
      applied.map(({ index }) => index),
      Array.from({ length: 21 }, (_, i) => i + 1),
    );
  }
});

test('[U1] proposals beyond the limit are refused until some are committed; a single one always may', () => {
  const group = new TestGroup(['a', 'b'], { maxUncommittedBytes: 100 });
  group.elect('a');
  group.isolate('b');
  assert.equal(group.raft('a').propose(new Uint8Array(1_000)).ok, true);
  assert.deepEqual(group.raft('a').propose(new Uint8Array(1)), { ok: false, reason: 'overloaded' });
  group.heal();
  group.tick(4);
  assert.equal(group.raft('a').propose(new Uint8Array(1)).ok, true);
});

test('[U2] committed entries wait for those before them to be applied', () => {
  const group = new TestGroup(['a'], { maxAppendBytes: 10, maxUncommittedBytes: 100_000 });
  group.elect('a');
  const raft = group.raft('a');
  for (let i = 0; i < 50; i++) group.propose('a', '0123456789');
  let given = 0;
  let last = 0;
  while (raft.hasReady()) {
    const ready = raft.takeReady();
    group.peer('a').store(ready);
    if (ready.persist !== undefined) raft.persisted(ready.persist);
    given += ready.committed.length;
    last = ready.committed.at(-1)?.index ?? last;
  }
  assert.ok(given > 0 && given < 10, `${given} of 50 were given out`);
  raft.applied(last);
  assert.ok(raft.hasReady());
});

test('[C3] the host can’t have applied what it was not given', () => {
  const group = new TestGroup(['a']);
  group.elect('a');
  assert.throws(() => group.raft('a').applied(2), /were given out/);
});
