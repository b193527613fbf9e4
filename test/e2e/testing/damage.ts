/** What disks do to files: bytes that change, ends that are missing. */
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files below the folder, with their bytes, largest first; what vanishes meanwhile has none. */
export async function filesBelow(
  folder: string,
): Promise<{ readonly path: string; readonly bytes: number }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const bytesOf = (path: string): Promise<number> =>
    stat(path).then(
      ({ size }) => size,
      () => 0,
    );
  const files = await Promise.all(paths.map(async (path) => ({ path, bytes: await bytesOf(path) })));
  return files.sort((a, b) => b.bytes - a.bytes);
}

/** Inverts `count` bytes from `offset` on. */
export async function flipBytes(path: string, offset: number, count: number): Promise<void> {
  const bytes = await readFile(path);
  for (let i = offset; i < Math.min(bytes.length, offset + count); i++) bytes[i] = bytes[i]! ^ 0xff;
  await writeFile(path, bytes);
}

export async function cutTo(path: string, bytes: number): Promise<void> {
  await truncate(path, bytes);
}
