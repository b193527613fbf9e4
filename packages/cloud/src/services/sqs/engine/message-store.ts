/**
 * The messages of all queues: the log on disk and an index of each queue in memory. It decides nothing: which messages are taken, moved or
 * dropped is said by whoever appends.
 *
 * (M1) A message is in its queue's index once it is on disk, so what can be received was never promised too early.
 * (M2) Other changes are made in memory by whoever appends their records, in the same turn.
 * (M3) The oldest segment is dropped once what is alive in it has been written again and is on disk there.
 */
import { invariant } from '@crescendo/base';
import { LoadingQueue } from '../index/loading-queue.ts';
import { NONE } from '../index/message-table.ts';
import { QueueIndex } from '../index/queue-index.ts';
import { decodeLogRecord, encodeLogRecord, type LogRecord } from '../log/log-record.ts';
import { MessageLog, type MessageLogOptions, type Place } from '../log/message-log.ts';
import { Notes } from './notes.ts';

export interface StoredQueue {
  readonly number: number;
  readonly isFifo: boolean;
}

export interface MessageStoreOptions extends MessageLogOptions {
  readonly folder: string;
  /** Those that exist; what the log has of others is left out. */
  readonly queues: Iterable<StoredQueue>;
  readonly nowMs: () => number;
  /** Told when messages have come into a queue. */
  readonly onArrival: (queue: number) => void;
  /** More garbage than this is collected, once it is more than what is alive too. Default 128 MiB. */
  readonly spareBytes?: number;
}

const SPARE_BYTES = 128 * 2 ** 20;
const CLEANING_STEP_BYTES = 2 ** 20;

export class MessageStore {
  readonly notes = new Notes();
  readonly #options: MessageStoreOptions;
  readonly #indexes = new Map<number, QueueIndex>();
  /** Messages up to these numbers were purged; some may still be on their way to the disk. */
  readonly #purged = new Map<number, number>();
  readonly #log: MessageLog;
  #cleaning: Promise<void> | undefined;
  #looked: number | undefined;

  /** Fails with a `Failure` that says what to do. */
  constructor(options: MessageStoreOptions) {
    this.#options = options;
    const loading = new Map<number, LoadingQueue>();
    for (const { number, isFifo } of options.queues) loading.set(number, new LoadingQueue(isFifo));
    this.#log = new MessageLog(
      options.folder,
      (record, place) => {
        if (record.type === 'message') loading.get(record.state.queue)?.apply(record, place);
        else loading.get(record.queue)?.apply(record, place);
        if (record.type === 'note') this.#note(record, place);
      },
      options,
    );
    for (const [number, queue] of loading) this.#indexes.set(number, queue.toIndex());
  }

  index(queue: number): QueueIndex {
    const index = this.#indexes.get(queue);
    invariant(index !== undefined, `the queue ${queue} has an index`);
    return index;
  }

  addQueue({ number, isFifo }: StoredQueue): void {
    this.#indexes.set(number, new QueueIndex(isFifo));
  }

  /** Its messages become garbage. */
  dropQueue(queue: number): void {
    this.#indexes.delete(queue);
  }

  takeSeq(): number {
    return this.#log.takeSeq();
  }

  /** Of the message that was sent last. */
  get lastSeq(): number {
    return this.#log.lastSeq;
  }

  /** All or nothing (L1 of the log); `durable()` says when it is on disk. (M1, M2) */
  append(records: readonly LogRecord[]): void {
    this.#log.append(records.map(encodeLogRecord), (places) => this.#arrive(records, places));
    for (const record of records)
      if (record.type === 'note') this.notes.put(record.queue, record.key, record);
  }

  /** Everything that was sent to the queue before is gone. */
  purge(queue: number): void {
    const seq = this.#log.lastSeq;
    this.append([{ type: 'purged', queue, seq }]);
    this.#purged.set(queue, seq);
    const index = this.index(queue);
    for (const slot of [...index.table.slots()]) index.remove(slot);
  }

  durable(): Promise<void> {
    return this.#log.durable();
  }

  content(queue: number, slot: number): Buffer {
    const record = decodeLogRecord(this.#log.read(this.index(queue).table.place(slot)));
    invariant(record.type === 'message', 'the place of a message holds a message');
    return record.content;
  }

  async close(): Promise<void> {
    await this.#cleaning;
    await this.#log.close();
  }

  /** Resolves when no garbage is being collected. */
  async settled(): Promise<void> {
    await this.#cleaning;
  }

  #note(note: Extract<LogRecord, { readonly type: 'note' }>, place: Place): void {
    this.notes.put(note.queue, note.key, note);
    this.notes.setPlace(note.queue, note.key, note.expiresMs, place);
  }

  /** (M1) */
  #arrive(records: readonly LogRecord[], places: readonly Place[]): void {
    const queues = new Set<number>();
    for (const [i, record] of records.entries()) {
      const place = places[i]!;
      if (record.type === 'note') this.notes.setPlace(record.queue, record.key, record.expiresMs, place);
      if (record.type !== 'message') continue;
      const { queue, seq } = record.state;
      if (seq <= (this.#purged.get(queue) ?? 0)) continue;
      this.#indexes.get(queue)?.add(record.state, place);
      queues.add(queue);
    }
    this.#maybeClean();
    for (const queue of queues) if (this.#indexes.has(queue)) this.#options.onArrival(queue);
  }

  /** Looks once for each new segment. */
  #maybeClean(): void {
    if (this.#cleaning !== undefined || this.#looked === this.#log.newestSegment) return;
    this.#looked = this.#log.newestSegment;
    this.#cleaning = this.#clean()
      // The log has failed, which everybody is told who appends.
      .catch(() => undefined)
      .finally(() => {
        this.#cleaning = undefined;
      });
  }

  /** At most once round the log, so that it comes to an end whatever is alive. */
  async #clean(): Promise<void> {
    const last = this.#log.newestSegment;
    for (let segment = this.#log.oldestSegment; segment !== undefined && segment < last; ) {
      if (!this.#hasGarbage()) return;
      for (const [queue, index] of [...this.#indexes]) await this.#rewrite(segment, queue, index);
      this.notes.expire(this.#options.nowMs());
      for (const note of this.notes.inSegment(segment)) this.append([{ type: 'note', ...note }]);
      await this.durable();
      this.#log.dropOldest(); // (M3)
      segment = this.#log.oldestSegment;
    }
  }

  #hasGarbage(): boolean {
    let alive = this.notes.bytes;
    for (const index of this.#indexes.values()) alive += index.bytes;
    return this.#log.totalBytes > 2 * alive + (this.#options.spareBytes ?? SPARE_BYTES);
  }

  /** Messages of the segment are written again, as they are now. */
  async #rewrite(segment: number, queue: number, index: QueueIndex): Promise<void> {
    const { table } = index;
    const seqs = [...table.slots()]
      .filter((slot) => table.segment[slot] === segment)
      .map((slot) => table.seq[slot]!);
    let bytes = 0;
    for (const seq of seqs) {
      const slot = table.slotOf(seq);
      if (slot === NONE || this.#indexes.get(queue) !== index) continue;
      const state = table.state(slot, queue, index.groupOf(slot));
      const record = { type: 'message', state, content: this.content(queue, slot) } as const;
      this.#log.append([encodeLogRecord(record)], ([place]) => {
        const now = table.slotOf(seq);
        if (now !== NONE) index.move(now, place!);
      });
      bytes += record.content.length;
      if (bytes < CLEANING_STEP_BYTES) continue;
      bytes = 0;
      await this.durable();
    }
  }
}
