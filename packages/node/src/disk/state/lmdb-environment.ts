/**
 * The one place that knows lmdb: options, pages of rows, batches and syncs, with its traps handled.
 *
 * How durability works (read in lmdb-js 3.5's sources and seen with strace): the environment is opened with
 * `overlappingSync`. A batch is written by lmdb's own thread and becomes visible when its transaction is committed, before it
 * is flushed; a second meta record in the first page names the newest transaction that *was* flushed, and pages that this one
 * needs are not used again before a newer one is flushed. When the machine comes back from a crash (another boot id) lmdb opens
 * the flushed one; after a mere process crash the newest committed one. So what is found is always the state
 * after some earlier batch. A synchronous transaction would give the same, but flushes on the caller's thread.
 *
 * After a failed commit or sync (`ulimit -f`, in the crash tests) lmdb-js waits in `close` for the flush of a transaction that never was,
 * and without end; an empty transaction that succeeds takes its place. A disk that refuses this one too keeps the environment open:
 * the end of the process closes it.
 *
 * Such a failure can also end the process with SIGABRT, mostly while it exits: lmdb-js 3.5.6 prints its reason (`mdb.c`, "Attempting to
 * write page"), up to 110 characters, into 100 bytes of heap. Nothing here can prevent that, and nothing is lost by it: what was
 * acknowledged is in the log.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase, type RootDatabaseOptionsWithPath, type Transaction } from 'lmdb';
import { commitFailure } from './commit-failure.ts';
import { keyBytes, keyText } from './key-space.ts';
import type { PageReader, Row } from './merged-range.ts';
import { decodeStored } from './stored-value.ts';
import type { WriteLayer } from './write-layer.ts';

type Database = RootDatabase<Buffer, Uint8Array> & { sync(callback: (error?: unknown) => void): void };

/** A closing environment whose commits have failed waits for lmdb only so long. */
const CLOSE_PATIENCE_MS = 5_000;

/** Options that lmdb's types leave out. */
interface FreeSpaceOptions {
  readonly maxFreeSpaceToLoad: number;
  readonly maxFreeSpaceToRetain: number;
}

/** A value whose checksum does not fit. */
export class StoredValueDamage extends Error {
  override readonly name = 'StoredValueDamage';
}

export class LmdbEnvironment {
  readonly #path: string;
  readonly #database: Database;
  readonly #syncs = new Set<Promise<void>>();
  #closing = false;
  #failed = false;

  constructor(folder: string) {
    this.#path = join(folder, 'data.mdb');
    const options: RootDatabaseOptionsWithPath & FreeSpaceOptions = {
      path: folder,
      noSubdir: false,
      encoding: 'binary',
      keyEncoding: 'binary',
      cache: false,
      maxDbs: 1,
      overlappingSync: true,
      // A batch is a transaction by itself. lmdb-js's own batches around it make a promise that nobody gets, and when the commit fails its
      // rejection would end the process.
      eventTurnBatching: false,
      // The map grows by itself; it starts large enough that it seldom has to.
      mapSize: 256 * 2 ** 20,
      remapChunks: false,
      // The list of free pages is read and written in every transaction; after a burst the default makes each one take 13 ms.
      maxFreeSpaceToLoad: 5000,
      maxFreeSpaceToRetain: 10_000,
    };
    this.#database = open<Buffer, Uint8Array>(options) as Database;
  }

  get(key: Buffer, transaction?: Transaction): Buffer | undefined {
    const stored = this.#database.get(key, transaction === undefined ? undefined : { transaction });
    return stored === undefined ? undefined : checked(key, stored);
  }

  pages(transaction?: Transaction): PageReader {
    return ({ from, exclusive, to, reverse, limit }) => {
      const options = { start: keyBytes(from), end: keyBytes(to), exclusiveStart: exclusive, limit, reverse };
      const inclusive = reverse ? { ...options, inclusiveEnd: true } : options;
      const page: Row[] = [];
      for (const { key, value } of this.#database.getRange(
        transaction ? { ...inclusive, transaction } : inclusive,
      )) {
        const bytes = Buffer.from(key.buffer, key.byteOffset, key.length);
        page.push({ key: bytes, value: checked(bytes, value) });
      }
      return page;
    };
  }

  /** Writes the layers, oldest first, as one transaction; resolves when it is committed and the next read sees it. Fails with lmdb's reason. */
  async write(layers: readonly WriteLayer[]): Promise<void> {
    try {
      await this.#batch(layers);
    } catch (error) {
      this.#failed = true;
      throw await commitFailure(error);
    }
    this.#database.resetReadTxn();
  }

  #batch(layers: readonly WriteLayer[]): Promise<boolean> {
    const database = this.#database;
    return database.batch(() => {
      for (const layer of layers) {
        for (const text of layer.sortedKeys()) {
          const value = layer.get(text);
          // The promises of single operations settle with the batch's.
          if (value === null) void database.remove(keyBytes(text));
          else if (value !== undefined) void database.put(keyBytes(text), value);
        }
      }
    });
  }

  /** Resolves when every committed batch is on the disk. */
  async sync(): Promise<void> {
    if (this.#closing) throw new Error('the database is closed');
    const sync = new Promise<void>((resolve, reject) => {
      this.#database.sync((error) => (error === undefined || error === null ? resolve() : reject(error)));
    });
    this.#syncs.add(sync);
    try {
      await sync;
    } catch (error) {
      this.#failed = true;
      throw error;
    } finally {
      this.#syncs.delete(sync);
    }
  }

  /** A read transaction that stays at this moment; `done` must be called. */
  readTransaction(): Transaction {
    return this.#database.useReadTransaction();
  }

  bytes(): number {
    return fs.statSync(this.#path).size;
  }

  /** True when the file is shorter than the pages in use: it was cut, or the last pages were never needed. */
  isShort(): boolean {
    const { lastPageNumber, pageSize } = this.stats();
    return this.bytes() < (lastPageNumber + 1) * pageSize;
  }

  stats(): { readonly pageSize: number; readonly lastPageNumber: number; readonly entryCount: number } {
    return this.#database.getStats() as { pageSize: number; lastPageNumber: number; entryCount: number };
  }

  /** A sync runs on a thread of lmdb's: closing under it would end the whole process. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.allSettled(this.#syncs);
    if (this.#failed) await this.#closeAfterFailure();
    else await this.#database.close();
  }

  async #closeAfterFailure(): Promise<void> {
    const closed = this.#batch([])
      .catch(commitFailure)
      .then(() => this.#database.close());
    const timer = Promise.withResolvers<void>();
    const patience = setTimeout(timer.resolve, CLOSE_PATIENCE_MS);
    await Promise.race([closed, timer.promise]).finally(() => clearTimeout(patience));
  }
}

function checked(key: Buffer, stored: Buffer): Buffer {
  const value = decodeStored(key, stored);
  if (value === undefined)
    throw new StoredValueDamage(`the value of key ${JSON.stringify(keyText(key))} is damaged`);
  return value;
}
