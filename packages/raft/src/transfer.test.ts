import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestGroup } from './testing/test-group.ts';

test('[X1] only voters can be given leadership', () => {
  const group = new TestGroup(['a', 'b'], { learners: ['c'] });
  const leader = group.elect('a');
  assert.deepEqual(
    ['a', 'b', 'c', 'x'].map((peer) => leader.transferLeadership(peer)),
    [false, true, false, false],
  );
  assert.equal(group.raft('b').transferLeadership('a'), false);
});

test('[X1] meanwhile proposals and changes are refused', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  const leader = group.elect('a');
  group.isolate('b');
  leader.transferLeadership('b');
  group.settle();
  assert.equal(leader.status().transferTarget, 'b');
  assert.deepEqual(leader.propose(Uint8Array.of(1)), { ok: false, reason: 'transferring' });
  assert.deepEqual(leader.changeMembership({ kind: 'remove', peer: 'c' }), {
    ok: false,
    reason: 'transferring',
  });
});

test('[X2] the target first gets what it lacks', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  const leader = group.elect('a');
  group.isolate('c');
  group.propose('a', 'x', 'y');
  group.settle();
  group.heal();
  group.takeTranscript();
  leader.transferLeadership('c');
  group.tick(4, ['a']);
  assert.equal(group.raft('c').status().role, 'leader');
  assert.equal(group.raft('c').status().lastIndex, 4);
  const lines = group.takeTranscript();
  assert.ok(lines.indexOf('c>a appendResponse t1 accepted 3') < lines.indexOf('a>c timeoutNow t1'));
});

test('[X3] a transfer that does not succeed is given up after an election time-out', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  const leader = group.elect('a');
  group.isolate('b');
  leader.transferLeadership('b');
  group.tick(9);
  assert.equal(leader.status().transferTarget, 'b');
  group.tick(1);
  assert.equal(leader.status().transferTarget, null);
  assert.equal(leader.propose(Uint8Array.of(1)).ok, true);
});

test('[X2] a learner, and a peer of a later term, do not obey', () => {
  const group = new TestGroup(['a', 'b'], { learners: ['c'] });
  group.elect('a');
  group.raft('c').step('a', { type: 'timeoutNow', term: 1 });
  group.raft('b').step('a', { type: 'timeoutNow', term: 0 });
  group.settle();
  assert.deepEqual([group.raft('a').status().role, group.raft('a').status().term], ['leader', 1]);
});
