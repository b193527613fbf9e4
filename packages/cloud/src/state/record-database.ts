/** The records' database file: rows in, rows out. */
import { statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Changes } from './commit-queue.ts';
import { commitRows, type LmdbFile, openLmdbFile, wholeBytesOf } from './lmdb-file.ts';

export interface RecordDatabase {
  rows(): Iterable<{ readonly key: Buffer; readonly stored: Buffer }>;
  /** As the database counts them itself. */
  rowCount(): number;
  /** One transaction: all or nothing, on disk when it resolves. */
  write(batch: Changes): Promise<void>;
  close(): Promise<void>;
}

/** Keys are made of this many bytes at most; lmdb's own limit is 1978. */
export const MAX_KEY_BYTES = 1900;

export function openRecordDatabase(folder: string): RecordDatabase {
  const database = openLmdbFile(folder);
  extendCutFile(join(folder, 'data.mdb'), database);
  return {
    *rows() {
      for (const { key, value } of database.getRange()) {
        yield { key: Buffer.from(key), stored: Buffer.from(value) };
      }
    },
    rowCount: () => (database.getStats() as { entryCount: number }).entryCount,
    write: (batch) => commitRows(database, rowsOf(batch)),
    close: () => database.close(),
  };
}

function* rowsOf(batch: Changes): Generator<[Buffer, Buffer | null]> {
  for (const [key, stored] of batch) yield [Buffer.from(key), stored];
}

/** What a cut file lacks becomes zeros, which are reported as damage. */
function extendCutFile(path: string, database: LmdbFile): void {
  const wholeBytes = wholeBytesOf(database);
  if (statSync(path).size < wholeBytes) truncateSync(path, wholeBytes);
}
