import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestGroup } from './testing/test-group.ts';

/** Golden transcripts: every message of the classic scenarios, in the order of delivery. */

test('[E2][E3][C2] an election', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  assert.deepEqual(group.takeTranscript(), [
    'a>b preVoteRequest t1 last 0:0',
    'a>c preVoteRequest t1 last 0:0',
    'b>a preVoteResponse t1 granted',
    'c>a preVoteResponse t1 granted',
    'a>b voteRequest t1 last 0:0',
    'a>c voteRequest t1 last 0:0',
    'b>a voteResponse t1 granted',
    'c>a voteResponse t1 granted',
    'a>b appendRequest t1 after 0:0 [1:1] commit 0',
    'a>c appendRequest t1 after 0:0 [1:1] commit 0',
    'b>a appendResponse t1 accepted 1',
    'c>a appendResponse t1 accepted 1',
  ]);
});

test('[C4] commands, a heartbeat that tells of the commit, sleep, and waking up', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.takeTranscript();
  group.propose('a', 'x', 'y');
  group.settle();
  group.tick(6);
  group.propose('a', 'z');
  group.settle();
  assert.deepEqual(group.takeTranscript(), [
    'a>b appendRequest t1 after 1:1 [2:1 3:1] commit 1',
    'a>c appendRequest t1 after 1:1 [2:1 3:1] commit 1',
    'b>a appendResponse t1 accepted 3',
    'c>a appendResponse t1 accepted 3',
    'a>b heartbeat t1 commit 3 round 0',
    'a>c heartbeat t1 commit 3 round 0',
    'b>a heartbeatResponse t1 round 0',
    'c>a heartbeatResponse t1 round 0',
    'a>b heartbeat t1 commit 3 round 0 sleep',
    'a>c heartbeat t1 commit 3 round 0 sleep',
    'a>b heartbeat t1 commit 3 round 0',
    'a>c heartbeat t1 commit 3 round 0',
    'a>b appendRequest t1 after 3:1 [4:1] commit 3',
    'a>c appendRequest t1 after 3:1 [4:1] commit 3',
    'b>a heartbeatResponse t1 round 0',
    'c>a heartbeatResponse t1 round 0',
    'b>a appendResponse t1 accepted 4',
    'c>a appendResponse t1 accepted 4',
  ]);
});

test('[Q1] two reads share one round', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.takeTranscript();
  group.raft('a').readIndex(1);
  group.raft('a').readIndex(2);
  group.settle();
  assert.deepEqual(group.takeTranscript(), [
    'a>b heartbeat t1 commit 1 round 1',
    'a>c heartbeat t1 commit 1 round 1',
    'b>a heartbeatResponse t1 round 1',
    'c>a heartbeatResponse t1 round 1',
  ]);
  assert.deepEqual(group.peer('a').reads, [
    { context: 1, index: 1 },
    { context: 2, index: 1 },
  ]);
});

test('[X2] a transfer of leadership', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.takeTranscript();
  assert.ok(group.raft('a').transferLeadership('c'));
  group.settle();
  assert.deepEqual(group.takeTranscript(), [
    'a>c timeoutNow t1',
    'c>a voteRequest t2 last 1:1',
    'c>b voteRequest t2 last 1:1',
    'a>c voteResponse t2 granted',
    'b>c voteResponse t2 granted',
    'c>a appendRequest t2 after 1:1 [2:2] commit 0',
    'c>b appendRequest t2 after 1:1 [2:2] commit 0',
    'a>c appendResponse t2 accepted 2',
    'b>c appendResponse t2 accepted 2',
  ]);
});

test('[M4][M5] a leader removes itself', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.takeTranscript();
  assert.ok(group.raft('a').changeMembership({ kind: 'remove', peer: 'a' }).ok);
  group.settle();
  assert.deepEqual(group.takeTranscript(), [
    'a>b appendRequest t1 after 1:1 [2:1] commit 1',
    'a>c appendRequest t1 after 1:1 [2:1] commit 1',
    'b>a appendResponse t1 accepted 2',
    'c>a appendResponse t1 accepted 2',
    'a>b appendRequest t1 after 2:1 [] commit 2',
    'a>c appendRequest t1 after 2:1 [] commit 2',
    'a>b timeoutNow t1',
    'b>a appendResponse t1 accepted 2',
    'c>a appendResponse t1 accepted 2',
    'b>c voteRequest t2 last 2:1',
    'c>b voteResponse t2 granted',
    'b>c appendRequest t2 after 2:1 [3:2] commit 2',
    'c>b appendResponse t2 accepted 3',
  ]);
  assert.equal(group.raft('a').status().role, 'follower');
});

test('[G3] figure 3.6 (e): a follower that lacks entries and has others of an old term is found in one step', () => {
  const group = new TestGroup(['a', 'b'], {
    terms: { a: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6], b: [1, 1, 1, 4, 4, 4, 4] },
  });
  group.elect('a');
  assert.deepEqual(group.takeTranscript().slice(4), [
    'a>b appendRequest t7 after 10:6 [11:7] commit 0',
    'b>a appendResponse t7 refused 10 hint 7:4',
    'a>b appendRequest t7 after 5:4 [6:5 7:5 8:6 9:6 10:6 11:7] commit 0',
    'b>a appendResponse t7 accepted 11',
  ]);
});

test('[G3] figure 3.6 (f): a longer log full of old terms is found in one step, and replaced', () => {
  const group = new TestGroup(['a', 'b'], {
    terms: { a: [1, 1, 1, 4, 4, 5, 5, 6, 6, 6], b: [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3] },
  });
  group.elect('a');
  assert.deepEqual(group.takeTranscript().slice(4), [
    'a>b appendRequest t7 after 10:6 [11:7] commit 0',
    'b>a appendResponse t7 refused 10 hint 9:3',
    'a>b appendRequest t7 after 3:1 [4:4 5:4 6:5 7:5 8:6 9:6 10:6 11:7] commit 0',
    'b>a appendResponse t7 accepted 11',
  ]);
  const log = group.peer('b').log;
  assert.deepEqual(
    log.all().map((entry) => entry.term),
    [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7],
  );
});
