/**
 * Reads the segment files back when a node starts.
 *
 * What a crash can leave is repaired: a torn last batch is cut off (nobody was told that it is durable), a segment whose
 * creation was torn is removed, and so are old segments that were no longer needed. Everything else is damage: it is
 * reported with the place and the reason, and never guessed around, because a node that forgets a vote or an entry that it
 * promised to keep can make the whole group lose what it acknowledged.
 */
import * as fs from 'node:fs';
import { messageOf } from '@crescendo/base';
import type { Entry, HardState, SnapshotMark } from '@crescendo/raft';
import type { GroupId } from '@crescendo/store';
import { FILE_MODE, readFullySync, syncFolderSync } from '../durable-file.ts';
import type { DurableLength } from './durable-mark.ts';
import type { RecordPlace } from './group-index.ts';
import {
  BATCH_HEADER_BYTES,
  checkRecord,
  decodeRecord,
  type LogRecord,
  laterBatchExists,
  readBatchHeader,
} from './log-record.ts';
import {
  checkSegmentHeader,
  listSegments,
  previousLength,
  SEGMENT_HEADER_BYTES,
  type SegmentFiles,
  segmentPath,
} from './segment-files.ts';

/** The log is not what this node once made durable. */
export class LogDamage extends Error {
  override readonly name = 'LogDamage';
}

/**
 * One group as the records tell it. Old segments may be gone whose entries were copied to later ones, so entries may show up
 * out of order: they are collected by index and checked at the end.
 */
export interface ReplayedGroup {
  hardState?: { readonly value: HardState; readonly place: RecordPlace };
  mark?: { readonly value: SnapshotMark; readonly place: RecordPlace };
  readonly entries: Map<number, { readonly term: number; readonly place: RecordPlace }>;
  last: number;
}

export interface Replay {
  readonly groups: Map<GroupId, ReplayedGroup>;
  /** Bytes of a torn last batch that were cut off. */
  readonly cutBytes: number;
}

/** Opens the files into `files`, which stays empty when the folder holds no log. Throws `LogDamage`. */
export function replaySegments(
  folder: string,
  files: SegmentFiles,
  durable: DurableLength | undefined,
): Replay {
  const groups = new Map<GroupId, ReplayedGroup>();
  const sequences = withoutOldGaps(listSegments(folder));
  let oldestNeeded = 0;
  let cutBytes = 0;
  for (const sequence of sequences) {
    const newest = sequence === sequences.at(-1);
    const read = readSegment(folder, sequence, newest, durable);
    if (read === undefined) continue;
    if (files.count > 0 && files.active.length !== read.previousLength) {
      throw new LogDamage(
        `log segment ${sequence - 1} ends at byte ${files.active.length}, but was written up to byte ${read.previousLength}`,
      );
    }
    files.adopt(sequence, read.fd, read.length);
    cutBytes += read.cutBytes;
    for (const { record, place } of read.records) {
      if (record.type === 'oldest') oldestNeeded = Math.max(oldestNeeded, record.segment);
      else replayRecord(groups, record, place);
    }
  }
  checkExtent(files, oldestNeeded, durable);
  removeUnneeded(folder, files, oldestNeeded);
  for (const [id, group] of groups) checkGroup(id, group);
  return { groups, cutBytes };
}

/** Deleting old segments may have been interrupted: only what follows the last gap can be the log. */
function withoutOldGaps(sequences: readonly number[]): readonly number[] {
  for (let at = sequences.length - 1; at > 0; at--) {
    if (sequences[at - 1] !== sequences[at]! - 1) return sequences.slice(at);
  }
  return sequences;
}

interface SegmentRead {
  readonly fd: number;
  readonly length: number;
  readonly previousLength: number;
  readonly cutBytes: number;
  readonly records: Iterable<{ readonly record: LogRecord; readonly place: RecordPlace }>;
}

function readSegment(
  folder: string,
  sequence: number,
  newest: boolean,
  durable: DurableLength | undefined,
): SegmentRead | undefined {
  const path = segmentPath(folder, sequence);
  const fd = fs.openSync(path, fs.constants.O_RDWR, FILE_MODE);
  const bytes = Buffer.allocUnsafe(fs.fstatSync(fd).size);
  readFullySync(fd, bytes, 0);
  const header = checkSegmentHeader(bytes, sequence);
  if (header !== 'ok') {
    fs.closeSync(fd);
    if (typeof header === 'object') {
      throw new LogDamage(
        `${path} was written by a newer version of this program (format ${header.newerVersion})`,
      );
    }
    if (header === 'damaged' || !newest || (durable?.segment === sequence && durable.length > bytes.length)) {
      throw new LogDamage(`the header of ${path} is damaged`);
    }
    fs.unlinkSync(path);
    return undefined;
  }
  const end = wholeBatchesEnd(path, bytes, sequence, newest, durable);
  if (end < bytes.length) fs.ftruncateSync(fd, end);
  // After a killed process bytes may be in memory only; from now on they are relied on.
  if (newest) fs.fsyncSync(fd);
  return {
    fd,
    length: end,
    previousLength: previousLength(bytes),
    cutBytes: bytes.length - end,
    records: recordsIn(path, bytes, sequence, end),
  };
}

