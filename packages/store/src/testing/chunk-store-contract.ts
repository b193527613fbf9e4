import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareBytes, seededRandom } from '@crescendo/base';
import type { ChunkStore } from '../ports/chunk-store.ts';

/** One chunk store under test. */
export interface ChunkStoreHarness {
  readonly chunks: ChunkStore;
  /** Closes the store and opens it again on what it kept. */
  reopen(): Promise<ChunkStore>;
  dispose(): Promise<void>;
}

const SIZES = [0, 1, 1000, 65_535, 65_536, 65_537, 200_000, 700_001];

export function chunkBytes(size: number, seed = size): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at++) bytes[at] = (Math.imul(at ^ seed, 2_654_435_761) >>> 13) & 0xff;
  return bytes;
}

async function readOk(chunks: ChunkStore, name: string, offset: number, length: number): Promise<Uint8Array> {
  const read = await chunks.read(name, offset, length);
  assert.ok(read.ok, `${name} is ${read.ok ? '' : read.reason}`);
  return read.bytes;
}

/** Registers the tests that every `ChunkStore` passes. */
export function testChunkStore(name: string, open: () => Promise<ChunkStoreHarness>): void {
  const rule = (title: string, body: (harness: ChunkStoreHarness) => Promise<void>): void => {
    test(`${title} (${name})`, async () => {
      const harness = await open();
      try {
        await body(harness);
      } finally {
        await harness.dispose();
      }
    });
  };

  rule('[PC1] a written chunk is readable in any range, and after reopening', async (harness) => {
    await Promise.all(SIZES.map((size) => harness.chunks.write(`blob-${size}.0`, chunkBytes(size))));
    const random = seededRandom(3);
    const check = async (chunks: ChunkStore): Promise<void> => {
      for (const size of SIZES) {
        const expected = chunkBytes(size);
        assert.equal(chunks.size(`blob-${size}.0`), size);
        for (let round = 0; round < 12; round++) {
          const offset = round === 0 ? 0 : random.int(size + 1);
          const length = round === 0 ? size : random.int(size + 1);
          const found = await readOk(chunks, `blob-${size}.0`, offset, length);
          assert.equal(
            compareBytes(found, expected.subarray(offset, offset + length)),
            0,
            `${size}: ${offset}+${length}`,
          );
        }
        assert.equal(await chunks.verify(`blob-${size}.0`), 'ok');
      }
    };
    await check(harness.chunks);
    await check(await harness.reopen());
  });

  rule('[PC2] a range past the end gives what there is; a missing chunk is missing', async (harness) => {
    await harness.chunks.write('a.0', chunkBytes(100));
    assert.equal((await readOk(harness.chunks, 'a.0', 90, 50)).length, 10);
    assert.equal((await readOk(harness.chunks, 'a.0', 100, 50)).length, 0);
    assert.equal((await readOk(harness.chunks, 'a.0', 5000, 1)).length, 0);
    assert.deepEqual(await harness.chunks.read('b.0', 0, 1), { ok: false, reason: 'missing' });
    assert.equal(await harness.chunks.verify('b.0'), 'missing');
    assert.equal(harness.chunks.size('b.0'), undefined);
  });

  rule('[PC3] a removed chunk is gone at once, stays gone, and can be written anew', async (harness) => {
    await harness.chunks.write('a.0', chunkBytes(70_000));
    await readOk(harness.chunks, 'a.0', 0, 10);
    harness.chunks.remove('a.0');
    harness.chunks.remove('never.0');
    assert.deepEqual(await harness.chunks.read('a.0', 0, 1), { ok: false, reason: 'missing' });
    assert.equal(harness.chunks.size('a.0'), undefined);
    await harness.chunks.write('a.0', chunkBytes(70_000, 5));
    const again = await harness.reopen();
    assert.equal(compareBytes(await readOk(again, 'a.0', 0, 70_000), chunkBytes(70_000, 5)), 0);
    again.remove('a.0');
    assert.equal((await harness.reopen()).size('a.0'), undefined);
  });

  rule('[PC4] names, sizes and usage agree with what was written and removed', async (harness) => {
    const before = harness.chunks.usage();
    assert.ok(before.capacityBytes > 0 && !before.full);
    for (let i = 0; i < 5; i++) await harness.chunks.write(`c.${i}`, chunkBytes(10_000, i));
    harness.chunks.remove('c.3');
    const check = (chunks: ChunkStore): void => {
      assert.deepEqual([...chunks.names()].sort(), ['c.0', 'c.1', 'c.2', 'c.4']);
      const grown = chunks.usage().usedBytes - before.usedBytes;
      assert.ok(grown >= 40_000 && grown < 50_000, `${grown} bytes more are used`);
    };
    check(harness.chunks);
    check(await harness.reopen());
  });

  rule('[PC5] writing the same chunk again, also at the same time, changes nothing', async (harness) => {
    await Promise.all([1, 2, 3].map(() => harness.chunks.write('same.0', chunkBytes(90_000))));
    await harness.chunks.write('same.0', chunkBytes(90_000));
    assert.deepEqual([...harness.chunks.names()], ['same.0']);
    assert.equal(await harness.chunks.verify('same.0'), 'ok');
  });
}
