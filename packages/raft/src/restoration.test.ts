import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SnapshotMark } from './protocol.ts';
import { TestGroup } from './testing/test-group.ts';

/** A leader a with everything up to `index` compacted, and c that has nothing but the first entry. */
function behind(): { group: TestGroup; mark: SnapshotMark } {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  group.isolate('c');
  group.propose('a', 'v', 'w', 'x', 'y', 'z');
  group.settle();
  const mark = { index: 5, term: 1, membership: group.raft('a').status().membership };
  group.peer('a').log.compact(mark);
  group.heal();
  return { group, mark };
}

test('[N1] the host is told once that a peer needs a snapshot, and the peer is left in peace', () => {
  const { group } = behind();
  group.tick(9);
  assert.deepEqual(group.peer('a').snapshotsNeeded, ['c']);
  assert.equal(group.raft('a').status().progress.get('c')?.state, 'snapshot');
  assert.equal(group.raft('a').asleep, false);
  group.takeTranscript();
  group.propose('a', 'more');
  group.settle();
  assert.ok(!group.takeTranscript().some((line) => line.startsWith('a>c append')));
});

test('[N1] after a failure it is told again, with the peer’s next sign of life', () => {
  const { group } = behind();
  group.tick(4);
  group.raft('a').reportSnapshot('c', 'failed', 5);
  group.settle();
  assert.deepEqual(group.peer('a').snapshotsNeeded, ['c']);
  group.tick(4);
  assert.deepEqual(group.peer('a').snapshotsNeeded, ['c', 'c']);
});

test('[N1][N2] a peer takes the snapshot, the log starts anew, and appends go on behind it', () => {
  const { group, mark } = behind();
  group.tick(4);
  assert.equal(group.raft('c').restore(mark), true);
  group.settle();
  group.raft('a').reportSnapshot('c', 'installed', 5);
  group.tick(4);
  const { commit, applied, lastIndex } = group.raft('c').status();
  assert.deepEqual([commit, applied, lastIndex], [6, 6, 6]);
  assert.deepEqual([group.peer('c').log.firstIndex(), group.peer('c').log.lastIndex()], [6, 6]);
  assert.equal(group.raft('a').status().progress.get('c')?.state, 'replicate');
  assert.deepEqual(
    group.peer('c').applied.map(({ index }) => index),
    [1, 6],
  );
});

test('[N1] the peer’s own word that it has caught up is enough', () => {
  const { group, mark } = behind();
  group.tick(4);
  group.raft('c').restore(mark);
  group.settle();
  group.tick(4);
  assert.equal(group.raft('a').status().progress.get('c')?.match, 6);
});

test('[N2] a snapshot that is not news changes nothing', () => {
  const { group, mark } = behind();
  assert.equal(group.raft('b').restore(mark), true, 'b has it in its log, but has not applied it');
  assert.equal(group.raft('b').restore(mark), false);
  assert.equal(group.raft('a').restore(mark), false);
});

test('[N2] within the log a snapshot only applies: later entries stay', () => {
  const { group, mark } = behind();
  group.lose = () => true;
  assert.equal(group.raft('b').restore(mark), true);
  const ready = group.raft('b').takeReady();
  assert.equal(ready.snapshot, undefined);
  const { applied, commit, lastIndex } = group.raft('b').status();
  assert.deepEqual([applied, commit, lastIndex], [5, 5, 6]);
});

test('[N2] a leader that has not committed its first entry takes a state that proves more', () => {
  const { group, mark } = behind();
  group.lose = (_from, _to, { type }) => type === 'appendRequest' || type === 'heartbeat';
  group.elect('b'); // Refused: b hears a.
  group.tick(12, ['b', 'c']);
  group.elect('b');
  const leader = group.raft('b');
  assert.deepEqual([leader.status().role, leader.status().commit], ['leader', 1]);
  assert.equal(leader.restore({ ...mark, index: 9, term: 1 }), false, 'not in its log');
  assert.equal(leader.restore(mark), true);
  assert.deepEqual([leader.status().commit, leader.status().applied], [5, 5]);
  assert.equal(leader.restore({ ...mark, index: 9, term: 8 }), true, 'a newer term ends its own');
  assert.deepEqual(
    [leader.status().role, leader.status().term, leader.status().lastIndex],
    ['follower', 8, 9],
  );
});

test('[N2] the membership of a snapshot holds, and those of the log it replaces are gone', () => {
  const { group, mark } = behind();
  const membership = { epoch: 4, voters: ['a', 'c'], learners: [] };
  group.raft('c').restore({ ...mark, index: 9, term: 3, membership });
  const status = group.raft('c').status();
  assert.deepEqual([status.membership, status.membershipIndex, status.term], [membership, 0, 3]);
});

test('[N3] a crash between state and log: the peer starts from the newer snapshot', () => {
  const { group, mark } = behind();
  group.peer('c').restart({ snapshot: mark, applied: 5 });
  const ready = group.raft('c').takeReady();
  assert.deepEqual(ready.snapshot, mark);
  assert.equal(group.raft('c').status().lastIndex, 5);
  group.peer('c').store(ready);
  group.raft('c').persisted(ready.persist!);
  group.tick(4);
  assert.equal(group.raft('c').status().commit, 6);
});

test('[N4] a peer whose applied state was lost starts from its log’s mark, and applies on after a snapshot', () => {
  const { group, mark } = behind();
  const peer = group.peer('a');
  peer.restart({ applied: 5 });
  peer.applied.length = 0;
  assert.equal(group.raft('a').status().lastIndex, 6);
  assert.equal(group.raft('a').restore(mark), false, 'nothing newer than the mark');
  group.elect('b');
  group.tick(4);
  assert.deepEqual(
    peer.applied.map(({ index }) => index),
    [6, 7],
  );
});

test('[N5] compaction at any time leaves a log that works', () => {
  const group = new TestGroup(['a', 'b', 'c']);
  group.elect('a');
  for (let i = 0; i < 20; i++) {
    group.propose('a', 'x');
    group.settle();
    for (const { raft, log } of group.peers.values()) {
      const { applied, membership } = raft.status();
      const term = log.term(applied);
      if (term !== undefined) log.compact({ index: applied, term, membership });
    }
  }
  group.tick(4);
  for (const { raft } of group.peers.values()) assert.equal(raft.status().commit, 21);
  for (const id of ['a', 'b', 'c']) group.peer(id).restart();
  group.elect('b');
  group.propose('b', 'y');
  group.settle();
  assert.equal(group.raft('b').status().commit, 23);
});
