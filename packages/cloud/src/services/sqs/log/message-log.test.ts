import assert from 'node:assert/strict';
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../../../testing/temporary-folder.ts';
import { encodeLogRecord, IN_FLIGHT, type LogRecord } from './log-record.ts';
import { MessageLog, type MessageLogOptions } from './message-log.ts';
import { SEGMENT_HEAD_BYTES } from './segment-format.ts';

const FIRST = '0000000001.messages';

function folderFor(t: TestContext): string {
  const folder = temporaryFolder();
  t.after(() => folder.remove());
  return join(folder.path, 'queues');
}

/** What the folder's log holds. */
async function contents(folder: string): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  const log = new MessageLog(folder, (record) => records.push(record));
  await log.close();
  return records;
}

function deleted(seq: number): LogRecord {
  return { type: 'deleted', queue: 1, seq };
}

/** A log with batches of so many records each; gives the length of its segment after each batch. */
async function logWith(folder: string, batches: readonly number[], options: MessageLogOptions = {}) {
  const log = new MessageLog(folder, () => {}, options);
  const ends: number[] = [log.totalBytes];
  let seq = 0;
  for (const count of batches) {
    log.append(Array.from({ length: count }, () => encodeLogRecord(deleted(++seq))));
    await log.durable();
    ends.push(log.totalBytes);
  }
  await log.close();
  return ends;
}

test('[SQS4] every kind of record is read as it was written', async (t) => {
  const folder = folderFor(t);
  const state = {
    ...{ queue: 7, seq: 2 ** 40, sentMs: 1.5e12, arrivedMs: 1.6e12, firstReceivedMs: 0 },
    ...{ receivedMs: 3, visibleAtMs: 4, receiveCount: 5, group: 'grüße' },
    status: IN_FLIGHT,
  } as const;
  const records: LogRecord[] = [
    { type: 'message', state, content: Buffer.from('body') },
    { type: 'received', queue: 1, seq: 2, receivedMs: 3, visibleAtMs: 4 },
    { type: 'visibility', queue: 1, seq: 2, visibleAtMs: 3 },
    { type: 'deleted', queue: 1, seq: 2 },
    { type: 'purged', queue: 1, seq: 2 },
    { type: 'note', queue: 1, expiresMs: 1e12, key: 'schlüssel', value: 'wert' },
  ];
  const log = new MessageLog(folder, () => {});
  log.append(records.map(encodeLogRecord));
  await log.close();
  assert.deepEqual(await contents(folder), records);
  const again = new MessageLog(folder, () => {});
  assert.equal(again.takeSeq(), 2 ** 40 + 1);
  await again.close();
});

test('[SQS4] a log that is cut at any byte has its whole batches, and can be written to', async (t) => {
  const folder = folderFor(t);
  const ends = await logWith(folder, [1, 3, 2]);
  const whole = readFileSync(join(folder, FIRST));
  for (let length = 0; length <= whole.length; length++) {
    writeFileSync(join(folder, FIRST), whole.subarray(0, length));
    const batches = ends.filter((end) => end <= length).length - 1;
    const wanted = [0, 1, 4, 6][Math.max(0, batches)]!;
    assert.equal((await contents(folder)).length, wanted, `cut at ${length}`);
    if (length % 13 !== 0) continue;
    const log = new MessageLog(folder, () => {});
    log.append([encodeLogRecord(deleted(99))]);
    await log.close();
    assert.equal((await contents(folder)).length, wanted + 1);
  }
});

test('[SQS4] a byte that changed is damage where later batches stand, and cut off where none does', async (t) => {
  const folder = folderFor(t);
  const ends = await logWith(folder, [1, 3, 2]);
  const whole = readFileSync(join(folder, FIRST));
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole);
    changed[at] = changed[at]! ^ 0x10;
    writeFileSync(join(folder, FIRST), changed);
    // The bytes behind the head's checksum mean nothing.
    if (at >= SEGMENT_HEAD_BYTES - 4 && at < SEGMENT_HEAD_BYTES) continue;
    if (at >= ends[2]!) assert.equal((await contents(folder)).length, 4, `changed at ${at}`);
    else await assert.rejects(contents(folder), { code: 'MessagesDamaged' }, `changed at ${at}`);
  }
});

test('[SQS4] a missing segment, and a later format, are told', async (t) => {
  const folder = folderFor(t);
  await logWith(folder, [100, 100, 100], { segmentBytes: 64 });
  rmSync(join(folder, '0000000002.messages'));
  await assert.rejects(contents(folder), { code: 'MessagesDamaged', message: /segment 2 is missing/ });
});

test('[SQS4] once the disk has refused, nothing is accepted', async (t) => {
  const folder = folderFor(t);
  const log = new MessageLog(folder, () => {}, { segmentBytes: 64 });
  log.append([encodeLogRecord(deleted(1)), encodeLogRecord(deleted(2))]);
  await log.durable();
  symlinkSync('/dev/full', join(folder, '0000000002.messages'));
  let told = 0;
  log.append([encodeLogRecord(deleted(3))], () => {
    told += 1;
  });
  await assert.rejects(log.durable(), { code: 'MessagesFailed', message: /ENOSPC/ });
  assert.throws(() => log.append([encodeLogRecord(deleted(4))]), { code: 'MessagesFailed' });
  await assert.rejects(log.close(), { code: 'MessagesFailed' });
  assert.equal(told, 0);
  rmSync(join(folder, '0000000002.messages'));
  assert.equal((await contents(folder)).length, 2);
});
