import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { chunkBytes, testChunkStore } from '@crescendo/store/testing';
import type { ChunkVolumeOptions, ChunkVolumes } from './chunk-volumes.ts';
import { writePlainChunk } from './testing/plain-files.ts';
import { flip, positionOf, VolumeStore } from './testing/volume-store.ts';

const VARIANTS: readonly (readonly [string, Partial<ChunkVolumeOptions>])[] = [
  ['volumes', {}],
  ['volumes through the page cache', { direct: false }],
  ['a chunk a volume', { volumeBytes: 1 }],
];

for (const [name, options] of VARIANTS) {
  testChunkStore(name, async () => {
    const store = new VolumeStore(options);
    return {
      chunks: store.chunks,
      reopen: () => store.reopen(),
      dispose: () => store.dispose(),
    };
  });
}

async function assertReads(chunks: ChunkVolumes, name: string, expected: Uint8Array): Promise<void> {
  const read = await chunks.read(name, 0, expected.length);
  assert.ok(
    read.ok && Buffer.from(read.bytes).equals(expected),
    `${name}: ${read.ok ? 'other' : read.reason}`,
  );
}

test('[CK1] a changed byte is noticed by exactly the reads that touch its block; the chunk is missing then, and can be written anew', async () => {
  const store = new VolumeStore({ volumeBytes: 1 });
  const size = 3 * 65_536;
  const bytes = chunkBytes(size);
  await store.chunks.write('a.0', bytes);
  const [volume] = store.files('volume');
  flip(volume!, positionOf(volume!, bytes) + 70_000);
  assert.ok((await store.chunks.read('a.0', 0, 65_536)).ok);
  assert.ok((await store.chunks.read('a.0', 131_072, 10)).ok);
  assert.deepEqual(await store.chunks.read('a.0', 131_000, 100), { ok: false, reason: 'damaged' });
  assert.deepEqual(await store.chunks.read('a.0', 0, 1), { ok: false, reason: 'missing' });
  assert.equal(store.chunks.usage().usedBytes, 0);
  await store.chunks.write('a.0', bytes);
  assert.equal(await store.chunks.verify('a.0'), 'ok');
  assert.equal(await (await store.reopen()).verify('a.0'), 'ok');
  await store.dispose();
});

test('[CK2] a volume that is cut, emptied or changed anywhere gives damaged or nothing, never wrong bytes; others are not touched', async () => {
  const store = new VolumeStore({ volumeBytes: 1, maxOpenFiles: 0 });
  const expected = chunkBytes(65_536 + 10);
  await store.chunks.write('b.0', chunkBytes(1000, 9));
  await store.chunks.write('a.0', expected);
  const [, volume] = store.files('volume');
  const whole = fs.readFileSync(volume!);
  const data = positionOf(volume!, expected);
  const header = Array.from({ length: data - 4096 }, (_, i) => 4096 + i);
  const variants = [
    ...[...header, data, data + 65_535, data + 65_536, data + expected.length - 1].map((at) =>
      Buffer.from(whole.map((byte, i) => (i === at ? byte ^ 0x40 : byte))),
    ),
    ...[0, 10, 4096, data, data + 65_536].map((length) => whole.subarray(0, length)),
  ];
  for (const [at, variant] of variants.entries()) {
    const path = store.files('volume').at(-1)!;
    const chunks = await store.reopen(() => fs.writeFileSync(path, variant));
    assert.equal(await chunks.verify('a.0'), 'damaged', `variant ${at}`);
    await chunks.remove('a.0');
    await store.reopen(() => {
      fs.writeFileSync(path, whole);
      fs.rmSync(path.replace('.volume', '.index'), { force: true });
    });
  }
  await assertReads(store.chunks, 'a.0', expected);
  await assertReads(store.chunks, 'b.0', chunkBytes(1000, 9));
  await store.dispose();
});

