/**
 * Looks at the two header pages of an lmdb file before lmdb does: it ends the process on a file that is none of its own
 * (seen with lmdb-js 3.5.6 and `overlappingSync`).
 */
import * as fs from 'node:fs';
import { FILE_MODE, readFullySync } from '../durable-file.ts';

/** lmdb's page header comes before the magic number; the page size stands behind four fields of the header record. */
const MAGIC_OFFSET = 24;
const PAGE_SIZE_OFFSET = MAGIC_OFFSET + 24;
const MAGIC = 0xbeefc0de;

/** Why the file can't be an lmdb database; undefined when it may be one, or is still empty or missing. */
export function databaseHeaderDamage(path: string): string | undefined {
  if (!fs.existsSync(path)) return undefined;
  const fd = fs.openSync(path, 'r', FILE_MODE);
  try {
    if (fs.fstatSync(fd).size === 0) return undefined;
    const first = Buffer.alloc(64);
    readFullySync(fd, first, 0);
    if (first.readUInt32LE(MAGIC_OFFSET) !== MAGIC) return `${path} is not an lmdb database`;
    const pageSize = first.readUInt32LE(PAGE_SIZE_OFFSET);
    const possible = pageSize >= 512 && pageSize <= 65_536 && (pageSize & (pageSize - 1)) === 0;
    const second = Buffer.alloc(64);
    if (possible) readFullySync(fd, second, pageSize);
    if (second.readUInt32LE(MAGIC_OFFSET) !== MAGIC) return `${path} has a damaged header`;
    return undefined;
  } finally {
    fs.closeSync(fd);
  }
}
