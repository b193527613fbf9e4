import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patternBytes } from '../../testing/bodies.ts';
import { readBlobs } from './blob-reader.ts';
import { BufferPool } from './buffer-pool.ts';
import { DEFAULT_GATEWAY_LIMITS } from './options.ts';

const BLOB = { blobId: '00'.repeat(16), size: 10_000, chunkBytes: 4_000 };
const BYTES = patternBytes(BLOB.size, 3);
const LIMITS = { ...DEFAULT_GATEWAY_LIMITS, readPieceBytes: 1_000, readAheadPieces: 2 };

type Read = (bytes: Uint8Array, into: Uint8Array) => Promise<Uint8Array>;

const inPlace: Read = async (bytes, into) => {
  into.set(bytes);
  return into.subarray(0, bytes.length);
};

/** Reads through a router that only reads, and counts the memory that was needed. */
function reading(read: Read, start = 0, end = BLOB.size) {
  const buffers: Uint8Array[] = [];
  const pool = new BufferPool(LIMITS.readPieceBytes, (size) => {
    buffers.push(new Uint8Array(size));
    return buffers.at(-1)!;
  });
  const router = {
    partitionOf: () => 0,
    readChunk: (_partition: number, name: string, offset: number, length: number, into: Uint8Array) => {
      const from = Number(name.split('.')[1]) * BLOB.chunkBytes + offset;
      return read(BYTES.subarray(from, from + length), into);
    },
  };
  const gateway = { router, limits: LIMITS, pieces: pool } as unknown as Parameters<typeof readBlobs>[0];
  return { buffers, pool, pieces: readBlobs(gateway, [BLOB], start, end) };
}

async function gather(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece.slice());
  return new Uint8Array(Buffer.concat(all));
}

test('[O10] pieces share a few buffers, and every range is exact', async () => {
  for (const [start, end] of [
    [0, BLOB.size],
    [1, 9_999],
    [3_999, 4_001],
    [950, 1_050],
    [7_500, 7_501],
  ] as const) {
    const { buffers, pieces } = reading(inPlace, start, end);
    assert.deepEqual(await gather(pieces), BYTES.slice(start, end));
    assert.ok(buffers.length <= LIMITS.readAheadPieces + 1, `${buffers.length} buffers`);
  }
});

test('[O10] memory that a read has not answered with is not used again: an attempt given up may still write to it', async () => {
  const given: Uint8Array[] = [];
  const elsewhere: Read = async (bytes, into) => {
    assert.ok(!given.includes(into));
    given.push(into);
    return bytes.slice();
  };
  const { pieces } = reading(elsewhere);
  assert.deepEqual(await gather(pieces), BYTES);
  assert.equal(given.length, 10);
});

test('[O10] a reader that stops leaves the memory of reads under way alone until they have ended', async () => {
  const ends: (() => void)[] = [];
  const firstAtOnce: Read = async (bytes, into) => {
    if (bytes[0] !== BYTES[0]) await new Promise<void>((resolve) => ends.push(resolve));
    return inPlace(bytes, into);
  };
  const { buffers, pool, pieces } = reading(firstAtOnce);
  for await (const piece of pieces) {
    assert.deepEqual(new Uint8Array(piece), BYTES.slice(0, 1_000));
    break;
  }
  assert.equal(ends.length, 2);
  const underWay = new Set(buffers.slice(1, 3));
  for (let i = 0; i < 3; i++) assert.ok(!underWay.has(pool.take()));
  for (const end of ends) end();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(new Set([pool.take(), pool.take()]), underWay);
});

test('[O10] a piece that is short is damage', async () => {
  const { pieces } = reading(async (bytes, into) => (await inPlace(bytes, into)).subarray(1));
  await assert.rejects(gather(pieces), { code: 'DataDamaged' });
});
