import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MembershipChange } from './contract.ts';
import { planChange } from './membership.ts';
import { TestGroup } from './testing/test-group.ts';

const GROUP = { epoch: 3, voters: ['a', 'b'], learners: ['c'] };

test('[M1] each change moves exactly one peer', () => {
  const plan = (kind: MembershipChange['kind'], peer: string, from = GROUP) =>
    planChange(from, { kind, peer });
  assert.deepEqual(plan('addLearner', 'd'), { epoch: 4, voters: ['a', 'b'], learners: ['c', 'd'] });
  assert.deepEqual(plan('promote', 'c'), { epoch: 4, voters: ['a', 'b', 'c'], learners: [] });
  assert.deepEqual(plan('demote', 'a'), { epoch: 4, voters: ['b'], learners: ['c', 'a'] });
  assert.deepEqual(plan('remove', 'a'), { epoch: 4, voters: ['b'], learners: ['c'] });
  assert.deepEqual(plan('remove', 'c'), { epoch: 4, voters: ['a', 'b'], learners: [] });
});

test('[M1] what changes nothing, or takes the last vote, is refused', () => {
  const single = { epoch: 1, voters: ['a'], learners: ['c'] };
  const refused = [
    ['addLearner', 'a', GROUP, 'noEffect'],
    ['addLearner', 'c', GROUP, 'noEffect'],
    ['promote', 'a', GROUP, 'noEffect'],
    ['promote', 'x', GROUP, 'noEffect'],
    ['demote', 'c', GROUP, 'noEffect'],
    ['remove', 'x', GROUP, 'noEffect'],
    ['demote', 'a', single, 'lastVoter'],
    ['remove', 'a', single, 'lastVoter'],
  ] as const;
  for (const [kind, peer, from, reason] of refused)
    assert.equal(planChange(from, { kind, peer }), reason, `${kind} ${peer}`);
});

test('[M3] a group grows from one to three, and each voter counts from the moment of the entry', () => {
  const group = new TestGroup(['a'], { strangers: ['b', 'c'] });
  const leader = group.elect('a');
  for (const peer of ['b', 'c']) {
    assert.ok(leader.changeMembership({ kind: 'addLearner', peer }).ok);
    group.settle();
    assert.ok(leader.changeMembership({ kind: 'promote', peer }).ok);
    group.settle();
  }
  const { membership, commit } = group.raft('c').status();
  assert.deepEqual(membership, { epoch: 5, voters: ['a', 'b', 'c'], learners: [] });
  assert.equal(commit, leader.status().commit);
  group.isolate('b', 'c');
  group.propose('a', 'x');
  group.settle();
  assert.equal(leader.status().commit, 5);
});

test('[M2] one change at a time, and none before the term’s first entry is committed', () => {
  const group = new TestGroup(['a', 'b', 'c'], { strangers: ['d', 'e'] });
  group.lose = (_from, _to, { type }) => type === 'appendResponse';
  const leader = group.elect('a');
  assert.deepEqual(leader.changeMembership({ kind: 'addLearner', peer: 'd' }), {
    ok: false,
    reason: 'pending',
  });
  group.heal();
  group.tick(4);
  group.isolate('b', 'c');
  assert.equal(leader.changeMembership({ kind: 'addLearner', peer: 'd' }).ok, true);
  assert.deepEqual(leader.changeMembership({ kind: 'addLearner', peer: 'e' }), {
    ok: false,
    reason: 'pending',
  });
  group.heal();
  group.tick(4);
  assert.equal(leader.changeMembership({ kind: 'addLearner', peer: 'e' }).ok, true);
});

test('[M3] a membership goes when its entry is replaced', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  const old = group.elect('a');
  group.isolate('a');
  assert.ok(old.changeMembership({ kind: 'remove', peer: 'c' }).ok);
  group.settle();
  assert.deepEqual([old.status().membership.epoch, old.status().membershipIndex], [2, 2]);
  group.tick(10, ['b', 'c']);
  group.tick(10, ['b']);
  assert.equal(group.raft('b').status().role, 'leader');
  group.heal();
  group.tick(12);
  assert.deepEqual([old.status().membership.epoch, old.status().membershipIndex], [1, 0]);
  assert.equal(group.peer('a').log.term(2), group.raft('b').status().term);
});

test('[M3] a restarted peer finds the memberships in its log', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a').changeMembership({ kind: 'demote', peer: 'c' });
  group.settle();
  for (const id of ['a', 'b', 'c']) {
    group.peer(id).restart();
    const { membership, membershipIndex } = group.raft(id).status();
    assert.deepEqual(membership, { epoch: 2, voters: ['a', 'b'], learners: ['c'] }, id);
    assert.equal(membershipIndex, 2);
  }
});

test('[M4] a leader that removes itself from a group of two hands over and goes', () => {
  const group = new TestGroup(['a', 'b']);
  group.elect('a').changeMembership({ kind: 'remove', peer: 'a' });
  group.settle();
  assert.equal(group.raft('a').status().role, 'follower');
  assert.equal(group.raft('b').status().role, 'leader');
  group.tick(50, ['a']);
  assert.equal(group.raft('a').status().term, 1, 'it does not come back as a candidate');
});

test('[M4] a leader that demotes itself goes on as a learner', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a').changeMembership({ kind: 'demote', peer: 'a' });
  group.settle();
  group.tick(4);
  assert.equal(group.raft('a').status().role, 'follower');
  const leader = group.raft('b').status().role === 'leader' ? 'b' : 'c';
  group.propose(leader, 'x');
  group.settle();
  group.tick(2);
  assert.equal(group.peer('a').applied.length, group.peer(leader).applied.length);
});

test('[M5] who is removed learns it', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a').changeMembership({ kind: 'remove', peer: 'c' });
  group.settle();
  const { membership, commit } = group.raft('c').status();
  assert.deepEqual([membership.voters, commit], [['a', 'b'], 2]);
  assert.equal(group.raft('a').status().progress.has('c'), false);
});

test('[M6] a group of two goes on when its leader falls while it removes itself', () => {
  const group = new TestGroup(['a', 'b']);
  const leader = group.elect('a');
  group.isolate('a');
  leader.changeMembership({ kind: 'remove', peer: 'a' });
  group.tick(15, ['a']);
  assert.equal(leader.status().role, 'follower');
  group.heal();
  group.tick(40);
  assert.equal(group.raft('b').status().role, 'leader');
  assert.deepEqual(group.raft('b').status().membership.voters, ['b']);
});

test('[E2] a removed peer that does not know it disturbs nobody', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  const leader = group.elect('a');
  group.isolate('c');
  leader.changeMembership({ kind: 'remove', peer: 'c' });
  group.settle();
  group.heal();
  for (let i = 0; i < 10; i++) {
    group.propose('a', 'x');
    group.tick(10);
  }
  assert.deepEqual([leader.status().role, leader.status().term], ['leader', 1]);
  assert.equal(group.raft('c').status().term, 1);
});

test('[M7] a peer that was removed and comes back empty outlives a late heartbeat that speaks of what it held', () => {
  const group = new TestGroup(['a', 'b'], { strangers: ['c'] });
  const c = group.peer('c').raft;
  c.step('a', { type: 'heartbeat', term: 3, commit: 12, readRound: 0, sleep: false });
  assert.deepEqual([c.status().commit, c.status().term], [0, 3]);
});
