/**
 * Records that wait for one flush, with those who wait for it.
 *
 * It also answers how a group's log will end once the batch is durable, so that later writes can be checked against
 * it.
 */
import type { GroupId } from '@crescendo/store';
import type { BatchWriter, LogRecord } from './log-record.ts';

export interface PlacedRecord {
  readonly record: LogRecord;
  /** Relative to the batch's start. */
  readonly offset: number;
  readonly length: number;
}

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

export class PendingBatch {
  readonly writer: BatchWriter;
  records: PlacedRecord[] = [];
  waiters: Waiter[] = [];
  readonly #last = new Map<GroupId, number>();

  constructor(writer: BatchWriter) {
    this.writer = writer;
  }

  get isEmpty(): boolean {
    return this.writer.records === 0 && this.waiters.length === 0;
  }

  put(record: LogRecord): void {
    const place = this.writer.append(record);
    this.records.push({ record, ...place });
    if (record.type === 'entry' && !record.moved) this.#last.set(record.group, record.entry.index);
    if (record.type === 'mark' && !record.keepLater) this.#last.set(record.group, record.mark.index);
    if (record.type === 'removed') this.#last.delete(record.group);
  }

  /** Index of the group's last entry after this batch; undefined when the batch does not change it. */
  last(id: GroupId): number | undefined {
    return this.#last.get(id);
  }

  /** Term at the index after this batch; undefined when the batch says nothing about it, `gone` when it removes it. */
  term(id: GroupId, index: number): number | 'gone' | undefined {
    for (const { record } of this.records.toReversed()) {
      if (record.type === 'oldest' || record.group !== id) continue;
      if (record.type === 'removed') return 'gone';
      if (record.type === 'entry' && !record.moved) {
        if (record.entry.index === index) return record.entry.term;
        if (record.entry.index < index) return 'gone';
      }
      if (record.type === 'mark') {
        if (record.mark.index === index) return record.mark.term;
        if (record.mark.index > index || !record.keepLater) return 'gone';
      }
    }
    return undefined;
  }

  /** The group was removed: its records are written, but must not be shown. */
  forget(id: GroupId): void {
    this.records = this.records.filter(({ record }) => record.type === 'oldest' || record.group !== id);
    this.#last.delete(id);
  }

  /** Answers those who wait. */
  settle(failure: Error | undefined): void {
    for (const waiter of this.waiters.splice(0)) {
      if (failure === undefined) waiter.resolve();
      else waiter.reject(failure);
    }
  }

  /** Empties the batch for its next use, keeping the writer's memory. */
  reuse(): this {
    this.records = [];
    this.#last.clear();
    this.writer.clear();
    return this;
  }
}
