import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { chunkBytes, testChunkStore } from '@crescendo/store/testing';
import { temporaryFolder } from '../../testing/temporary-folder.ts';
import { type ChunkFileOptions, openChunks } from './chunk-file-store.ts';
import { fileName, subFolder } from './chunk-format.ts';

const CAPACITY = { capacityBytes: 2 ** 30, reserveBytes: 2 ** 20 };

testChunkStore('files', async () => {
  const folder = temporaryFolder();
  let chunks = openChunks({ folder: folder.path, ...CAPACITY });
  return {
    chunks,
    reopen: async () => {
      await chunks.close();
      chunks = openChunks({ folder: folder.path, ...CAPACITY });
      return chunks;
    },
    dispose: async () => {
      await chunks.close();
      folder.remove();
    },
  };
});

/** A store in a folder of its own, with the path of a chunk's file. */
function openTemporary(options: Partial<ChunkFileOptions> = {}) {
  const folder = temporaryFolder();
  const chunks = openChunks({ folder: folder.path, ...CAPACITY, ...options });
  const path = (name: string, size: number): string =>
    join(folder.path, subFolder(name), fileName(name, size));
  return { folder, chunks, path };
}

test('[CK1] a changed byte is noticed by exactly the reads that touch its block, and the file is put aside', async () => {
  const { folder, chunks, path } = openTemporary();
  const size = 3 * 65_536;
  await chunks.write('a.0', chunkBytes(size));
  const file = path('a.0', size);
  const bytes = fs.readFileSync(file);
  bytes[70_000] = bytes[70_000]! ^ 1;
  fs.writeFileSync(file, bytes);
  assert.ok((await chunks.read('a.0', 0, 65_536)).ok);
  assert.ok((await chunks.read('a.0', 131_072, 10)).ok);
  assert.deepEqual(await chunks.read('a.0', 131_000, 100), { ok: false, reason: 'damaged' });
  assert.deepEqual(await chunks.read('a.0', 0, 1), { ok: false, reason: 'missing' });
  assert.equal(chunks.usage().usedBytes, 0);
  assert.deepEqual(fs.readdirSync(join(folder.path, 'quarantine')), [fileName('a.0', size)]);
  await chunks.write('a.0', chunkBytes(size));
  assert.equal(await chunks.verify('a.0'), 'ok');
  await chunks.close();
  folder.remove();
});

test('[CK2] a file that is cut, emptied, swapped or changed anywhere is damaged, never wrong', async () => {
  const { folder, chunks, path } = openTemporary({ maxOpenFiles: 0 });
  const size = 65_536 + 10;
  const expected = chunkBytes(size);
  await chunks.write('b.0', chunkBytes(size, 9));
  await chunks.write('a.0', expected);
  const whole = fs.readFileSync(path('a.0', size));
  const offsets = [0, 65_535, 65_536, size - 1, ...Array.from({ length: 40 }, (_, i) => size + i)];
  const variants = [
    ...offsets.map((at) => Buffer.from(whole.map((byte, i) => (i === at ? byte ^ 0x40 : byte)))),
    ...[0, 10, size, size + 8, whole.length - 1].map((length) => whole.subarray(0, length)),
    fs.readFileSync(path('b.0', size)).subarray(0, size),
  ];
  for (const [at, variant] of variants.entries()) {
    fs.writeFileSync(path('a.0', size), variant);
    assert.equal(await chunks.verify('a.0'), 'damaged', `variant ${at}`);
    await chunks.write('a.0', expected);
  }
  fs.rmSync(path('a.0', size));
  assert.deepEqual(await chunks.read('a.0', 0, 5), { ok: false, reason: 'damaged' });
  assert.ok(fs.readdirSync(join(folder.path, 'quarantine')).length <= 16);
  await chunks.close();
  folder.remove();
});

test('[CK3] what a crash left half written is removed at the start', async () => {
  const { folder, chunks } = openTemporary();
  await chunks.write('a.0', chunkBytes(10));
  await chunks.close();
  fs.writeFileSync(join(folder.path, 'incoming', '17'), 'half');
  const again = openChunks({ folder: folder.path, ...CAPACITY });
  assert.deepEqual(fs.readdirSync(join(folder.path, 'incoming')), []);
  assert.deepEqual([...again.names()], ['a.0']);
  await again.close();
  folder.remove();
});

test('[CK4] new chunks are refused before the volume is full; the log counts too; reads and removals go on', async () => {
  let logBytes = 0;
  const { folder, chunks } = openTemporary({
    capacityBytes: 1_000_000,
    reserveBytes: 100_000,
    extraUsedBytes: () => logBytes,
  });
  for (let i = 0; i < 4; i++) await chunks.write(`a.${i}`, chunkBytes(200_000));
  await assert.rejects(chunks.write('a.4', chunkBytes(200_000)), { code: 'DiskFull', retryable: true });
  assert.equal(chunks.usage().full, true);
  assert.ok((await chunks.read('a.0', 0, 10)).ok);
  chunks.remove('a.0');
  await chunks.write('a.4', chunkBytes(200_000));
  chunks.remove('a.1');
  logBytes = 200_000;
  await assert.rejects(chunks.write('a.5', chunkBytes(200_000)), { code: 'DiskFull' });
  await chunks.close();
  folder.remove();
});

test('[CK5] concurrent writes together do not pass the limit, and a volume without room refuses', async () => {
  let freeBytes = 500_000;
  const { folder, chunks } = openTemporary({
    reserveBytes: 100_000,
    volume: () => ({ sizeBytes: 10_000_000, freeBytes }),
  });
  const writes = await Promise.allSettled(
    [0, 1, 2, 3].map((i) => chunks.write(`a.${i}`, chunkBytes(150_000))),
  );
  assert.deepEqual(
    writes.map((write) => write.status),
    ['fulfilled', 'fulfilled', 'rejected', 'rejected'],
  );
  freeBytes = 100_000;
  assert.equal(chunks.usage().full, true);
  await assert.rejects(chunks.write('b.0', new Uint8Array(1)), { code: 'DiskFull' });
  await chunks.close();
  folder.remove();
});

test('[CK6] names that could leave the folder are refused', async () => {
  const { folder, chunks } = openTemporary();
  for (const name of ['../a', 'a/b', '', 'a@1', 'x'.repeat(201)]) {
    await assert.rejects(chunks.write(name, new Uint8Array(1)), /no name of a chunk/);
  }
  await chunks.close();
  folder.remove();
});

test('[CK7] many readers, removals and rewrites at once never see wrong bytes', async () => {
  const { folder, chunks } = openTemporary({ maxOpenFiles: 2 });
  const size = 300_000;
  const write = (i: number): Promise<void> => chunks.write(`a.${i}`, chunkBytes(size, i));
  await Promise.all([0, 1, 2, 3, 4, 5].map(write));
  const jobs = Array.from({ length: 120 }, async (_, job) => {
    const i = job % 6;
    if (job % 10 === 9) {
      chunks.remove(`a.${i}`);
      await write(i);
      return;
    }
    const offset = (job * 7919) % size;
    const read = await chunks.read(`a.${i}`, offset, 280_000);
    if (read.ok) assert.deepEqual(read.bytes[0], chunkBytes(size, i)[offset]);
    else assert.equal(read.reason, 'missing');
  });
  await Promise.all(jobs);
  for (let i = 0; i < 6; i++) assert.equal(await chunks.verify(`a.${i}`), 'ok');
  await chunks.close();
  folder.remove();
});
