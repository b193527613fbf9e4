/**
 * The database file of the items: opens it, or says why it can't be used and what to do, and holds what it reads against checksums.
 *
 * A file that is cut, missing or none of lmdb's would end the process, or be taken for a new one; damage within a row would be
 * answered to clients as if it had been written.
 */
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { Failure } from '@crescendo/base';
import { databaseHeaderDamage, FILE_MODE, makeFolderSync, replaceFileSync } from '@crescendo/node/disk';
import type { Changes } from '../../state/commit-queue.ts';
import { commitRows, type LmdbFile, openLmdbFile, wholeBytesOf } from '../../state/lmdb-file.ts';

/** Of keys: one byte a character. */
export interface KeyRange {
  /** The first key that may be in it. */
  readonly from: string;
  /** The first key behind it. */
  readonly to: string;
  readonly reverse?: boolean;
}

export interface ItemFile {
  get(key: string): Buffer | undefined;
  range(range: KeyRange): Iterable<[key: string, value: Buffer]>;
  /** One transaction: all or nothing, on disk when it resolves, and read from then on. */
  write(batch: Changes): Promise<void>;
  close(): Promise<void>;
}

const FORMAT = 1;
/** Pages of this size allow keys of 4026 bytes; the longest is that of an index with a sort key of 1 KiB, all of it zeros. */
const PAGE_BYTES = 8192;
const CHECKSUM_BYTES = 4;

/** The folder is made when it is missing. Fails with a `Failure`. */
export function openItemFile(folder: string): ItemFile {
  makeFolderSync(folder);
  assertUsable(folder);
  const database = openLmdbFile(folder, PAGE_BYTES);
  assertWhole(folder, database);
  for (const name of ['data.mdb', 'lock.mdb']) chmodSync(join(folder, name), FILE_MODE);
  if (!existsSync(formatFile(folder))) {
    replaceFileSync(formatFile(folder), `${JSON.stringify({ format: FORMAT })}\n`);
  }
  return fileOver(database, folder);
}

function fileOver(database: LmdbFile, folder: string): ItemFile {
  return {
    get: (key) => {
      const bytes = Buffer.from(key, 'latin1');
      const stored = database.get(bytes);
      return stored === undefined ? undefined : unsealed(folder, bytes, stored);
    },
    *range({ from, to, reverse = false }) {
      const [first, last] = [Buffer.from(from, 'latin1'), Buffer.from(to, 'latin1')];
      // Reversed ranges of lmdb begin with their end, which here is not in the range.
      const range = reverse
        ? { start: last, end: first, reverse, inclusiveEnd: true }
        : { start: first, end: last };
      for (const { key, value } of database.getRange(range)) {
        const name = Buffer.from(key).toString('latin1');
        if (name >= from && name < to) yield [name, unsealed(folder, Buffer.from(key), Buffer.from(value))];
      }
    },
    write: async (batch) => {
      await commitRows(database, rowsOf(batch));
      // A snapshot from before would not have what was just written.
      database.resetReadTxn();
    },
    close: () => database.close(),
  };
}

function* rowsOf(batch: Changes): Generator<[Buffer, Buffer | null]> {
  for (const [key, row] of batch) {
    const bytes = Buffer.from(key, 'latin1');
    yield [bytes, row === null ? null : sealed(bytes, row)];
  }
}

function formatFile(folder: string): string {
  return join(folder, 'format.json');
}

function assertUsable(folder: string): void {
  const path = join(folder, 'data.mdb');
  const isOld = existsSync(formatFile(folder));
  if (isOld) assertFormat(folder);
  const present = existsSync(path) && statSync(path).size > 0;
  if (!present && isOld) throw damaged(folder, `${path} is missing or empty`);
  const reason = databaseHeaderDamage(path);
  if (reason !== undefined) throw damaged(folder, reason);
}

function assertFormat(folder: string): void {
  const [, format] = /"format":\s*(\d+)/.exec(readFileSync(formatFile(folder), 'utf8')) ?? [];
  if (format === undefined) throw damaged(folder, `${formatFile(folder)} can't be read`);
  if (Number(format) <= FORMAT) return;
  throw new Failure(
    'TablesNewer',
    `the items of tables in ${folder} have format ${format}; this program knows formats up to ${FORMAT}: start a newer version`,
  );
}

/** What a cut file lacks would be read as if it had been empty. */
function assertWhole(folder: string, database: LmdbFile): void {
  const path = join(folder, 'data.mdb');
  const wholeBytes = wholeBytesOf(database);
  const { size } = statSync(path);
  if (size >= wholeBytes) return;
  void database.close();
  throw damaged(folder, `${path} has ${size} bytes where ${wholeBytes} should be`);
}

/** The checksum is over key and row, so that a row under another key is damage too. */
function sealed(key: Buffer, row: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(CHECKSUM_BYTES + row.length);
  bytes.writeUInt32BE(crc32(row, crc32(key)));
  row.copy(bytes, CHECKSUM_BYTES);
  return bytes;
}

function unsealed(folder: string, key: Buffer, stored: Buffer): Buffer {
  const row = stored.subarray(CHECKSUM_BYTES);
  if (stored.length >= CHECKSUM_BYTES && stored.readUInt32BE() === crc32(row, crc32(key))) return row;
  throw damaged(folder, `the checksum of a row does not fit (key ${key.toString('hex').slice(0, 80)})`);
}

function damaged(folder: string, reason: string): Failure<'TablesDamaged'> {
  return new Failure(
    'TablesDamaged',
    `the items of tables in ${folder} are damaged: ${reason}. Restore the cloud's data folder from a copy, or move it away to start with an empty cloud; files in the store are not affected`,
  );
}
