import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestGroup } from './testing/test-group.ts';

const VOTE = { type: 'voteRequest', lastIndex: 99, lastTerm: 99, transfer: false } as const;

test('[E1] a follower asks for pre-votes after its time-out, which is drawn from [n, 2n)', () => {
  for (const [drawn, ticks] of [
    [0, 10],
    [0.5, 15],
    [0.999, 19],
  ] as const) {
    const group = new TestGroup(['a', 'b', 'c'], { random: () => drawn });
    group.tick(ticks - 1, ['a']);
    assert.equal(group.raft('a').status().role, 'follower');
    group.tick(1, ['a']);
    assert.equal(group.raft('a').status().role, 'leader');
  }
});

test('[E2] a peer that was cut off comes back without raising the term or deposing the leader', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.isolate('c');
  for (let i = 0; i < 10; i++) {
    group.propose('a', 'x');
    group.tick(10);
  }
  assert.equal(group.raft('c').status().term, 1);
  group.heal();
  group.tick(30);
  assert.deepEqual([group.raft('a').status().role, group.raft('a').status().term], ['leader', 1]);
  assert.equal(group.raft('c').status().commit, 11);
});

test('[E2] without pre-votes the same peer would end the leader’s term', () => {
  const group = new TestGroup(['a', 'b', 'c'], { mutant: 'noPreVote' });
  group.elect('a');
  group.isolate('c');
  group.tick(30);
  group.heal();
  group.tick(12);
  assert.ok(group.raft('c').status().term > 1);
  assert.ok(group.raft('a').status().term > 1, 'the term of a healthy leader was ended');
});

test('[E2] a pre-vote is granted only by who hears no leader', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.takeTranscript();
  group.raft('c').campaign();
  group.settle();
  assert.deepEqual(group.takeTranscript().slice(2), [
    'a>c preVoteResponse t1 refused',
    'b>c preVoteResponse t1 refused',
  ]);
});

test('[E2] a grant for an earlier term does not count for this one', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  const peer = group.raft('a');
  group.isolate('a');
  group.elect('a');
  peer.step('c', { type: 'heartbeat', term: 1, commit: 0, readRound: 0, sleep: false });
  group.elect('a');
  peer.step('b', { type: 'preVoteResponse', term: 1, granted: true });
  assert.equal(peer.status().role, 'preCandidate');
  peer.step('b', { type: 'preVoteResponse', term: 2, granted: true });
  assert.equal(peer.status().role, 'candidate');
});

test('[E3] a peer votes once a term, and still knows it after a restart', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.raft('a').step('b', { ...VOTE, term: 5 });
  group.settle();
  group.peer('a').restart();
  group.raft('a').step('c', { ...VOTE, term: 5 });
  group.raft('a').step('b', { ...VOTE, term: 5 });
  group.settle();
  assert.deepEqual(
    group.takeTranscript().filter((line) => line.startsWith('a>')),
    ['a>b voteResponse t5 granted', 'a>c voteResponse t5 refused', 'a>b voteResponse t5 granted'],
  );
});

test('[E3] a peer that forgot its vote would vote twice', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.raft('a').step('b', { ...VOTE, term: 5 });
  group.settle();
  group.peer('a').restart({ mutant: 'forgetVote' });
  group.raft('a').step('c', { ...VOTE, term: 5 });
  group.settle();
  assert.ok(group.takeTranscript().includes('a>c voteResponse t5 granted'));
});

test('[E3] a single voter leads when its own vote is durable, and not before', () => {
  const group = new TestGroup(['a']);
  group.peer('a').holdWrites = true;
  group.raft('a').campaign();
  group.settle();
  assert.equal(group.raft('a').status().role, 'candidate');
  group.flush('a');
  assert.equal(group.raft('a').status().role, 'leader');
});

test('[E3] nobody else is elected in a term that has had a leader', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  const log = { previousIndex: 0, previousTerm: 0, entries: [], commit: 0 };
  group.isolate('c');
  group.raft('c').step('a', { type: 'appendRequest', term: 3, ...log });
  group.tick(15, ['c']);
  assert.deepEqual([group.raft('c').status().role, group.raft('c').status().vote], ['preCandidate', null]);
  group.raft('c').step('b', { ...VOTE, term: 3 });
  group.settle();
  assert.equal(group.takeTranscript().at(-1), 'c>b voteResponse t3 refused (lost)');
});

test('[E4] who hears a leader ignores vote requests, but not those of a transfer', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  for (const id of ['a', 'b']) group.raft(id).step('c', { ...VOTE, term: 9 });
  group.settle();
  assert.deepEqual([group.raft('a').status().term, group.raft('b').status().term], [1, 1]);
  group.raft('b').step('c', { ...VOTE, term: 9, transfer: true });
  assert.equal(group.raft('b').status().term, 9);
});

test('[E5] no vote for a log that is behind: by last term first, by length then', () => {
  const cases = [
    { own: [1, 2], other: [1, 1, 1], granted: false },
    { own: [1, 2], other: [1], granted: false },
    { own: [1, 2], other: [1, 2], granted: true },
    { own: [1, 1, 1], other: [1, 2], granted: true },
    { own: [1, 2], other: [1, 2, 2], granted: true },
  ];
  for (const { own, other, granted } of cases) {
    const group = new TestGroup(['a', 'b'], { terms: { a: own } });
    const lastTerm = other.at(-1)!;
    group.raft('a').step('b', { ...VOTE, term: 7, lastIndex: other.length, lastTerm });
    group.raft('a').step('b', { type: 'preVoteRequest', term: 8, lastIndex: other.length, lastTerm });
    group.settle();
    const answer = granted ? 'granted' : 'refused';
    const lines = group.takeTranscript();
    assert.ok(lines.includes(`a>b voteResponse t7 ${answer}`), `${own} for ${other}`);
    assert.ok(lines.includes(`a>b preVoteResponse t${granted ? 8 : 7} ${answer}`), `${own} for ${other}`);
  }
});

