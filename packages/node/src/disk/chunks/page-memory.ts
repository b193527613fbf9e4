/**
 * Memory that begins at a page, from which a file can be written past the page cache (`O_DIRECT`). Copying megabytes into fresh pages of the
 * cache costs many times what the write costs itself, and pushes out what is being read.
 *
 * A resizable ArrayBuffer is mapped in whole pages; a plain one begins anywhere. Where that, the system or the file system is different the
 * write is refused with EINVAL, and whoever writes goes through the page cache instead.
 */
import * as fs from 'node:fs';

export function pageMemory(bytes: number): Buffer {
  return Buffer.from(new ArrayBuffer(bytes, { maxByteLength: bytes }), 0, bytes);
}

/** A descriptor for writes past the page cache; undefined where there are none. */
export function openDirect(path: string): number | undefined {
  const { O_DIRECT, O_WRONLY } = fs.constants;
  if (O_DIRECT === undefined) return undefined;
  try {
    return fs.openSync(path, O_WRONLY | O_DIRECT);
  } catch {
    return undefined;
  }
}