test('[CK3] what the index does not name is found by its header, when its bytes are whole, and found again later', async () => {
  const store = new VolumeStore();
  const names = ['a.0', 'b.0', 'c.0', 'd.0'];
  const bytes = (name: string): Uint8Array => chunkBytes(100_000, name.charCodeAt(0));
  for (const name of names) await store.chunks.write(name, bytes(name));
  const [volume] = store.files('volume');
  const [index] = store.files('index');
  const tear = (): void => {
    const last = positionOf(volume!, bytes('d.0'));
    fs.truncateSync(index!, 100); // In the middle of the second entry.
    fs.truncateSync(volume!, last + 99_000);
  };
  for (const change of [
    tear,
    () => {},
    () => fs.rmSync(index!),
    () => fs.writeFileSync(index!, 'nonsense'),
  ]) {
    const chunks = await store.reopen(change);
    assert.deepEqual([...chunks.names()].sort(), ['a.0', 'b.0', 'c.0']);
    for (const name of ['a.0', 'b.0', 'c.0']) await assertReads(chunks, name, bytes(name));
  }
  await store.chunks.write('d.0', bytes('d.0'));
  await assertReads(await store.reopen(), 'd.0', bytes('d.0'));
  await store.dispose();
});

test('[CK3] a damaged header hides its record alone, and bytes of a user are never taken for one', async () => {
  const store = new VolumeStore();
  await store.chunks.write('inner.0', chunkBytes(5_000));
  const [volume] = store.files('volume');
  const copied = fs.readFileSync(volume!).subarray(4096);
  // An object that holds a whole record, at the start of a page of its volume and elsewhere, under another volume's salt.
  const other = new VolumeStore();
  const padded = Buffer.concat([Buffer.alloc(4096 - 37), copied, copied, copied]);
  for (const name of ['a.0', 'b.0']) await other.chunks.write(name, padded);
  const [otherVolume] = other.files('volume');
  const chunks = await other.reopen(() => {
    fs.rmSync(other.files('index')[0]!);
    flip(otherVolume!, 4096 + 20);
  });
  assert.deepEqual([...chunks.names()], ['b.0']);
  await assertReads(chunks, 'b.0', padded);
  await Promise.all([store.dispose(), other.dispose()]);
});

test('[CK4] new chunks are refused before the disk is full; the log counts too; reads and removals go on', async () => {
  let logBytes = 0;
  const store = new VolumeStore({
    capacityBytes: 1_000_000,
    reserveBytes: 100_000,
    extraUsedBytes: () => logBytes,
  });
  const { chunks } = store;
  for (let i = 0; i < 4; i++) await chunks.write(`a.${i}`, chunkBytes(200_000));
  await assert.rejects(chunks.write('a.4', chunkBytes(200_000)), { code: 'DiskFull', retryable: true });
  assert.equal(chunks.usage().full, true);
  assert.ok((await chunks.read('a.0', 0, 10)).ok);
  chunks.remove('a.0');
  await chunks.write('a.4', chunkBytes(200_000));
  chunks.remove('a.1');
  logBytes = 200_000;
  await assert.rejects(chunks.write('a.5', chunkBytes(200_000)), { code: 'DiskFull' });
  await store.dispose();
});

test('[CK4] room is given back before it is promised again: the files never pass the capacity', async () => {
  const store = new VolumeStore({ capacityBytes: 1_000_000, reserveBytes: 150_000, volumeBytes: 120_000 });
  const { chunks } = store;
  for (let i = 0; i < 20; i++) await chunks.write(`a.${i}`, chunkBytes(39_000, i));
  // A third of each volume goes.
  for (let round = 1; round < 20; round++) {
    for (let i = round % 3; i < 20; i += 3) {
      chunks.remove(`a.${i}`);
      await chunks.write(`a.${i}`, chunkBytes(39_000, i));
      assert.ok(store.bytesOnDisk() <= 1_000_000, `${store.bytesOnDisk()} bytes`);
    }
  }
  for (let i = 0; i < 20; i++) await assertReads(chunks, `a.${i}`, chunkBytes(39_000, i));
  await store.dispose();
});

