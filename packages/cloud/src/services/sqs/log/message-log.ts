/**
 * The log of all queues: append-only segments, each flush shared by all that wait for it. It does not know what a queue is.
 *
 * (L1) What is appended in one call is there as a whole or not at all after a crash.
 * (L2) Appends reach the disk in their order; one batch is under way at a time, the next collects.
 * (L3) `onDurable` of appends is called in their order, before any promise of theirs settles.
 * (L4) After a failed write or flush nothing is accepted: what is in memory may be ahead of the disk then.
 * (L5) Only the oldest segment is ever dropped, so a record never outlives an older one that it changes.
 */
import { closeSync, fdatasync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { Failure } from '@crescendo/base';
import { makeFolderSync } from '@crescendo/node/disk';
import { recordAt } from './log-record.ts';
import {
  damaged,
  failed,
  type LogReader,
  type MessageLogFailureCode,
  type Place,
  readLog,
} from './read-log.ts';
import { SegmentFiles } from './segment-files.ts';
import { BATCH_HEAD_BYTES, encodeBatchHead, SEGMENT_HEAD_BYTES } from './segment-format.ts';

export type { LogReader, Place } from './read-log.ts';

export interface MessageLogOptions {
  /** A new segment begins when the one in use has so many bytes. Default 64 MiB. */
  readonly segmentBytes?: number;
}

interface Append {
  readonly records: readonly Buffer[];
  readonly onDurable: ((places: readonly Place[]) => void) | undefined;
}

interface Batch {
  readonly appends: Append[];
  bytes: number;
  readonly done: PromiseWithResolvers<void>;
}

const SEGMENT_BYTES = 64 * 2 ** 20;
/** Writing as much as this to the page cache takes less than a trip to another thread. */
const SMALL_WRITE_BYTES = 128 * 1024;
const writeAsync = promisify(write);
const flush = promisify(fdatasync);

export class MessageLog {
  readonly #folder: string;
  readonly #files: SegmentFiles;
  readonly #segmentBytes: number;
  /** Segment -> bytes, oldest first; the last one is written to. */
  readonly #segments = new Map<number, number>();
  #descriptor: number;
  #segment: number;
  #offset: number;
  #nextSeq: number;
  #collecting = newBatch();
  #underWay: Batch | undefined;
  #failure: Failure<MessageLogFailureCode> | undefined;

  /** Gives every record to the reader, in order. Fails with a `Failure` that says what to do. */
  constructor(folder: string, reader: LogReader, { segmentBytes = SEGMENT_BYTES }: MessageLogOptions = {}) {
    makeFolderSync(folder);
    this.#folder = folder;
    this.#segmentBytes = segmentBytes;
    this.#files = new SegmentFiles(folder);
    const { segments, nextSeq } = readLog(folder, this.#files, reader);
    this.#nextSeq = nextSeq;
    for (const { segment, bytes } of segments) this.#segments.set(segment, bytes);
    const last = segments.at(-1);
    this.#segment = last?.segment ?? 1;
    this.#offset = last?.bytes ?? SEGMENT_HEAD_BYTES;
    this.#descriptor =
      last === undefined
        ? this.#files.create(this.#segment, nextSeq)
        : this.#files.openForWriting(this.#segment, this.#offset);
    this.#segments.set(this.#segment, this.#offset);
  }

  /** A number that no message had before. */
  takeSeq(): number {
    return this.#nextSeq++;
  }

  get lastSeq(): number {
    return this.#nextSeq - 1;
  }

  get totalBytes(): number {
    let bytes = 0;
    for (const length of this.#segments.values()) bytes += length;
    return bytes;
  }

  /** undefined while there is one segment only. */
  get oldestSegment(): number | undefined {
    return this.#segments.size > 1 ? this.#segments.keys().next().value : undefined;
  }

  get newestSegment(): number {
    return this.#segment;
  }

  /** Takes encoded records (L1); `durable()` says when they are on disk. */
  append(records: readonly Buffer[], onDurable?: (places: readonly Place[]) => void): void {
    if (this.#failure !== undefined) throw this.#failure;
    const batch = this.#collecting;
    batch.appends.push({ records, onDurable });
    for (const record of records) batch.bytes += record.length;
    if (batch.appends.length === 1 && this.#underWay === undefined) setImmediate(() => void this.#send());
  }

  /** Resolves when everything that was appended before is on disk; rejects when the disk refuses. */
  async durable(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#collecting.appends.length > 0) await this.#collecting.done.promise;
    else await this.#underWay?.done.promise;
  }

  /** The record's bytes as they were appended. */
  read({ segment, offset, bytes }: Place): Buffer {
    const found = this.#files.read(segment, offset, bytes);
    const record = recordAt(found, 0);
    if (record?.length === bytes) return record;
    throw damaged(this.#folder, `what lies at ${offset} in ${this.#files.path(segment)} can't be read`);
  }

  /** (L5) To be called when nothing in it is needed any more. */
  dropOldest(): void {
    const oldest = this.oldestSegment;
    if (oldest === undefined) return;
    this.#files.remove(oldest);
    this.#segments.delete(oldest);
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    try {
      await this.durable();
    } finally {
      this.#failure ??= new Failure('MessagesClosed', 'the queues are closed; the cloud is stopping');
      this.#files.close();
      closeSync(this.#descriptor);
    }
  }

  /** (L2) */
  async #send(): Promise<void> {
    if (this.#underWay !== undefined || this.#collecting.appends.length === 0) return;
    const batch = this.#collecting;
    this.#collecting = newBatch();
    this.#underWay = batch;
    try {
      await this.#write(batch);
    } catch (error) {
      this.#fail(batch, error);
      return;
    }
    this.#underWay = undefined;
    this.#tell(batch);
    batch.done.resolve();
    if (this.#collecting.appends.length > 0) setImmediate(() => void this.#send());
  }

  async #write(batch: Batch): Promise<void> {
    if (this.#offset >= this.#segmentBytes) this.#beginSegment();
    const head = encodeBatchHead(this.#segment, this.#offset, batch.bytes, this.#offset);
    const bytes = Buffer.concat([head, ...batch.appends.flatMap(({ records }) => records)]);
    for (let done = 0; done < bytes.length; ) {
      const place = [done, bytes.length - done, this.#offset + done] as const;
      done +=
        bytes.length <= SMALL_WRITE_BYTES
          ? writeSync(this.#descriptor, bytes, ...place)
          : (await writeAsync(this.#descriptor, bytes, ...place)).bytesWritten;
    }
    await flush(this.#descriptor);
  }

  #beginSegment(): void {
    closeSync(this.#descriptor);
    this.#segment += 1;
    this.#offset = SEGMENT_HEAD_BYTES;
    this.#descriptor = this.#files.create(this.#segment, this.#nextSeq);
    this.#segments.set(this.#segment, this.#offset);
  }

  /** (L3) */
  #tell(batch: Batch): void {
    const segment = this.#segment;
    let offset = this.#offset + BATCH_HEAD_BYTES;
    this.#offset = offset + batch.bytes;
    this.#segments.set(segment, this.#offset);
    for (const { records, onDurable } of batch.appends) {
      const places = records.map((record) => {
        const place = { segment, offset, bytes: record.length };
        offset += record.length;
        return place;
      });
      onDurable?.(places);
    }
  }

  /** (L4) */
  #fail(batch: Batch, error: unknown): void {
    this.#failure = failed(error);
    this.#underWay = undefined;
    batch.done.reject(this.#failure);
    this.#collecting.done.reject(this.#failure);
  }
}

function newBatch(): Batch {
  const done = Promise.withResolvers<void>();
  // Nobody may be waiting for it: the failure is kept and told to the next caller.
  done.promise.catch(() => undefined);
  return { appends: [], bytes: 0, done };
}
