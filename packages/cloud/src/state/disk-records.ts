/**
 * The cloud's records: all of them in memory, each change on its way to the disk.
 *
 * It does not know what records mean, nor how the database keeps them.
 */
import type { Failure } from '@crescendo/base';
import type { Records, RecordTable } from '../contract/records.ts';
import { CommitQueue } from './commit-queue.ts';
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

export class DiskRecords implements Records {
  readonly #database: RecordDatabase;
  readonly #release: () => void;
  readonly #queue: CommitQueue;
  readonly #tables = new Map<string, SortedTable<unknown>>();
  /** What the database held at the start, until its table is asked for. */
  readonly #found: Map<string, Map<string, unknown>>;
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
    const write = database.write.bind(database);
    this.#queue = new CommitQueue({ kind: 'Records', what: "the cloud's records", write, onFailure });
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

  durable(): Promise<void> {
    return this.#queue.durable();
  }

  /** Writes what waits, and lets go of the folder. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#queue.close();
    } finally {
      await this.#database.close();
      this.#release();
    }
  }

  #change(table: string, key: string, value: unknown): void {
    this.#queue.refuse();
    const full = `${table}\0${key}`;
    const bytes = Buffer.from(full);
    if (bytes.length > MAX_KEY_BYTES) {
      throw new RangeError(
        `a key of ${bytes.length} bytes in ${table}; at most ${MAX_KEY_BYTES} are allowed, the table's name included`,
      );
    }
    this.#queue.add(full, value === undefined ? null : encodeRecord(bytes, value));
  }
}

function assertTableName(name: string): void {
  if (/^[a-z0-9-]+\/[a-z0-9-]+$/.test(name)) return;
  throw new RangeError(`${JSON.stringify(name)} is no name of a table: service/kind, in small letters`);
}
