/**
 * The few file operations on which durability rests. Everything that is promised to survive a crash goes through
 * these: bytes are written whole, files are synced before they are named, folders after.
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { getSystemErrorName } from 'node:util';

/** Data folders belong to the user who runs the node, and to nobody else. */
export const FOLDER_MODE = 0o700;
export const FILE_MODE = 0o600;

/** Writes all of `bytes` at `position`; a short write is continued. */
export function writeFully(fd: number, bytes: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const step = (done: number): void => {
      fs.write(fd, bytes, done, bytes.length - done, position + done, (error, written) => {
        if (error) reject(error);
        else if (written === 0) reject(new Error('the file system accepted no bytes'));
        else if (done + written === bytes.length) resolve();
        else step(done + written);
      });
    };
    if (bytes.length === 0) resolve();
    else step(0);
  });
}

/** Like `writeFully`, on this thread: for small writes that only reach the page cache. */
export function writeFullySync(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) {
    const written = fs.writeSync(fd, bytes, done, bytes.length - done, position + done);
    if (written === 0) throw new Error('the file system accepted no bytes');
    done += written;
  }
}

/** Reads up to `target.length` bytes from `position`; returns how many there were. */
export function readFullySync(fd: number, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    const count = fs.readSync(fd, target, done, target.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** As `readFullySync`, on a thread of the pool. */
export function readFully(fd: number, target: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const step = (done: number): void => {
      fs.read(fd, target, done, target.length - done, position + done, (error, count) => {
        if (error) reject(error);
        else if (count === 0 || done + count === target.length) resolve(done + count);
        else step(done + count);
      });
    };
    if (target.length === 0) resolve(0);
    else step(0);
  });
}

export function syncData(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fdatasync(fd, (error) => (error ? reject(error) : resolve()));
  });
}

/** Makes the names in a folder durable. */
export function syncFolderSync(path: string): void {
  const fd = fs.openSync(path, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

/** Creates the folder, and makes its name durable, unless it exists. */
export function makeFolderSync(path: string): void {
  if (fs.existsSync(path)) return;
  fs.mkdirSync(path, { recursive: true, mode: FOLDER_MODE });
  syncFolderSync(dirname(path));
}

/** Replaces a small file in one step: readers, and a crash, see the old content or the new. */
export function replaceFileSync(path: string, content: string | Uint8Array): void {
  const temporary = `${path}.new`;
  const fd = fs.openSync(temporary, 'w', FILE_MODE);
  try {
    fs.writeFileSync(fd, content);
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
  fs.renameSync(temporary, path);
  syncFolderSync(dirname(path));
}

/** The operating system's code of a failed call (`ENOENT`, ...); undefined for other errors. */
export function systemCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  // lmdb's errors carry the bare number.
  if (typeof thrown.code === 'number' && thrown.code > 0) return getSystemErrorName(-thrown.code);
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