/** Where the last whole batch ends. Throws when what follows can't be the torn last batch. */
function wholeBatchesEnd(
  path: string,
  bytes: Buffer,
  sequence: number,
  newest: boolean,
  durable: DurableLength | undefined,
): number {
  let at = SEGMENT_HEADER_BYTES;
  while (at < bytes.length) {
    const next = batchEnd(bytes, at, sequence);
    if (next === undefined) break;
    at = next;
  }
  if (at === bytes.length) return at;
  if (!newest)
    throw new LogDamage(`${path} is damaged at byte ${at}; only the newest segment can end in a torn write`);
  if (durable?.segment === sequence && durable.length > at) {
    throw new LogDamage(`${path} is damaged at byte ${at}, but was durable up to byte ${durable.length}`);
  }
  if (laterBatchExists(bytes, at + 1, sequence)) {
    throw new LogDamage(`${path} is damaged at byte ${at}, before batches that were written later`);
  }
  return at;
}

/** Where the batch at `offset` ends; undefined when it is not whole. */
function batchEnd(bytes: Buffer, offset: number, sequence: number): number | undefined {
  const header = readBatchHeader(bytes, offset, sequence);
  if (header === undefined) return undefined;
  let at = offset + BATCH_HEADER_BYTES;
  const end = at + header.bodyBytes;
  for (let record = 0; record < header.records; record++) {
    const length = checkRecord(bytes, at, Math.min(end, bytes.length));
    if (length === undefined) return undefined;
    at += length;
  }
  return at === end ? end : undefined;
}

function* recordsIn(
  path: string,
  bytes: Buffer,
  sequence: number,
  end: number,
): Iterable<{ readonly record: LogRecord; readonly place: RecordPlace }> {
  let at = SEGMENT_HEADER_BYTES;
  while (at < end) {
    const header = readBatchHeader(bytes, at, sequence)!;
    at += BATCH_HEADER_BYTES;
    for (let count = 0; count < header.records; count++) {
      const length = checkRecord(bytes, at, end)!;
      yield { record: decode(path, bytes, at, length), place: { segment: sequence, offset: at, length } };
      at += length;
    }
  }
}

function decode(path: string, bytes: Buffer, offset: number, length: number): LogRecord {
  try {
    return decodeRecord(bytes, offset, length);
  } catch (error) {
    throw new LogDamage(`${path} holds at byte ${offset} what can't be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function replayRecord(
  groups: Map<GroupId, ReplayedGroup>,
  record: Exclude<LogRecord, { type: 'oldest' }>,
  place: RecordPlace,
): void {
  if (record.type === 'removed') {
    groups.delete(record.group);
    return;
  }
  let group = groups.get(record.group);
  if (group === undefined) {
    group = { entries: new Map(), last: 0 };
    groups.set(record.group, group);
  }
  if (record.type === 'hardState') group.hardState = { value: record.hardState, place };
  else if (record.type === 'mark') replayMark(group, record.mark, record.keepLater, place);
  else replayEntry(group, record.entry, record.moved, place);
}

function replayEntry(group: ReplayedGroup, entry: Entry, moved: boolean, place: RecordPlace): void {
  if (!moved) {
    for (let index = entry.index + 1; index <= group.last; index++) group.entries.delete(index);
    group.last = entry.index;
  }
  group.last = Math.max(group.last, entry.index);
  group.entries.set(entry.index, { term: entry.term, place });
}

function replayMark(group: ReplayedGroup, mark: SnapshotMark, keepLater: boolean, place: RecordPlace): void {
  const older = keepLater && group.mark !== undefined && mark.index < group.mark.value.index;
  if (older) return;
  group.mark = { value: mark, place };
  for (const index of group.entries.keys()) {
    if (!keepLater || index <= mark.index) group.entries.delete(index);
  }
  group.last = keepLater ? Math.max(group.last, mark.index) : mark.index;
}

function checkGroup(id: GroupId, group: ReplayedGroup): void {
  const first = (group.mark?.value.index ?? 0) + 1;
  for (let index = first; index <= group.last; index++) {
    if (!group.entries.has(index))
      throw new LogDamage(`entry ${index} of group ${id} is missing from the log`);
  }
  const expected = Math.max(0, group.last - first + 1);
  if (group.entries.size !== expected)
    throw new LogDamage(`group ${id} has entries before its snapshot mark`);
}

function checkExtent(files: SegmentFiles, oldestNeeded: number, durable: DurableLength | undefined): void {
  if (files.count === 0) {
    if (durable !== undefined)
      throw new LogDamage('the log was durable once, and all its segments are missing');
    return;
  }
  const firstNeeded = Math.max(oldestNeeded, 1);
  if (files.oldest.sequence > firstNeeded) {
    throw new LogDamage(`log segment ${files.oldest.sequence - 1} is missing`);
  }
  if (durable === undefined) return;
  const { active } = files;
  const short = active.sequence === durable.segment && active.length < durable.length;
  if (active.sequence < durable.segment || short) {
    throw new LogDamage(
      `the log ends in segment ${active.sequence} at byte ${active.length}, but was durable up to byte ${durable.length} of segment ${durable.segment}`,
    );
  }
}

function removeUnneeded(folder: string, files: SegmentFiles, oldestNeeded: number): void {
  if (files.count === 0) return;
  const kept = Math.min(oldestNeeded, files.active.sequence);
  void files.dropBefore(kept);
  for (const sequence of listSegments(folder)) {
    if (sequence < files.oldest.sequence) fs.rmSync(segmentPath(folder, sequence), { force: true });
  }
  syncFolderSync(folder);
}
