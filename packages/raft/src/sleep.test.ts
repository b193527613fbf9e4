import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestGroup, type TestGroupOptions } from './testing/test-group.ts';

function sleepingGroup(voters = ['a', 'b', 'c'], options: TestGroupOptions = {}): TestGroup {
  const group = new TestGroup(voters, options);
  group.elect('a');
  group.tick(6);
  group.takeTranscript();
  return group;
}

function sleepers(group: TestGroup): string {
  return [...group.peers.values()]
    .filter(({ raft }) => raft.asleep)
    .map(({ id }) => id)
    .join('');
}

test('[Z1] an idle group sleeps, and says nothing any more', () => {
  const group = sleepingGroup();
  assert.equal(sleepers(group), 'abc');
  group.tick(1_000);
  assert.deepEqual(group.takeTranscript(), []);
  assert.equal(group.raft('a').status().role, 'leader', 'check-quorum does not run in its sleep [Z6]');
});

test('[Z1] a single voter sleeps too, with and without a learner', () => {
  assert.equal(sleepers(sleepingGroup(['a'])), 'a');
  assert.equal(sleepers(sleepingGroup(['a'], { learners: ['b'] })), 'ab');
});

test('[Z1] what is under way keeps the group awake', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  const leader = group.elect('a');
  for (const id of ['b', 'c']) group.peer(id).holdWrites = true;
  group.propose('a', 'x');
  group.tick(50);
  assert.equal(sleepers(group), '');
  for (const id of ['b', 'c']) group.flush(id);
  group.settle();
  group.tick(6);
  assert.ok(leader.asleep);
});

test('[Z1] a silent peer does not keep the group awake, one that just went silent does', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.isolate('c');
  group.propose('a', 'x');
  group.settle();
  group.tick(9, ['a', 'b']);
  assert.equal(sleepers(group), '');
  group.takeTranscript();
  group.tick(8, ['a', 'b']);
  assert.equal(sleepers(group), 'ab');
  assert.deepEqual(group.takeTranscript().slice(-2), [
    'a>b heartbeat t1 commit 2 round 0 sleep',
    'a>c heartbeat t1 commit 1 round 0 (lost)', // It lacks an entry: if it heard this it would answer.
  ]);
});

test('[Z1] a leader without a majority steps down and does not sleep', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  const leader = group.elect('a');
  group.isolate('b', 'c');
  group.tick(20, ['a']);
  assert.deepEqual([leader.asleep, leader.status().role === 'leader'], [false, false]);
});

test('[Z2] a follower that lacks something does not sleep, and wakes the leader', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  const follower = group.raft('b');
  follower.step('a', { type: 'heartbeat', term: 1, commit: 9, readRound: 0, sleep: true });
  assert.equal(follower.asleep, false);
  assert.deepEqual(
    follower.takeReady().sendNow.map(({ to, message }) => [to, message.type]),
    [['a', 'heartbeatResponse']],
  );
});

test('[Z3] proposals, reads, changes and transfers wake the group', () => {
  const wakers: ((group: TestGroup) => unknown)[] = [
    (group) => group.propose('a', 'x'),
    (group) => group.raft('a').readIndex(1),
    (group) => group.raft('a').changeMembership({ kind: 'demote', peer: 'c' }),
    (group) => group.raft('a').transferLeadership('b'),
    (group) => group.raft('a').wake(),
    (group) => group.raft('b').wake(),
    (group) => group.raft('b').campaign(),
  ];
  for (const wake of wakers) {
    const group = sleepingGroup();
    wake(group);
    group.settle();
    assert.equal(sleepers(group), '', wake.toString());
    group.tick(20);
    assert.equal(sleepers(group), 'abc', `${wake} and back to sleep`);
  }
});

test('[Z3] the word to sleep, repeated, wakes nobody, nor does a peer that was removed', () => {
  const group = sleepingGroup();
  group.raft('b').step('a', { type: 'heartbeat', term: 1, commit: 1, readRound: 0, sleep: true });
  group.raft('a').step('x', { type: 'preVoteRequest', term: 2, lastIndex: 1, lastTerm: 1 });
  group.raft('a').step('x', { type: 'heartbeatResponse', term: 1, readRound: 0 });
  group.raft('c').step('x', { type: 'preVoteRequest', term: 2, lastIndex: 1, lastTerm: 1 });
  group.settle();
  assert.equal(sleepers(group), 'abc');
});

