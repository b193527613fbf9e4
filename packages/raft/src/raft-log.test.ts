import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import type { Entry, SnapshotMark } from './protocol.ts';
import { RaftLog } from './raft-log.ts';
import { MemoryLog } from './testing/memory-log.ts';

const NOBODY = { epoch: 0, voters: [], learners: [] };
const START: SnapshotMark = { index: 0, term: 0, membership: NOBODY };

function entries(from: number, ...terms: readonly number[]): Entry[] {
  return terms.map((term, i) => ({ type: 'command', index: from + i, term, data: new Uint8Array(10) }));
}

function terms(log: RaftLog): (number | undefined)[] {
  return Array.from({ length: log.lastIndex() }, (_, i) => log.term(i + 1));
}

test('[P3] what a later batch replaces never counts as durable by an earlier one', () => {
  const disk = new MemoryLog(START);
  const log = new RaftLog(disk);
  log.append(entries(1, 1, 1, 1));
  const first = log.takeWrites();
  log.append(entries(2, 2));
  const second = log.takeWrites();
  log.append(entries(2, 3, 3));
  const third = log.takeWrites();
  disk.append(first.entries);
  log.persisted(first.sequence);
  assert.equal(log.durable, 1);
  disk.append(second.entries);
  log.persisted(second.sequence);
  assert.equal(log.durable, 1);
  disk.append(third.entries);
  log.persisted(third.sequence);
  assert.equal(log.durable, 3);
  assert.deepEqual(terms(log), [1, 3, 3]);
});

test('[P3] an entry written, replaced and written again is durable only with its last batch', () => {
  const disk = new MemoryLog(START);
  const log = new RaftLog(disk);
  log.append(entries(1, 1));
  log.append(entries(2, 2));
  const first = log.takeWrites();
  log.append(entries(2, 3));
  log.takeWrites();
  log.append(entries(2, 2)); // The same entry, brought back by a later leader.
  log.takeWrites();
  disk.append(first.entries);
  log.persisted(first.sequence);
  assert.equal(log.durable, 1, 'the batch in between may still take it away');
});

test('[P3] persisting the newest batch makes all before it durable', () => {
  const disk = new MemoryLog(START);
  const log = new RaftLog(disk);
  const batches = [1, 2, 3].map((index) => {
    log.append(entries(index, 1));
    return log.takeWrites();
  });
  for (const batch of batches) disk.append(batch.entries);
  log.persisted(batches[2]!.sequence);
  assert.equal(log.durable, 3);
  assert.equal(log.hasWrites(), false);
});

test('[N2] a log that starts anew asks the reader only once its mark is durable', () => {
  const disk = new MemoryLog(START, entries(1, 1, 1));
  const log = new RaftLog(disk);
  const mark = { index: 9, term: 4, membership: NOBODY };
  log.restartBehind(mark);
  assert.deepEqual([log.firstIndex(), log.lastIndex(), log.term(9), log.term(2)], [10, 9, 4, undefined]);
  log.append(entries(10, 5));
  const batch = log.takeWrites();
  assert.deepEqual(batch.snapshot, mark);
  disk.restart(mark);
  disk.append(batch.entries);
  log.persisted(batch.sequence);
  assert.deepEqual([log.durable, log.firstIndex(), log.term(10)], [10, 10, 5]);
});

test('[P3][N2] a batch from before the new start makes nothing durable', () => {
  const log = new RaftLog(new MemoryLog(START));
  log.append(entries(1, 1, 1, 1, 1));
  const batch = log.takeWrites();
  log.restartBehind({ index: 2, term: 3, membership: NOBODY });
  log.append(entries(3, 3, 3));
  log.persisted(batch.sequence);
  assert.deepEqual([log.durable, log.lastIndex()], [2, 4]);
});

test('[G2] entries are cut at the limit of bytes, but for one, also across the durable part and the tail', () => {
  const disk = new MemoryLog(START, entries(1, 1, 1));
  const log = new RaftLog(disk);
  log.append(entries(3, 2, 2));
  const taken = (low: number, maxBytes: number) => log.entries(low, 5, maxBytes).map((entry) => entry.index);
  assert.deepEqual(taken(1, 1_000), [1, 2, 3, 4]);
  assert.deepEqual(taken(1, 30), [1, 2, 3]);
  assert.deepEqual(taken(1, 20), [1, 2]);
  assert.deepEqual(taken(2, 1), [2]);
  assert.deepEqual(taken(3, 1), [3]);
  assert.deepEqual(taken(5, 100), []);
});

test('[P3] random appends, replacements and writes agree with a plain list', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed);
    const disk = new MemoryLog(START);
    const log = new RaftLog(disk);
    const model: number[] = [];
    const pending: ReturnType<RaftLog['takeWrites']>[] = [];
    for (let i = 0; i < 60; i++) {
      const action = random.int(3);
      if (action === 0) {
        const from = 1 + random.int(model.length + 1);
        const added = Array.from({ length: 1 + random.int(3) }, () => i + 1);
        log.append(entries(from, ...added));
        model.splice(from - 1, model.length, ...added);
      } else if (action === 1 && log.hasWrites()) {
        pending.push(log.takeWrites());
      } else if (pending.length > 0) {
        const batch = pending.shift()!;
        disk.append(batch.entries);
        log.persisted(batch.sequence);
      }
      assert.deepEqual(terms(log), model, `seed ${seed}, step ${i}`);
      const onDisk = model.slice(0, log.durable).map((_, at) => disk.term(at + 1));
      assert.deepEqual(
        onDisk,
        model.slice(0, log.durable),
        `seed ${seed}: what counts as durable is on the disk`,
      );
    }
  }
});
