import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Names and sizes that clients stumble over: nothing, odd names, folders, more than one part. */
export const SAMPLE_TREE: Readonly<Record<string, number>> = {
  empty: 0,
  'a.txt': 3,
  'two words & 100% + more.txt': 5_000,
  'deeper/ñandú 日本 ü.bin': 40_000,
  'deeper/below/medium.bin': 300_000,
};

const PIECE_BYTES = 4 * 1024 * 1024;

/** Writes files of random bytes. */
export async function writeTree(folder: string, tree: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, bytes] of Object.entries(tree)) await writeRandomFile(join(folder, name), bytes);
}

export async function writeRandomFile(path: string, bytes: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'w');
  try {
    for (let left = bytes; left > 0; left -= PIECE_BYTES)
      await file.write(randomBytes(Math.min(left, PIECE_BYTES)));
  } finally {
    await file.close();
  }
}

export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}

/** SHA-256 by relative path of every file below a folder; two folders with equal maps hold the same. */
export async function digestTree(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const digests: Record<string, string> = {};
  for (const path of entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort())
    digests[relative(folder, path)] = await sha256File(path);
  return digests;
}
