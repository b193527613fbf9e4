/** Opens the folder that holds the cloud's records, or says why it can't be used and what to do. */
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, messageOf } from '@crescendo/base';
import {
  databaseHeaderDamage,
  FILE_MODE,
  type FolderLock,
  lockFolder,
  makeFolderSync,
  replaceFileSync,
  systemCode,
} from '@crescendo/node/disk';
import { DiskRecords, type RecordsFailureCode } from './disk-records.ts';
import { openRecordDatabase, type RecordDatabase } from './record-database.ts';
import { decodeRecord } from './stored-record.ts';

const FOLDER_FORMAT = 1;
const SYSTEM_HINTS: Readonly<Record<string, string>> = {
  EACCES: 'it must be readable and writable for this user',
  EPERM: 'it must be readable and writable for this user',
  EROFS: 'it is on a file system that is mounted read-only',
  ENOTDIR: 'it is not a folder',
  EEXIST: 'it is not a folder',
  ENOSPC: 'its volume is full',
};

/**
 * Creates the folder when it is missing. Fails with a `RecordsFailureCode`.
 *
 * @param onFailure told once, when the disk begins to refuse
 */
export async function openRecords(
  folder: string,
  onFailure: (failure: Failure) => void = () => undefined,
): Promise<DiskRecords> {
  let lock: FolderLock | undefined;
  let database: RecordDatabase | undefined;
  try {
    assertFormat(folder);
    makeFolderSync(folder);
    lock = lockFolder(folder, 'cloud');
    assertDatabase(folder);
    database = openRecordDatabase(folder);
    for (const name of ['data.mdb', 'lock.mdb']) chmodSync(join(folder, name), FILE_MODE);
    const found = readAll(folder, database);
    if (!existsSync(formatFile(folder))) {
      replaceFileSync(formatFile(folder), `${JSON.stringify({ format: FOLDER_FORMAT })}\n`);
    }
    return new DiskRecords(database, found, () => lock?.release(), onFailure);
  } catch (error) {
    await database?.close();
    lock?.release();
    throw unusable(folder, error);
  }
}

function formatFile(folder: string): string {
  return join(folder, 'format.json');
}

function assertFormat(folder: string): void {
  if (!existsSync(formatFile(folder))) return;
  const format = parseFormat(readFileSync(formatFile(folder), 'utf8'));
  if (format === undefined) throw damaged(folder, `${formatFile(folder)} can't be read`);
  if (format > FOLDER_FORMAT) {
    throw new Failure(
      'RecordsNewer',
      `the cloud's records in ${folder} have format ${format}; this program knows formats up to ${FOLDER_FORMAT}: start a newer version`,
    );
  }
}

function parseFormat(text: string): number | undefined {
  try {
    const format: unknown = JSON.parse(text)?.format;
    return typeof format === 'number' && Number.isSafeInteger(format) && format >= 1 ? format : undefined;
  } catch {
    return undefined;
  }
}

/** lmdb ends the process on a file that is none of its own, and takes an empty one for a new database. */
function assertDatabase(folder: string): void {
  const path = join(folder, 'data.mdb');
  const present = existsSync(path) && statSync(path).size > 0;
  if (!present && existsSync(formatFile(folder))) throw damaged(folder, `${path} is missing or empty`);
  const reason = databaseHeaderDamage(path);
  if (reason !== undefined) throw damaged(folder, reason);
}

function readAll(folder: string, database: RecordDatabase): Map<string, Map<string, unknown>> {
  const tables = new Map<string, Map<string, unknown>>();
  let rows = 0;
  try {
    for (const { key, stored } of database.rows()) {
      addRow(tables, key, stored);
      rows += 1;
    }
    // Parts of a tree that are gone may read as empty instead of failing.
    const wanted = database.rowCount();
    if (rows !== wanted) throw new Error(`${rows} records were found where ${wanted} should be`);
  } catch (error) {
    throw damaged(folder, messageOf(error), error);
  }
  return tables;
}

function addRow(tables: Map<string, Map<string, unknown>>, key: Buffer, stored: Buffer): void {
  const record = decodeRecord(key, stored);
  const [table, ...rest] = key.toString().split('\0');
  if (!record.ok) throw new Error(`the record ${rest.join()} of ${table}: ${record.reason}`);
  const rows = tables.get(table!) ?? new Map<string, unknown>();
  tables.set(table!, rows);
  rows.set(rest.join('\0'), record.value);
}

function damaged(folder: string, reason: string, cause?: unknown): Failure<RecordsFailureCode> {
  return new Failure(
    'RecordsDamaged',
    `the cloud's records in ${folder} are damaged: ${reason}. Restore the folder from a copy, or move it away to start with an empty cloud; files in the store are not affected`,
    { cause },
  );
}

function unusable(folder: string, error: unknown): unknown {
  const code = systemCode(error);
  if (error instanceof Failure || code === undefined) return error;
  const hint = SYSTEM_HINTS[code] ?? messageOf(error);
  return new Failure<RecordsFailureCode>('FolderUnusable', `the folder ${folder} can't be used: ${hint}`, {
    cause: error,
  });
}
