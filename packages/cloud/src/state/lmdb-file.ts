/**
 * What the cloud knows of lmdb: how a file is opened, written and measured.
 *
 * Commits are written and flushed by a thread of lmdb's before their promise resolves (`overlappingSync` off): the state of a
 * control plane changes seldom, so there is nothing to gain from flushing later.
 */
import { commitFailure } from '@crescendo/node/disk';
import { open, type RootDatabase } from 'lmdb';

export type LmdbFile = RootDatabase<Buffer, Buffer>;

/** @param pageBytes decides how long keys may be; lmdb's default allows 1978 bytes */
export function openLmdbFile(folder: string, pageBytes?: number): LmdbFile {
  return open<Buffer, Buffer>({
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
    ...(pageBytes === undefined ? {} : { pageSize: pageBytes }),
  });
}

/** One transaction over rows, null for one that is removed: all or nothing, on disk when it resolves. */
export async function commitRows(
  file: LmdbFile,
  rows: Iterable<readonly [key: Buffer, stored: Buffer | null]>,
): Promise<void> {
  try {
    await file.batch(() => {
      for (const [key, stored] of rows) {
        // The promises of single operations settle with the batch's.
        if (stored === null) void file.remove(key);
        else void file.put(key, stored);
      }
    });
  } catch (error) {
    throw await commitFailure(error);
  }
}

/** How long the file is by its own account. A page behind the end of a file that was cut would end the process when it is read. */
export function wholeBytesOf(file: LmdbFile): number {
  const { lastPageNumber, pageSize } = file.getStats() as { lastPageNumber: number; pageSize: number };
  return (lastPageNumber + 1) * pageSize;
}
