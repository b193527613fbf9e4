/**
 * One process a data folder.
 *
 * The lock is the exclusive lock of an empty SQLite database: the operating system holds it for the process and lets go of
 * it when the process ends, however it ends. There is nothing to go stale, and a number of a process that was given out
 * again can't be mistaken for the owner. A text file beside it says who the owner is, for the message only.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '@crescendo/base';
import { FILE_MODE } from '../durable-file.ts';

export interface FolderLock {
  release(): void;
}

/** Locks live as long as the process: a database that nobody refers to would be collected, and its lock with it. */
const held = new Set<DatabaseSync>();

/** Takes the lock, or fails with `FolderInUse`; `program` is the message's word for who holds it. */
export function lockFolder(folder: string, program = 'node'): FolderLock {
  const path = join(folder, 'lock');
  const owner = join(folder, 'lock.owner');
  const database = openDatabase(path);
  try {
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    const pid = fs.existsSync(owner) ? fs.readFileSync(owner, 'utf8').trim() : 'an unknown process';
    throw new Failure(
      'FolderInUse',
      `the data folder ${folder} is in use by process ${pid}; stop that ${program}, or give this one another folder`,
      { cause: error },
    );
  }
  fs.chmodSync(path, FILE_MODE);
  fs.writeFileSync(owner, `${process.pid}\n`, { mode: FILE_MODE });
  held.add(database);
  return {
    release: () => {
      if (!held.delete(database)) return;
      fs.rmSync(owner, { force: true });
      database.close();
    },
  };
}

function openDatabase(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw new Failure(
      'FolderUnusable',
      `the lock file ${path} can't be opened; the folder must be writable for this user`,
      {
        cause: error,
      },
    );
  }
}
