import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppendRequest, Entry } from './protocol.ts';
import { TestGroup } from './testing/test-group.ts';

function entry(index: number, term: number): Entry {
  return { type: 'command', index, term, data: Uint8Array.of(index) };
}

function append(
  term: number,
  previous: readonly [number, number],
  entries: readonly Entry[],
  commit = 0,
): AppendRequest {
  const [previousIndex, previousTerm] = previous;
  return { type: 'appendRequest', term, previousIndex, previousTerm, entries, commit };
}

function termsOf(group: TestGroup, id: string): readonly number[] {
  return group
    .peer(id)
    .log.all()
    .map((held) => held.term);
}

test('[A1] entries are taken only behind an entry that matches', () => {
  const group = new TestGroup(['a', 'b'], { terms: { a: [1, 1] } });
  group.raft('a').step('b', append(2, [2, 2], [entry(3, 2)]));
  group.raft('a').step('b', append(2, [5, 2], [entry(6, 2)]));
  group.settle();
  assert.deepEqual(termsOf(group, 'a'), [1, 1]);
  group.raft('a').step('b', append(2, [2, 1], [entry(3, 2)]));
  group.settle();
  assert.deepEqual(termsOf(group, 'a'), [1, 1, 2]);
});

test('[A1] replacing what is committed is a bug that ends the process', () => {
  const group = new TestGroup(['a', 'b'], { terms: { a: [1, 1] } });
  group.raft('a').step('b', append(2, [2, 1], [], 2));
  group.settle();
  assert.equal(group.raft('a').status().commit, 2);
  assert.throws(() => group.raft('a').step('b', append(2, [0, 0], [entry(1, 2)])), /would replace entry 1/);
});

test('[A1] an old request for what is committed is answered with the commit index', () => {
  const group = new TestGroup(['a', 'b'], { terms: { a: [1, 1, 1] } });
  group.raft('a').step('b', append(2, [3, 1], [], 3));
  group.raft('a').step('b', append(2, [0, 0], [entry(1, 1)]));
  group.raft('a').step('b', append(2, [1, 1], [entry(2, 1), entry(3, 1), entry(4, 2)]));
  group.settle();
  assert.deepEqual(group.takeTranscript().slice(1), [
    'a>b appendResponse t2 accepted 3',
    'a>b appendResponse t2 accepted 4',
  ]);
});

test('[A2] an old request takes away nothing that a newer one brought', () => {
  const group = new TestGroup(['a', 'b']);
  const first = append(1, [0, 0], [entry(1, 1)]);
  group.raft('a').step('b', append(1, [0, 0], [entry(1, 1), entry(2, 1), entry(3, 1)]));
  group.raft('a').step('b', first);
  group.settle();
  assert.deepEqual(termsOf(group, 'a'), [1, 1, 1]);
  assert.deepEqual(group.takeTranscript(), [
    'a>b appendResponse t1 accepted 3',
    'a>b appendResponse t1 accepted 1',
  ]);
});

test('[A2] from the first conflict on, everything is replaced', () => {
  const group = new TestGroup(['a', 'b'], { terms: { a: [1, 1, 1, 1] } });
  group.raft('a').step('b', append(2, [0, 0], [entry(1, 1), entry(2, 2)]));
  group.settle();
  assert.deepEqual(termsOf(group, 'a'), [1, 2]);
});

test('[A1] a commit index beyond what the request proves does not count', () => {
  const group = new TestGroup(['a', 'b'], { terms: { a: [1, 1, 1] } });
  group.raft('a').step('b', append(2, [1, 1], [], 3));
  assert.equal(group.raft('a').status().commit, 1);
});

test('[G2] appends follow each other without waiting, up to the window', () => {
  const group = new TestGroup(['a', 'b'], { maxInflightAppends: 3, maxAppendBytes: 1 });
  group.elect('a');
  group.takeTranscript();
  group.lose = (_from, _to, { type }) => type === 'appendResponse';
  group.propose('a', 'v', 'w', 'x', 'y', 'z');
  group.settle();
  const sent = group.takeTranscript().filter((line) => line.startsWith('a>b'));
  assert.deepEqual(sent, [
    'a>b appendRequest t1 after 1:1 [2:1] commit 1',
    'a>b appendRequest t1 after 2:1 [3:1] commit 1',
    'a>b appendRequest t1 after 3:1 [4:1] commit 1',
  ]);
});

test('[G2] a peer is probed with one append at a time', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.lose = (_from, to, { type }) => to === 'c' && type === 'appendRequest';
  group.elect('a');
  group.propose('a', 'x');
  group.settle();
  group.propose('a', 'y');
  group.settle();
  assert.equal(group.takeTranscript().filter((line) => line.startsWith('a>c appendRequest')).length, 1);
  assert.equal(group.raft('a').status().progress.get('c')?.state, 'probe');
});