test('[Z3] a leader that nobody here knows wakes a sleeper', () => {
  const group = sleepingGroup();
  group.raft('c').step('x', { type: 'heartbeat', term: 2, commit: 0, readRound: 0, sleep: false });
  assert.equal(sleepers(group), 'ab');
});

test('[Z4] waking up costs no leadership, however long the sleep was', () => {
  const group = sleepingGroup();
  group.isolate('b', 'c');
  group.raft('a').wake();
  group.tick(9, ['a']);
  assert.equal(group.raft('a').status().role, 'leader');
  group.tick(1, ['a']);
  assert.equal(group.raft('a').status().role, 'follower');
});

test('[Z5] a voter that comes back is brought up to date, and the leader stays', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.isolate('c');
  group.propose('a', 'x');
  group.settle();
  group.tick(20, ['a', 'b']);
  assert.equal(sleepers(group), 'ab');
  group.heal();
  group.peer('c').restart();
  group.tick(30);
  assert.equal(group.raft('c').status().commit, 2);
  assert.equal(sleepers(group), 'abc');
  assert.deepEqual([group.raft('a').status().role, group.raft('a').status().term], ['leader', 1]);
});

test('[Z5] a learner that comes back calls out', () => {
  const group = new TestGroup(['a', 'b'], { learners: ['c'] });
  group.elect('a');
  group.isolate('c');
  group.propose('a', 'x');
  group.settle();
  group.tick(20, ['a', 'b']);
  assert.equal(sleepers(group), 'ab');
  group.heal();
  group.tick(30);
  assert.equal(group.raft('c').status().commit, 2);
  assert.equal(sleepers(group), 'abc');
});

test('[Z5] a follower woken for nothing tells its leader before it would ask for votes', () => {
  const group = sleepingGroup();
  for (const id of ['b', 'c']) group.raft(id).wake();
  group.settle();
  group.tick(40);
  assert.deepEqual([group.raft('a').status().role, group.raft('a').status().term], ['leader', 1]);
});

test('[Z6] when the sleeping leader is dead, the hosts’ suspicion brings a new one', () => {
  const group = sleepingGroup();
  group.isolate('a');
  for (const id of ['b', 'c']) group.raft(id).wake();
  for (let i = 0; i < 40; i++) {
    group.tick(1, ['b']);
    if (i % 2 === 0) group.tick(1, ['c']);
  }
  const roles = ['b', 'c'].map((id) => group.raft(id).status().role);
  assert.ok(roles.includes('leader'), `${roles}`);
});

test('[Z1][G4] a peer that was unreachable for a while is no longer probed when the group sleeps again', () => {
  const group = sleepingGroup();
  const leader = group.raft('a');
  group.isolate('c');
  leader.reportUnreachable('c');
  leader.wake();
  group.tick(30, ['a', 'b']);
  assert.equal(sleepers(group), 'abc', 'a silent peer does not keep it awake');
  group.heal();
  group.peer('c').restart();
  group.tick(60);
  assert.equal(sleepers(group), 'abc');
  assert.equal(leader.status().progress.get('c')?.state, 'replicate');
});

test('[Z1] a peer that comes back just before the group sleeps is heard', () => {
  const group = sleepingGroup();
  const leader = group.raft('a');
  group.isolate('c');
  leader.reportUnreachable('c');
  leader.wake();
  while (!leader.asleep) {
    // It is back, and silent as yet, whenever the leader goes to sleep.
    group.heal();
    group.peer('c').restart();
    group.lose = (from) => from === 'c';
    group.tick(1, ['a', 'b']);
  }
  group.lose = () => false;
  group.tick(60);
  assert.equal(sleepers(group), 'abc');
  assert.equal(leader.status().progress.get('c')?.state, 'replicate');
});
