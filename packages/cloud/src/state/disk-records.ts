/**
 * The cloud's records: all of them in memory, each change on its way to the disk.
 *
 * It does not know what records mean, nor how the database keeps them.
 *
 * (S1) Changes are collected and leave as one batch at the end of the turn, so one turn is one transaction (D1).
 * (S2) One batch at a time is under way; the next one collects until it is done. A later batch is never on disk without an earlier.
 * (S3) After a failed batch nothing is accepted (D5): memory is ahead of the disk then, and only a new start can bring them together.
 */
import { Failure, messageOf } from '@crescendo/base';
import type { Records, RecordTable } from '../contract/records.ts';
import { MAX_KEY_BYTES, type RecordDatabase } from './record-database.ts';
import { SortedTable } from './sorted-table.ts';
import { encodeRecord } from './stored-record.ts';

export type RecordsFailureCode =
  | 'RecordsFailed'
  | 'RecordsClosed'
  | 'RecordsDamaged'
  | 'RecordsNewer'
  | 'FolderInUse'
  | 'FolderUnusable';

interface Batch {
  readonly changes: Map<string, Buffer | null>;
  readonly done: PromiseWithResolvers<void>;
}

export class DiskRecords implements Records {
  readonly #database: RecordDatabase;
  readonly #release: () => void;
  readonly #onFailure: (failure: Failure) => void;
  readonly #tables = new Map<string, SortedTable<unknown>>();
  /** What the database held at the start, until its table is asked for. */
  readonly #found: Map<string, Map<string, unknown>>;
  #collecting = newBatch();
  #underWay: Batch | undefined;
  #failure: Failure<RecordsFailureCode> | undefined;
  #closing: Promise<void> | undefined;

  /** Use `openRecords`. */
  constructor(
    database: RecordDatabase,
    found: Map<string, Map<string, unknown>>,
    release: () => void,
    onFailure: (failure: Failure) => void,
  ) {
    this.#database = database;
    this.#found = found;
    this.#release = release;
    this.#onFailure = onFailure;
  }

  table<Value>(name: string): RecordTable<Value> {
    let table = this.#tables.get(name);
    if (table === undefined) {
      assertTableName(name);
      const onChange = (key: string, value: unknown): void => this.#change(name, key, value);
      table = new SortedTable<unknown>(onChange, this.#found.get(name));
      this.#found.delete(name);
      this.#tables.set(name, table);
    }
    return table as SortedTable<unknown> as SortedTable<Value>;
  }

  async durable(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#collecting.changes.size > 0) await this.#collecting.done.promise;
    else await this.#underWay?.done.promise;
  }

  /** Writes what waits, and lets go of the folder. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.durable();
    } finally {
      this.#failure ??= new Failure('RecordsClosed', 'the records are closed; the cloud is stopping');
      await this.#database.close();
      this.#release();
    }
  }

  #change(table: string, key: string, value: unknown): void {
    if (this.#failure !== undefined) throw this.#failure;
    const full = `${table}\0${key}`;
    const bytes = Buffer.from(full);
    if (bytes.length > MAX_KEY_BYTES) {
      throw new RangeError(
        `a key of ${bytes.length} bytes in ${table}; at most ${MAX_KEY_BYTES} are allowed, the table's name included`,
      );
    }
    this.#collecting.changes.set(full, value === undefined ? null : encodeRecord(bytes, value));
    // (S1)
    if (this.#collecting.changes.size === 1 && this.#underWay === undefined) setImmediate(() => this.#send());
  }

  #send(): void {
    if (this.#underWay !== undefined || this.#collecting.changes.size === 0) return;
    const batch = this.#collecting;
    this.#collecting = newBatch();
    this.#underWay = batch;
    this.#database.write(batch.changes).then(
      () => {
        this.#underWay = undefined;
        batch.done.resolve();
        // (S2): not at once, since the promise may settle within a turn that is still writing.
        if (this.#collecting.changes.size > 0) setImmediate(() => this.#send());
      },
      (error: unknown) => this.#fail(batch, error),
    );
  }

  /** (S3) */
  #fail(batch: Batch, error: unknown): void {
    this.#failure = new Failure(
      'RecordsFailed',
      `the cloud's records can't be written (${messageOf(error)}): nothing more is accepted; make room or mend the disk, then start the cloud again`,
      { cause: error },
    );
    this.#underWay = undefined;
    batch.done.reject(this.#failure);
    this.#collecting.done.reject(this.#failure);
    this.#onFailure(this.#failure);
  }
}

function newBatch(): Batch {
  const done = Promise.withResolvers<void>();
  // Nobody may be waiting for it: the failure is kept and told to the next caller.
  done.promise.catch(() => undefined);
  return { changes: new Map(), done };
}

function assertTableName(name: string): void {
  if (/^[a-z0-9-]+\/[a-z0-9-]+$/.test(name)) return;
  throw new RangeError(`${JSON.stringify(name)} is no name of a table: service/kind, in small letters`);
}
