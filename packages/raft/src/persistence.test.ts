import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestGroup } from './testing/test-group.ts';

test('[P1] the leader sends before its own disk is done, and commits with the others’ copies', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.peer('a').holdWrites = true;
  group.propose('a', 'x');
  group.settle();
  assert.equal(group.raft('a').status().commit, 2);
  assert.equal(group.peer('a').applied.at(-1)?.index, 1, 'not given out before it is durable here');
  group.flush('a');
  group.settle();
  assert.equal(group.peer('a').applied.at(-1)?.index, 2);
});

test('[P1] the leader’s own copy counts only once it is durable', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.isolate('c');
  group.peer('a').holdWrites = true;
  group.propose('a', 'x');
  group.settle();
  assert.equal(group.raft('a').status().commit, 1);
  group.flush('a');
  assert.equal(group.raft('a').status().commit, 2);
});

test('[P2] an accepted append is told once it is durable', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.isolate('c');
  group.peer('b').holdWrites = true;
  group.propose('a', 'x');
  group.settle();
  assert.equal(group.raft('a').status().commit, 1);
  group.flush('b');
  group.settle();
  assert.equal(group.raft('a').status().commit, 2);
});

test('[P2] a peer that answers too early loses what it has promised', () => {
  const group = new TestGroup(['a', 'b', 'c'], { mutant: 'sendBeforePersist' });
  group.elect('a');
  group.isolate('c');
  group.peer('b').holdWrites = true;
  group.propose('a', 'x');
  group.settle();
  assert.equal(group.raft('a').status().commit, 2);
  group.peer('b').restart();
  assert.equal(group.raft('b').status().lastIndex, 1, 'committed, but on one disk of three');
});

test('[P2] an answer to a repeated append waits for the write that is under way', () => {
  const group = new TestGroup(['a', 'b']);
  group.peer('b').holdWrites = true;
  const entries = [{ type: 'empty', index: 1, term: 1 } as const];
  const request = {
    type: 'appendRequest',
    term: 1,
    previousIndex: 0,
    previousTerm: 0,
    entries,
    commit: 0,
  } as const;
  group.raft('b').step('a', request);
  group.settle();
  group.raft('b').step('a', request);
  group.settle();
  assert.deepEqual(group.takeTranscript(), []);
  group.flush('b');
  group.settle();
  assert.equal(group.takeTranscript().length, 2);
});

test('[P2] votes and vote requests wait for the disk, pre-votes do not', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.peer('a').holdWrites = true;
  group.peer('b').holdWrites = true;
  group.raft('a').campaign();
  group.settle();
  assert.ok(!group.transcript.some((line) => line.includes('voteRequest t1 last') && !line.includes('pre')));
  group.flush('a');
  group.settle();
  assert.ok(!group.transcript.includes('b>a voteResponse t1 granted'));
  group.flush('b');
  group.settle();
  assert.ok(group.transcript.includes('b>a voteResponse t1 granted'));
});

test('[P3] several batches are under way at once', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.isolate('b', 'c');
  group.heal();
  group.lose = (from) => from === 'c';
  group.peer('a').holdWrites = true;
  for (const text of ['x', 'y', 'z']) {
    group.propose('a', text);
    group.settle();
  }
  assert.equal(group.peer('a').held.length, 3);
  group.flush('a', 2);
  assert.equal(group.raft('a').status().commit, 3);
  group.flush('a');
  assert.equal(group.raft('a').status().commit, 4);
});

test('[P4] the commit index alone causes no write, and is never written beyond what is durable', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.propose('a', 'x');
  group.settle();
  assert.deepEqual(group.peer('a').hardState, { term: 1, vote: 'a', commit: 1 });
  assert.equal(group.raft('a').status().commit, 2);
  assert.equal(group.raft('a').hasReady(), false);
  group.propose('a', 'y');
  group.settle();
  assert.equal(group.peer('a').hardState.commit, 2);
});

test('[P2] a log that has lost committed entries is refused at the start', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.propose('a', 'x', 'y');
  group.settle();
  const peer = group.peer('a');
  peer.hardState = { ...peer.hardState, commit: 9 };
  assert.throws(() => peer.restart(), /must not be used again/);
});
