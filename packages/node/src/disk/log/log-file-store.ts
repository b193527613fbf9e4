/**
 * The logs of all groups of a node in shared segment files, with group commit.
 *
 * Knows nothing about raft's rules. Invariants:
 * (L1) One batch is written at a time, and the next one only after the flush of the one before: batches are durable in the
 *      order of the calls.
 * (L2) Readers see a record only after the flush of its batch. `compact` and `remove` only take away, so they show at once.
 * (L3) After a failed write or flush nothing is known about what the disk holds: the store refuses everything from then on.
 */
import { join } from 'node:path';
import { Failure, invariant, messageOf } from '@crescendo/base';
import type { Entry, SnapshotMark } from '@crescendo/raft';
import type { GroupId, GroupLog, LogStore, LogWrite } from '@crescendo/store';
import { makeFolderSync, syncData, writeFully, writeFullySync } from '../durable-file.ts';
import { DurableMark } from './durable-mark.ts';
import { EntryCache } from './entry-cache.ts';
import { GroupIndex, type RecordPlace, SegmentLedger } from './group-index.ts';
import { LogCollector } from './log-collector.ts';
import { BatchWriter, checkRecord, decodeRecord, type LogRecord } from './log-record.ts';
import { LogDamage, type Replay, replaySegments } from './log-recovery.ts';
import { PendingBatch } from './pending-batch.ts';
import { SEGMENT_HEADER_BYTES, SegmentFiles } from './segment-files.ts';

export interface LogFileOptions {
  /** Folder of the segment files; created when missing. */
  readonly folder: string;
  /** The node has had a log here: an empty folder is damage then. */
  readonly expected?: boolean;
  /** A segment is closed when the next batch would make it longer. Default 64 MiB. */
  readonly segmentBytes?: number;
  /** Decoded entries kept in memory, for followers that are a little behind; older ones are read from the file. Default 8 MiB. */
  readonly cacheBytes?: number;
  /** Makes a file's bytes durable; tests replace it. Default fdatasync. */
  readonly sync?: (fd: number) => Promise<void>;
}

export type LogOpening =
  | { readonly ok: true; readonly log: LogFileStore; readonly cutBytes: number }
  /** The caller must give up the node's identity: see `reason`. Nothing was changed. */
  | { readonly ok: false; readonly reason: string };

export type LogFailureCode = 'LogFailed' | 'LogClosed';

/** Batches up to this size are written on the main thread: it costs less than the way to another one. */
const SYNC_WRITE_BYTES = 128 * 1024;

export function openLog(options: LogFileOptions): LogOpening {
  makeFolderSync(options.folder);
  const files = new SegmentFiles(options.folder);
  const mark = new DurableMark(join(options.folder, 'durable'));
  try {
    const durable = mark.read();
    const replay = replaySegments(options.folder, files, durable);
    if (files.count === 0) {
      if (options.expected === true)
        throw new LogDamage(`${options.folder} holds no log, and this node has had one`);
      files.create(1);
    }
    return { ok: true, log: new LogFileStore(options, files, mark, replay), cutBytes: replay.cutBytes };
  } catch (error) {
    files.close();
    mark.close();
    if (error instanceof LogDamage) return { ok: false, reason: error.message };
    throw error;
  }
}

export class LogFileStore implements LogStore {
  readonly #segmentBytes: number;
  readonly #sync: (fd: number) => Promise<void>;
  readonly #files: SegmentFiles;
  readonly #mark: DurableMark;
  readonly #groups = new Map<GroupId, GroupIndex>();
  readonly #ledger = new SegmentLedger();
  readonly #cache: EntryCache;
  readonly #collector: LogCollector;
  #filling: PendingBatch;
  #spare: PendingBatch;
  #flushing: PendingBatch | undefined;
  #running = false;
  #loop: Promise<void> = Promise.resolve();
  #failure: Failure<LogFailureCode> | undefined;
  #drops: Promise<void> = Promise.resolve();
  #closing = false;

