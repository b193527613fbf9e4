/**
 * The one place of the cloud that knows lmdb.
 *
 * Commits are written and flushed by a thread of lmdb's before their promise resolves (`overlappingSync` off): the records of a
 * control plane change seldom, so there is nothing to gain from flushing later.
 */
import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { commitFailure } from '@crescendo/node/disk';
import { open, type RootDatabase } from 'lmdb';

/** Full key -> stored bytes; null removes. */
export type RecordBatch = ReadonlyMap<string, Buffer | null>;

export interface RecordDatabase {
  rows(): Iterable<{ readonly key: Buffer; readonly stored: Buffer }>;
  /** As the database counts them itself. */
  rowCount(): number;
  /** One transaction: all or nothing, on disk when it resolves. */
  write(batch: RecordBatch): Promise<void>;
  close(): Promise<void>;
}

/** Keys are made of this many bytes at most; lmdb's own limit is 1978. */
export const MAX_KEY_BYTES = 1900;

export function openRecordDatabase(folder: string): RecordDatabase {
  const database = open<Buffer, Buffer>({
    path: folder,
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    cache: false,
    maxDbs: 1,
    overlappingSync: false,
    // A batch is a transaction by itself; lmdb-js's own batches around it can leave a rejected promise that nobody gets.
    eventTurnBatching: false,
    mapSize: 64 * 2 ** 20,
  });
  extendCutFile(join(folder, 'data.mdb'), database);
  return {
    *rows() {
      for (const { key, value } of database.getRange()) {
        yield { key: Buffer.from(key), stored: Buffer.from(value) };
      }
    },
    rowCount: () => (database.getStats() as { entryCount: number }).entryCount,
    write: async (batch) => {
      const writing = database.batch(() => {
        for (const [key, stored] of batch) {
          const bytes = Buffer.from(key);
          // The promises of single operations settle with the batch's.
          if (stored === null) void database.remove(bytes);
          else void database.put(bytes, stored);
        }
      });
      try {
        await writing;
      } catch (error) {
        throw await commitFailure(error);
      }
    },
    close: () => database.close(),
  };
}

/** A page behind the end of a file that was cut would end the process when it is read; one of zeros is reported as damage. */
function extendCutFile(path: string, database: RootDatabase<Buffer, Buffer>): void {
  const { lastPageNumber, pageSize } = database.getStats() as { lastPageNumber: number; pageSize: number };
  const wholeBytes = (lastPageNumber + 1) * pageSize;
  if (statSync(path).size < wholeBytes) truncateSync(path, wholeBytes);
}
