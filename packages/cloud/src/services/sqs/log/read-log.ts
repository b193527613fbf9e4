/**
 * Reads the log at a start, oldest segment first. What a crash cut off at its end is left out; anything else that is not whole is damage,
 * and is told instead of guessed around.
 */
import { readFileSync } from 'node:fs';
import { Failure, messageOf } from '@crescendo/base';
import { decodeLogRecord, type LogRecord } from './log-record.ts';
import type { SegmentFiles } from './segment-files.ts';
import { batchAt, decodeSegmentHead, FORMAT, provesDamage, SEGMENT_HEAD_BYTES } from './segment-format.ts';

export type MessageLogFailureCode = 'MessagesDamaged' | 'MessagesNewer' | 'MessagesFailed' | 'MessagesClosed';

/** Where the bytes of a record lie. */
export interface Place {
  readonly segment: number;
  readonly offset: number;
  readonly bytes: number;
}

export type LogReader = (record: LogRecord, place: Place) => void;

export interface LogContents {
  /** In ascending order, with the length of each. */
  readonly segments: readonly { readonly segment: number; readonly bytes: number }[];
  readonly nextSeq: number;
}

export function readLog(folder: string, files: SegmentFiles, reader: LogReader): LogContents {
  const numbers = files.list();
  const segments: { segment: number; bytes: number }[] = [];
  let nextSeq = 1;
  for (const [i, segment] of numbers.entries()) {
    if (i > 0 && segment !== numbers[i - 1]! + 1) {
      throw damaged(folder, `segment ${numbers[i - 1]! + 1} is missing`);
    }
    const isLast = i === numbers.length - 1;
    const bytes = readFileSync(files.path(segment));
    const head = decodeSegmentHead(bytes);
    if (head !== undefined && head.format > FORMAT) throw newer(folder, head.format);
    if (head === undefined || head.segment !== segment) {
      // A segment is used only once its head is on disk.
      if (isLast && bytes.length <= SEGMENT_HEAD_BYTES) break;
      throw damaged(folder, `the head of ${files.path(segment)} can't be read`);
    }
    nextSeq = Math.max(nextSeq, head.nextSeq);
    const end = readBatches(bytes, segment, (record, place) => {
      if (record.type !== 'note') nextSeq = Math.max(nextSeq, seqOf(record) + 1);
      reader(record, place);
    });
    if (end < bytes.length && (!isLast || provesDamage(bytes, segment, end))) {
      throw damaged(folder, `what lies at ${end} in ${files.path(segment)} can't be read`);
    }
    segments.push({ segment, bytes: end });
  }
  return { segments, nextSeq };
}

function seqOf(record: Exclude<LogRecord, { readonly type: 'note' }>): number {
  return record.type === 'message' ? record.state.seq : record.seq;
}

/** Where the whole batches end. */
function readBatches(bytes: Buffer, segment: number, reader: LogReader): number {
  let offset = SEGMENT_HEAD_BYTES;
  for (let batch = batchAt(bytes, segment, offset); batch !== undefined; ) {
    for (const record of batch.records) {
      const place = { segment, offset: record.byteOffset - bytes.byteOffset, bytes: record.length };
      reader(decodeLogRecord(record), place);
    }
    offset = batch.end;
    batch = batchAt(bytes, segment, offset);
  }
  return offset;
}

export function damaged(folder: string, reason: string, cause?: unknown): Failure<MessageLogFailureCode> {
  return new Failure(
    'MessagesDamaged',
    `the messages of the queues in ${folder} are damaged: ${reason}. Restore the folder from a copy, or move it away to start with empty queues`,
    { cause },
  );
}

function newer(folder: string, format: number): Failure<MessageLogFailureCode> {
  return new Failure(
    'MessagesNewer',
    `the messages of the queues in ${folder} have format ${format}; this program knows formats up to ${FORMAT}: start a newer version`,
  );
}

export function failed(error: unknown): Failure<MessageLogFailureCode> {
  return new Failure(
    'MessagesFailed',
    `the messages of the queues can't be written (${messageOf(error)}): nothing more is accepted; make room or mend the disk, then start the cloud again`,
    { cause: error },
  );
}