  /** Use `openLog`. */
  constructor(options: LogFileOptions, files: SegmentFiles, mark: DurableMark, replay: Replay) {
    this.#segmentBytes = options.segmentBytes ?? 64 * 2 ** 20;
    this.#sync = options.sync ?? syncData;
    this.#files = files;
    this.#mark = mark;
    this.#cache = new EntryCache(options.cacheBytes ?? 8 * 2 ** 20);
    this.#filling = new PendingBatch(new BatchWriter());
    this.#spare = new PendingBatch(new BatchWriter());
    this.#collector = new LogCollector({
      files,
      ledger: this.#ledger,
      groups: this.#groups,
      segmentBytes: this.#segmentBytes,
      stepBytes: 2 ** 20,
    });
    this.#restore(replay);
    mark.write(files.active.sequence, files.active.length);
  }

  groups(): Iterable<GroupId> {
    return this.#groups.keys();
  }

  group(id: GroupId): GroupLog | undefined {
    return this.#groups.get(id);
  }

  write(writes: readonly LogWrite[]): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#closing)
      return Promise.reject(new Failure('LogClosed', 'the log is closed; the node is stopping'));
    for (const write of writes) this.#stage(write);
    return new Promise((resolve, reject) => {
      this.#filling.waiters.push({ resolve, reject });
      this.#run();
    });
  }

  compact(id: GroupId, mark: SnapshotMark): void {
    const group = this.#groups.get(id);
    if (group === undefined || mark.index < group.firstIndex()) return;
    invariant(
      mark.index <= group.lastIndex(),
      `group ${id} can't be compacted up to ${mark.index}: its log ends at ${group.lastIndex()}`,
    );
    this.#put({ type: 'mark', group: id, mark, keepLater: true });
    group.setSnapshot(mark, true);
  }

  remove(id: GroupId): void {
    if (!this.#groups.has(id) && this.#stagedLast(id) === undefined) return;
    this.#put({ type: 'removed', group: id });
    this.#forget(id);
    // What is on its way to the disk for this group must not bring it back.
    this.#flushing?.forget(id);
    this.#filling.forget(id);
  }

  bytes(): number {
    return this.#files.bytes();
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#failure === undefined) this.#run();
    await this.#loop;
    this.#failure ??= new Failure('LogClosed', 'the log is closed; the node is stopping');
    await this.#drops;
    this.#files.close();
    this.#mark.close();
  }

  /** Encodes one group's part; checks all of it first, so that a caller's mistake leaves nothing behind. */
  #stage(write: LogWrite): void {
    const { group, hardState, snapshot, entries } = write;
    const last = this.#stagedLast(group) ?? 0;
    const keepLater = snapshot !== undefined && this.#stagedTerm(group, snapshot.index) === snapshot.term;
    const first = snapshot?.index ?? this.#groups.get(group)?.snapshot.index ?? 0;
    checkEntries(group, entries ?? [], first, snapshot === undefined || keepLater ? last : snapshot.index);
    if (hardState !== undefined) this.#put({ type: 'hardState', group, hardState });
    if (snapshot !== undefined) this.#put({ type: 'mark', group, mark: snapshot, keepLater });
    for (const entry of entries ?? []) this.#put({ type: 'entry', group, entry, moved: false });
  }

  #put(record: LogRecord): void {
    this.#filling.put(record);
  }

  /** Last index of the group once everything that waits is durable. */
  #stagedLast(id: GroupId): number | undefined {
    return this.#filling.last(id) ?? this.#flushing?.last(id) ?? this.#groups.get(id)?.lastIndex();
  }

  /** Term at the index once everything that waits is durable; undefined when that is not known. */
  #stagedTerm(id: GroupId, index: number): number | undefined {
    for (const batch of [this.#filling, this.#flushing]) {
      const found = batch?.term(id, index);
      if (found !== undefined) return found === 'gone' ? undefined : found;
    }
    const group = this.#groups.get(id);
    return group !== undefined && index <= group.lastIndex() ? group.term(index) : undefined;
  }

  #run(): void {
    if (this.#running) return;
    this.#running = true;
    this.#loop = this.#flushAll();
  }

  async #flushAll(): Promise<void> {
    // Writes of the same turn join the batch.
    await undefined;
    while (this.#failure === undefined) {
      const step = this.#collector.plan();
      if (step.kind === 'move') await this.#commit(this.#copies(step.records));
      if (this.#filling.isEmpty && step.kind !== 'drop') {
        if (step.kind !== 'none') continue;
        // In the same turn as the look at what waits: a write that comes next starts the loop anew.
        this.#running = false;
        return;
      }
      if (step.kind === 'drop') this.#put({ type: 'oldest', segment: step.oldest });
      const batch = this.#filling;
      this.#filling = this.#spare.reuse();
      await this.#commit(batch);
      this.#spare = batch;
      if (step.kind === 'drop' && this.#failure === undefined) this.#drop(step.oldest);
    }
    this.#running = false;
    this.#filling.settle(this.#failure);
  }

  #copies(records: readonly LogRecord[]): PendingBatch {
    const batch = new PendingBatch(new BatchWriter());
    for (const record of records) batch.put(record);
    return batch;
  }

  /** Makes one batch durable, shows it to readers and answers those who wait. */
  async #commit(batch: PendingBatch): Promise<void> {
    this.#flushing = batch;
    try {
      if (batch.writer.records > 0) await this.#flush(batch);
    } catch (error) {
      this.#failure = new Failure(
        'LogFailed',
        `writing the log failed (${messageOf(error)}); nothing more is written, restart the node when the disk is sound and has room`,
        { cause: error },
      );
    }
    this.#flushing = undefined;
    batch.settle(this.#failure);
  }

  async #flush(batch: PendingBatch): Promise<void> {
    const length = batch.writer.byteLength;
    let { active } = this.#files;
    if (active.length > SEGMENT_HEADER_BYTES && active.length + length > this.#segmentBytes) {
      active = this.#files.create(active.sequence + 1);
    }
    const start = active.length;
    const bytes = batch.writer.finish(active.sequence, start);
    if (length <= SYNC_WRITE_BYTES) writeFullySync(active.fd, bytes, start);
    else await writeFully(active.fd, bytes, start);
    await this.#sync(active.fd);
    active.length = start + length;
    this.#mark.write(active.sequence, active.length);
    for (const { record, offset, length: bytesOfRecord } of batch.records) {
      this.#show(record, { segment: active.sequence, offset: start + offset, length: bytesOfRecord });
    }
  }

  /** (L2) */
  #show(record: LogRecord, place: RecordPlace): void {
    if (record.type === 'oldest' || record.type === 'removed') return;
    if (record.type === 'entry' && record.moved) {
      this.#groups.get(record.group)?.move(record.entry.index, record.entry.term, place);
      return;
    }
    const group = this.#groups.get(record.group) ?? this.#create(record.group);
    if (record.type === 'hardState') group.setHardState(record.hardState, place);
    else if (record.type === 'mark') group.setSnapshot(record.mark, record.keepLater, place);
    else group.append(record.entry, place);
  }

  #drop(oldest: number): void {
    const first = this.#files.oldest.sequence;
    for (let sequence = first; sequence < oldest; sequence++) this.#ledger.forget(sequence);
    this.#drops = Promise.all([this.#drops, this.#files.dropBefore(oldest)]).then(() => undefined);
  }

  #create(id: GroupId): GroupIndex {
    const load = (place: RecordPlace): Entry => this.#load(id, place);
    const group = new GroupIndex({ id, ledger: this.#ledger, cache: this.#cache, load });
    this.#groups.set(id, group);
    return group;
  }

  #forget(id: GroupId): void {
    this.#groups.get(id)?.discard();
    this.#groups.delete(id);
  }

  #load(id: GroupId, place: RecordPlace): Entry {
    const bytes = this.#files.read(place.segment, place.offset, place.length);
    const whole = checkRecord(bytes, 0, bytes.length) === place.length;
    const record = whole ? decodeRecord(bytes, 0, place.length) : undefined;
    if (record?.type === 'entry') return record.entry;
    this.#failure ??= new Failure(
      'LogFailed',
      `the log of group ${id} is damaged in segment ${place.segment} at byte ${place.offset}; restart the node, it comes back under a new identity`,
    );
    throw this.#failure;
  }

  #restore(replay: Replay): void {
    for (const [id, replayed] of replay.groups) {
      const group = this.#create(id);
      if (replayed.hardState !== undefined)
        group.setHardState(replayed.hardState.value, replayed.hardState.place);
      if (replayed.mark !== undefined) group.setSnapshot(replayed.mark.value, false, replayed.mark.place);
      for (let index = group.firstIndex(); index <= replayed.last; index++) {
        const entry = replayed.entries.get(index)!;
        group.restore(index, entry.term, entry.place);
      }
    }
  }
}

function checkEntries(group: GroupId, entries: readonly Entry[], first: number, last: number): void {
  let next = last + 1;
  for (const { index } of entries) {
    invariant(
      index > first && index <= next,
      `entry ${index} of group ${group} does not fit: the log holds ${first + 1}..${next - 1}`,
    );
    next = index + 1;
  }
}