test('[CK5] concurrent writes together do not pass the limit, and a volume without room refuses', async () => {
  let freeBytes = 500_000;
  const store = new VolumeStore({
    reserveBytes: 100_000,
    volume: () => ({ sizeBytes: 10_000_000, freeBytes }),
  });
  const writes = await Promise.allSettled(
    [0, 1, 2, 3].map((i) => store.chunks.write(`a.${i}`, chunkBytes(150_000))),
  );
  assert.deepEqual(
    writes.map((write) => write.status),
    ['fulfilled', 'fulfilled', 'rejected', 'rejected'],
  );
  freeBytes = 100_000;
  assert.equal(store.chunks.usage().full, true);
  await assert.rejects(store.chunks.write('b.0', new Uint8Array(1)), { code: 'DiskFull' });
  await store.dispose();
});

test('[CK6] names that could leave the folder are refused', async () => {
  const store = new VolumeStore();
  for (const name of ['../a', 'a/b', '', 'a@1', 'x'.repeat(201)]) {
    await assert.rejects(store.chunks.write(name, new Uint8Array(1)), /no name of a chunk/);
  }
  await store.dispose();
});

test('[CK7] many readers, removals, rewrites and compactions at once never see wrong bytes', async () => {
  const store = new VolumeStore({ maxOpenFiles: 2, volumeBytes: 1_000_000 });
  const { chunks } = store;
  const size = 300_000;
  const write = (i: number): Promise<void> => chunks.write(`a.${i}`, chunkBytes(size, i));
  await Promise.all([0, 1, 2, 3, 4, 5].map(write));
  const jobs = Array.from({ length: 200 }, async (_, job) => {
    const i = job % 6;
    if (job % 7 === 6) {
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
  await store.dispose();
});

test('[CK8] chunks in files of their own, of an older version, are read, checked and removed, and count', async () => {
  const store = new VolumeStore();
  const [kept, gone, bad] = [1, 2, 3].map((seed) => chunkBytes(200_000, seed));
  let path = '';
  const chunks = await store.reopen(() => {
    writePlainChunk(store.folder.path, 'kept.0', kept!);
    path = writePlainChunk(store.folder.path, 'gone.0', gone!);
    flip(writePlainChunk(store.folder.path, 'bad.0', bad!), 150_000);
    fs.mkdirSync(join(store.folder.path, 'incoming'));
  });
  assert.ok(chunks.usage().heldBytes >= 600_000);
  assert.deepEqual([...chunks.names()].sort(), ['bad.0', 'gone.0', 'kept.0']);
  await assertReads(chunks, 'kept.0', kept!);
  await chunks.write('kept.0', kept!);
  assert.deepEqual(store.files('volume'), []);
  chunks.remove('gone.0');
  assert.equal(await chunks.verify('gone.0'), 'missing');
  assert.equal(await chunks.verify('bad.0'), 'damaged');
  assert.deepEqual(fs.readdirSync(join(store.folder.path, 'quarantine')), ['bad.0@200000']);
  await chunks.write('bad.0', bad!);
  const again = await store.reopen();
  assert.ok(!fs.existsSync(path));
  await assertReads(again, 'kept.0', kept!);
  await assertReads(again, 'bad.0', bad!);
  await store.dispose();
});

test('[CK9] chunks that wait together take one batch: no room is lost between them, and one flush makes them durable', async () => {
  const store = new VolumeStore();
  await Promise.all(Array.from({ length: 100 }, (_, i) => store.chunks.write(`a.${i}`, chunkBytes(100, i))));
  assert.ok(store.bytesOnDisk() <= 4096 + 4 * 4096 + 100 * 40, `${store.bytesOnDisk()} bytes`);
  for (let i = 0; i < 100; i++) await assertReads(store.chunks, `a.${i}`, chunkBytes(100, i));
  await store.dispose();
});
