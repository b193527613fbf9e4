import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestGroup } from './testing/test-group.ts';

test('[Q1] a read is answered only after a majority has confirmed the leader', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  const leader = group.elect('a');
  group.isolate('b', 'c');
  leader.readIndex(1);
  group.settle();
  assert.deepEqual(group.peer('a').reads, []);
  group.heal();
  group.tick(2);
  assert.deepEqual(group.peer('a').reads, [{ context: 1, index: 1 }]);
});

test('[Q1] a deposed leader that does not know it answers no read', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  const old = group.elect('a');
  group.isolate('a');
  group.tick(10, ['b', 'c']);
  group.tick(10, ['b']);
  group.propose('b', 'x');
  group.settle();
  assert.equal(old.status().role, 'leader');
  old.readIndex(1);
  group.settle();
  assert.deepEqual(group.peer('a').reads, []);
  group.tick(10, ['a']);
  assert.deepEqual(group.peer('a').readsLost, [1]);
});

test('[Q1] one that answers without a round misses a write that is acknowledged elsewhere', () => {
  const group = new TestGroup(['a', 'b', 'c'], { mutant: 'readWithoutRound' });
  const old = group.elect('a');
  group.isolate('a');
  group.tick(10, ['b', 'c']);
  group.tick(10, ['b']);
  group.propose('b', 'x');
  group.settle();
  old.readIndex(1);
  group.settle();
  assert.deepEqual(group.peer('a').reads, [{ context: 1, index: 1 }]);
  assert.equal(group.raft('b').status().commit, 3);
});

test('[Q1] an answer to an earlier round confirms nothing that was asked later', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  const leader = group.elect('a');
  group.isolate('b', 'c');
  leader.readIndex(1);
  group.settle();
  leader.readIndex(2);
  group.settle();
  leader.step('b', { type: 'heartbeatResponse', term: 1, readRound: 1 });
  group.settle();
  assert.deepEqual(group.peer('a').reads, [{ context: 1, index: 1 }]);
});

test('[Q1] a read waits for nothing that is not committed when its round begins', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  const leader = group.elect('a');
  group.propose('a', 'x');
  leader.readIndex(1);
  group.settle();
  assert.deepEqual(group.peer('a').reads, [{ context: 1, index: 1 }]);
});

test('[Q1] a single voter answers at once', () => {
  const group = new TestGroup(['a'], { learners: ['b'] });
  const leader = group.elect('a');
  leader.readIndex(5);
  assert.deepEqual(leader.takeReady().reads, [{ context: 5, index: 1 }]);
});

test('[Q1] reads that wait for two voters are answered when one of them is removed', () => {
  const group = new TestGroup(['a', 'b']);
  const leader = group.elect('a');
  group.isolate('b');
  leader.readIndex(5);
  group.settle();
  assert.ok(leader.changeMembership({ kind: 'remove', peer: 'b' }).ok);
  group.settle();
  assert.deepEqual(group.peer('a').reads, [{ context: 5, index: 1 }]);
});

test('[Q2] a new leader’s reads wait for its first entry', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.lose = (_from, _to, { type }) => type === 'appendResponse';
  const leader = group.elect('a');
  assert.equal(leader.readIndex(1), true);
  group.tick(4);
  assert.deepEqual(group.peer('a').reads, []);
  group.heal();
  group.tick(4);
  assert.deepEqual(group.peer('a').reads, [{ context: 1, index: 1 }]);
});

test('[Q3] with leadership the reads are lost, waiting and asked ones', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  const leader = group.elect('a');
  group.isolate('a');
  leader.readIndex(1);
  group.settle();
  leader.readIndex(2);
  group.tick(10, ['a']);
  assert.deepEqual(group.peer('a').readsLost, [1, 2]);
  assert.equal(leader.readIndex(3), false);
});

test('[U3] reads beyond the limit are refused', () => {
  const group = new TestGroup(['a', 'b']);
  const leader = group.elect('a');
  group.isolate('b');
  let taken = 0;
  while (taken < 100_000 && leader.readIndex(taken)) taken += 1;
  assert.equal(taken, 65_536);
});