test('[E9] a peer that is called back with an empty log votes by the log that it gave up', () => {
  const group = new TestGroup(['a', 'b', 'c'], { terms: { b: [1, 1] } });
  group.peer('a').restart({ forgotten: { index: 3, term: 2 } });
  const ask = (lastIndex: number, lastTerm: number, term: number): string | undefined => {
    group.raft('a').step('b', { ...VOTE, term, lastIndex, lastTerm });
    group.settle();
    return group.takeTranscript().find((line) => line.startsWith('a>b voteResponse'));
  };
  assert.match(ask(2, 1, 7)!, /refused/);
  assert.match(ask(2, 2, 8)!, /refused/);
  assert.match(ask(3, 2, 9)!, /granted/);
  assert.match(ask(1, 3, 10)!, /granted/);
});

test('[E9] a peer whose log does not reach as far as it once did does not campaign', () => {
  const group = new TestGroup(['a', 'b', 'c'], { terms: { a: [1, 1] } });
  group.peer('a').restart({ forgotten: { index: 3, term: 1 } });
  group.tick(40, ['a']);
  assert.equal(group.raft('a').status().role, 'follower');
  group.raft('a').step('b', { type: 'timeoutNow', term: 1 });
  group.settle();
  assert.equal(group.raft('a').status().role, 'follower');
  group.peer('a').restart({ forgotten: { index: 2, term: 1 } });
  group.tick(40, ['a']);
  assert.notEqual(group.raft('a').status().role, 'follower');
});

test('[E6] a leader that hears no majority steps down after n ticks, and one that hears it never does', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.isolate('a');
  group.tick(9, ['a']);
  assert.equal(group.raft('a').status().role, 'leader');
  group.tick(1, ['a']);
  assert.equal(group.raft('a').status().role, 'follower');

  const sound = new TestGroup(['a', 'b', 'c']);
  sound.elect('a');
  sound.isolate('c');
  sound.tick(100);
  assert.equal(sound.raft('a').status().role, 'leader');
});

test('[E7] answers of a peer that is no member end no term', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  const answer = { type: 'appendResponse', accepted: false, index: 0, hintIndex: 0, hintTerm: 0 } as const;
  group.raft('a').step('x', { ...answer, term: 50 });
  assert.deepEqual([group.raft('a').status().role, group.raft('a').status().term], ['leader', 1]);
  group.raft('a').step('b', { ...answer, term: 50 });
  assert.deepEqual([group.raft('a').status().role, group.raft('a').status().term], ['follower', 50]);
});

test('[T1] a newer term takes back what was queued in the old one', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  const peer = group.raft('a');
  peer.step('b', { ...VOTE, term: 5 });
  peer.step('c', { type: 'heartbeat', term: 6, commit: 0, readRound: 0, sleep: false });
  const { sendNow, sendAfterPersist, hardState } = peer.takeReady();
  assert.deepEqual([sendNow.map(({ to }) => to), sendAfterPersist], [['c'], []]);
  assert.deepEqual(hardState, { term: 6, vote: null, commit: 0 });
});

test('[T2] a leader of an earlier term learns that it is over, a candidate and an asker too', () => {
  const group = new TestGroup(['a', 'b', 'c'], { terms: { a: [7] } });
  group.raft('a').step('b', { type: 'heartbeat', term: 3, commit: 0, readRound: 0, sleep: false });
  group.raft('a').step('b', { ...VOTE, term: 3 });
  group.raft('a').step('b', { type: 'preVoteRequest', term: 3, lastIndex: 0, lastTerm: 0 });
  group.settle();
  assert.deepEqual(group.takeTranscript(), [
    'a>b appendResponse t7 refused 0 hint 0:0',
    'a>b voteResponse t7 refused',
    'a>b preVoteResponse t7 refused',
  ]);
  assert.equal(group.raft('b').status().term, 7);
});

test('[T1] two leaders in one term are a bug that ends the process', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  const heartbeat = { type: 'heartbeat', term: 1, commit: 0, readRound: 0, sleep: false } as const;
  assert.throws(() => group.raft('a').step('b', heartbeat), /two leaders/);
  assert.throws(() => group.raft('c').step('b', heartbeat), /two leaders/);
});

test("[E8] a follower that is told of its leader's silence asks for votes within three ticks", () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.isolate('a');
  group.raft('b').suspectLeader();
  group.tick(3, ['b']);
  assert.equal(group.raft('b').role, 'preCandidate', 'the other still hears the leader');
  group.raft('c').suspectLeader();
  group.tick(3, ['c']);
  assert.equal(group.raft('c').role, 'leader');
});

test('[E8] a leader that lives after all goes on', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.tick(30);
  assert.ok(group.raft('b').asleep);
  for (const id of ['b', 'c']) group.raft(id).suspectLeader();
  group.settle();
  group.tick(20);
  assert.equal(group.raft('a').role, 'leader');
  assert.equal(group.raft('a').term, 1);
});

test('[E8] a peer with the longer log does not wait when it refuses one that lags behind', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.lose = (_from, to) => to === 'c';
  group.propose('a', 'only at a and b');
  group.settle();
  group.isolate('a');
  for (const id of ['b', 'c']) group.raft(id).suspectLeader();
  group.raft('c').campaign();
  group.settle();
  assert.equal(group.raft('c').role, 'preCandidate');
  group.tick(1, ['b']);
  assert.equal(group.raft('b').role, 'leader');
});