test('[G4] what was lost is found by the next sign of life: entries, and answers', () => {
  for (const lost of ['appendRequest', 'appendResponse']) {
    const group = new TestGroup(['a', 'b', 'c']);
    group.elect('a');
    group.lose = (from, to, { type }) => (from === 'c' || to === 'c') && type === lost;
    group.propose('a', 'x');
    group.settle();
    group.heal();
    group.tick(4);
    assert.equal(group.raft('a').status().progress.get('c')?.match, 2, lost);
    assert.equal(group.raft('c').status().commit, 2, lost);
  }
});

test('[G4] rounds of reads do not repeat appends that are merely under way', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  for (const id of ['b', 'c']) group.peer(id).holdWrites = true;
  group.propose('a', 'x');
  group.settle();
  group.takeTranscript();
  for (let context = 1; context <= 5; context++) {
    group.raft('a').readIndex(context);
    group.settle();
  }
  assert.equal(group.takeTranscript().filter((line) => line.includes('appendRequest')).length, 0);
  assert.equal(group.peer('a').reads.length, 5);
});

test('[G3] old refusals are ignored', () => {
  const group = new TestGroup(['a', 'b']);
  group.elect('a');
  group.propose('a', 'x');
  group.settle();
  const before = group.raft('a').status().progress.get('b');
  const refusal = { type: 'appendResponse', term: 1, accepted: false, hintIndex: 0, hintTerm: 0 } as const;
  group.raft('a').step('b', { ...refusal, index: 1 });
  group.settle();
  assert.deepEqual(group.raft('a').status().progress.get('b'), before);
});

test('[G3] a refusal that comes twice takes only one step back', () => {
  const group = new TestGroup(['a', 'b', 'c'], { terms: { a: [1, 2, 3, 4], b: [1] } });
  group.isolate('c');
  const leader = group.elect('a');
  const refusal = {
    type: 'appendResponse',
    term: 5,
    accepted: false,
    index: 4,
    hintIndex: 1,
    hintTerm: 1,
  } as const;
  const answered = () => {
    group.takeTranscript();
    leader.step('c', refusal);
    group.settle();
    return group.takeTranscript();
  };
  assert.deepEqual(answered(), ['a>c appendRequest t5 after 1:1 [2:2 3:3 4:4 5:5] commit 5 (lost)']);
  assert.deepEqual(answered(), []);
});

test('[G5] a peer reported as unreachable is probed again from where it matches', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.lose = (_from, to) => to === 'c';
  group.propose('a', 'x', 'y');
  group.settle();
  group.heal();
  group.takeTranscript();
  group.raft('a').reportUnreachable('c');
  assert.equal(group.raft('a').status().progress.get('c')?.state, 'probe');
  group.tick(3);
  assert.equal(group.raft('a').status().progress.get('c')?.match, 3);
});

test('[G1] a peer that claims more than the leader has is a bug that ends the process', () => {
  const group = new TestGroup(['a', 'b']);
  group.elect('a');
  const answer = {
    type: 'appendResponse',
    term: 1,
    accepted: true,
    index: 9,
    hintIndex: 9,
    hintTerm: 0,
  } as const;
  assert.throws(() => group.raft('a').step('b', answer), /matches up to 9/);
});

function loseEverything(group: TestGroup, id: string): void {
  const peer = group.peer(id);
  peer.log.restart({ index: 0, term: 0, membership: { epoch: 0, voters: [], learners: [] } });
  peer.hardState = { term: 0, vote: null, commit: 0 };
  peer.applied.length = 0;
  peer.restart();
}

test('[G6] a learner that has lost what it held is brought up anew when the next entry comes', () => {
  const group = new TestGroup(['a', 'b'], { learners: ['c'] });
  group.elect('a');
  group.propose('a', 'one', 'two');
  group.settle();
  loseEverything(group, 'c');
  group.propose('a', 'three');
  group.settle();
  assert.deepEqual(termsOf(group, 'c'), termsOf(group, 'a'));
  assert.equal(group.raft('a').status().progress.get('c')?.match, 4);
});

test('[G6] a learner that has lost what it held is found out by a heartbeat, before the group sleeps', () => {
  const group = new TestGroup(['a', 'b'], { learners: ['c'] });
  group.elect('a');
  group.propose('a', 'one', 'two');
  group.settle();
  loseEverything(group, 'c');
  group.tick(30);
  assert.deepEqual(termsOf(group, 'c'), termsOf(group, 'a'));
  assert.equal(group.raft('a').status().progress.get('c')?.state, 'replicate');
  assert.ok(['a', 'b', 'c'].every((id) => group.raft(id).asleep));
});

test('[G6] what a voter has promised is not taken back by a refusal', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.propose('a', 'one');
  group.settle();
  const refusal = { type: 'appendResponse', term: 1, accepted: false, hintTerm: 0 } as const;
  group.raft('a').step('b', { ...refusal, index: 2, hintIndex: 0 });
  assert.equal(group.raft('a').status().progress.get('b')?.match, 2);
});
