import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Random, seededRandom } from '@crescendo/base';
import { chunkBytes } from '@crescendo/store/testing';
import { type TemporaryFolder, temporaryFolder } from '../../testing/temporary-folder.ts';
import type { ChunkVolumes } from './chunk-volumes.ts';
import { flip, positionOf, until, VolumeStore } from './testing/volume-store.ts';
import { pageEnd, parseEntries, parseIndexHead } from './volume-format.ts';

async function holds(chunks: ChunkVolumes, name: string, expected: Uint8Array): Promise<boolean> {
  const read = await chunks.read(name, 0, expected.length);
  return read.ok && Buffer.from(read.bytes).equals(expected);
}

const small = (i: number): Uint8Array => chunkBytes(30_000 + i, i);

test('[CK10] a volume with more garbage than chunks is copied and deleted; the room is there again and nothing is lost', async () => {
  const store = new VolumeStore({ volumeBytes: 300_000 });
  for (let i = 0; i < 40; i++) await store.chunks.write(`a.${i}`, small(i));
  for (let i = 0; i < 40; i++) if (i % 3 !== 0) store.chunks.remove(`a.${i}`);
  await until(() => store.bytesOnDisk() < 2 * 14 * 32_768);
  for (let i = 0; i < 40; i += 3) assert.ok(await holds(store.chunks, `a.${i}`, small(i)), `a.${i}`);
  const again = await store.reopen();
  for (let i = 0; i < 40; i += 3) assert.ok(await holds(again, `a.${i}`, small(i)), `a.${i}`);
  assert.equal([...again.names()].length, 14);
  await store.dispose();
});

test('[CK10] a crash between the copies and the deletion of their volume leaves each chunk once, also after its removal', async () => {
  const store = new VolumeStore({ volumeBytes: 200_000 });
  for (let i = 0; i < 6; i++) await store.chunks.write(`a.${i}`, small(i));
  await store.reopen();
  const old = ['volume', 'index'].map((ending) => store.files(ending as 'volume')[0]!);
  const saved = old.map((path) => fs.readFileSync(path));
  for (const i of [0, 1, 2, 3]) store.chunks.remove(`a.${i}`);
  await until(() => !fs.existsSync(old[0]!));
  await store.reopen(() => {
    for (const [i, path] of old.entries()) fs.writeFileSync(path, saved[i]!);
  });
  assert.equal(
    store.chunks.usage().heldBytes,
    6 * 32_768,
    'removals that the crash undid, and no chunk twice',
  );
  for (let i = 0; i < 6; i++) assert.ok(await holds(store.chunks, `a.${i}`, small(i)), `a.${i}`);
  await store.dispose();
});

test('[CK10] a chunk that can not be read keeps its volume from being deleted until a read has found it', async () => {
  const store = new VolumeStore({ volumeBytes: 200_000 });
  for (let i = 0; i < 13; i++) await store.chunks.write(`a.${i}`, small(i));
  const [volume, next] = store.files('volume');
  await store.reopen(() => flip(volume!, positionOf(volume!, small(5)) + 100));
  for (const i of [0, 1, 2, 3, 4, 6, 7, 8]) store.chunks.remove(`a.${i}`);
  await until(() => !fs.existsSync(next!)); // It has less garbage, so the first one's turn was before.
  assert.ok(fs.existsSync(volume!));
  assert.equal(await store.chunks.verify('a.5'), 'damaged');
  await until(() => !fs.existsSync(volume!));
  for (const i of [9, 10, 11, 12]) assert.ok(await holds(store.chunks, `a.${i}`, small(i)), `a.${i}`);
  await store.dispose();
});

test('[CK11] after a failed write the chunk is not there, and the next one goes elsewhere', async () => {
  const store = new VolumeStore({ volumeBytes: 1 });
  await store.chunks.write('a.0', small(0));
  const [first] = store.files('volume');
  const next = first!.replace('00000001', '00000002');
  fs.mkdirSync(next);
  await assert.rejects(store.chunks.write('b.0', small(1)), { code: 'ChunkWriteFailed', retryable: true });
  assert.equal(store.chunks.size('b.0'), undefined);
  await store.chunks.write('b.0', small(1));
  fs.rmdirSync(next);
  await store.reopen();
  for (const [i, name] of ['a.0', 'b.0'].entries()) assert.ok(await holds(store.chunks, name, small(i)));
  await store.dispose();
});

/** What a machine that loses power may leave of a file: everything up to what was durable, and of the rest a part, perhaps with holes. */
function tear(random: Random, path: string, durableBytes: number): void {
  const size = fs.statSync(path).size;
  if (size <= durableBytes) return;
  fs.truncateSync(path, durableBytes + random.int(size - durableBytes + 1));
  const bytes = fs.readFileSync(path);
  const from = durableBytes + random.int(Math.max(1, bytes.length - durableBytes));
  if (random.int(2) === 0) bytes.fill(0, from, Math.min(bytes.length, from + 4096));
  fs.writeFileSync(path, bytes);
}

/** Copies the folder as it is now, and takes from the copy what no flush had reached. */
function crashedCopy(random: Random, store: VolumeStore): TemporaryFolder {
  const copy = temporaryFolder();
  fs.cpSync(store.folder.path, copy.path, { recursive: true });
  const folder = join(copy.path, 'volumes');
  for (const name of fs.readdirSync(folder).filter((file) => file.endsWith('.volume'))) {
    const volume = join(folder, name);
    const index = volume.replace('.volume', '.index');
    tear(random, volume, durableBytes(fs.readFileSync(index)));
    if (random.chance(0.5)) tear(random, index, random.int(400));
    else if (random.chance(0.2)) fs.rmSync(index);
  }
  return copy;
}

/** The index names only what is durable. */
function durableBytes(index: Buffer): number {
  const { entries } = parseEntries(index, parseIndexHead(index)!);
  return Math.max(4096, ...entries.map(({ end }) => pageEnd(end)));
}

async function assertSurvives(
  copy: TemporaryFolder,
  store: VolumeStore,
  wanted: ReadonlySet<number>,
): Promise<void> {
  for (const _ of ['after the crash', 'once more']) {
    const chunks = store.open(copy.path);
    for (const i of wanted) assert.ok(await holds(chunks, `a.${i}`, body(i)), `a.${i} is lost`);
    for (const name of [...chunks.names()])
      assert.ok(await holds(chunks, name, body(Number(name.slice(2)))), `${name} is wrong`);
    await chunks.close();
  }
  copy.remove();
}

const body = (i: number): Uint8Array => chunkBytes((i * 7919) % 40_000, i);

for (let seed = 1; seed <= 12; seed++) {
  test(`[CK12] what was acknowledged survives a crash at any moment, torn tails and indexes included (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const store = new VolumeStore({ volumeBytes: 150_000, direct: seed % 2 === 0 });
    const wanted = new Set<number>();
    const writes: Promise<unknown>[] = [];
    for (let i = 0; i < 60; i++) {
      const write = store.chunks.write(`a.${i}`, body(i)).then(() => wanted.add(i));
      writes.push(write);
      if (random.chance(0.6)) await write;
      if (wanted.size > 0 && random.chance(0.5)) {
        const gone = random.pick([...wanted]);
        store.chunks.remove(`a.${gone}`);
        wanted.delete(gone);
      }
      if (random.chance(0.1)) await assertSurvives(crashedCopy(random, store), store, new Set(wanted));
    }
    await Promise.all(writes);
    await store.dispose();
  });
}
