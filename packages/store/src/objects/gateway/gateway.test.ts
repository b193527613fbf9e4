import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { bodyOf, md5, patternBytes, readAll } from '../../testing/bodies.ts';
import { LeapingClock } from '../../testing/leaping-clock.ts';
import { MemoryRouter, type MemoryRouterOptions } from '../../testing/memory-router.ts';
import type { BodySource, ObjectStore } from '../object-store.ts';
import { StoreFailure, type StoreFailureCode } from '../store-failure.ts';
import { createObjectStore } from './create-object-store.ts';
import type { GatewayLimits } from './options.ts';

const LIMITS = { inlineBytes: 100, chunkBytes: 1_000, minimumPartBytes: 500 };

function setUp(options: Partial<MemoryRouterOptions> = {}, limits: Partial<GatewayLimits> = {}) {
  const clock = new LeapingClock();
  const router = new MemoryRouter({ nowMs: () => clock.wallMs(), twin: true, ...options });
  const random = seededRandom(7);
  const store = createObjectStore({ router, clock, random, limits: { ...LIMITS, ...limits } });
  return { clock, router, store };
}

function put(store: ObjectStore, key: string, bytes: Uint8Array, conditions = {}) {
  return store.putObject({
    ...{ bucket: 'b', key, conditions, body: bodyOf(bytes) },
    ...{ headers: { 'content-type': 'text/plain' }, userMetadata: { author: 'Zoë' } },
  });
}

function failsWith(code: StoreFailureCode): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof StoreFailure && thrown.code === code;
}

test('[O10] bodies of every size come back whole and in ranges', async () => {
  const { store, router } = setUp();
  await store.createBucket('b');
  for (const size of [0, 1, 99, 100, 101, 999, 1_000, 1_001, 3_000, 10_007]) {
    const bytes = patternBytes(size, size);
    const info = await put(store, `key-${size}`, bytes);
    assert.equal(info.size, size);
    const read = await store.getObject('b', `key-${size}`);
    assert.deepEqual(read.info, info);
    assert.deepEqual(new Uint8Array(await readAll(read)), bytes);
    assert.equal(read.inline !== undefined, size <= 100);
    for (const [start, end] of [
      [0, 1],
      [size >> 1, size],
      [998, 1_002],
      [999, 1_000],
      [5, 5],
      [2_000, 3_500],
    ]) {
      const stop = Math.min(end!, size);
      if (start! > stop) continue;
      assert.deepEqual(new Uint8Array(await readAll(read, start, stop)), bytes.slice(start, stop));
    }
  }
  router.assertTwinsEqual();
});

test('[O10] a body whose size is not known beforehand is taken as well', async () => {
  const { store } = setUp();
  await store.createBucket('b');
  for (const size of [0, 100, 101, 5_000]) {
    const bytes = patternBytes(size, 3);
    const body = bodyOf(bytes, { sized: false, pieceBytes: 77 });
    await store.putObject({ bucket: 'b', key: 'k', headers: {}, userMetadata: {}, conditions: {}, body });
    assert.deepEqual(new Uint8Array(await readAll(await store.getObject('b', 'k'))), bytes);
  }
});

test('[O8] conditions of writes and reads', async () => {
  const { store } = setUp();
  await store.createBucket('b');
  await assert.rejects(put(store, 'k', patternBytes(5, 1), { ifMatch: ['*'] }), failsWith('NoSuchKey'));
  const first = await put(store, 'k', patternBytes(5, 1), { ifNoneMatch: ['*'] });
  await assert.rejects(
    put(store, 'k', patternBytes(5, 2), { ifNoneMatch: ['*'] }),
    failsWith('PreconditionFailed'),
  );
  await assert.rejects(
    put(store, 'k', patternBytes(5, 2), { ifNoneMatch: [first.etag] }),
    failsWith('PreconditionFailed'),
  );
  await assert.rejects(
    put(store, 'k', patternBytes(5, 2), { ifMatch: ['other'] }),
    failsWith('PreconditionFailed'),
  );
  const second = await put(store, 'k', patternBytes(2_000, 2), { ifMatch: ['other', first.etag] });
  await assert.rejects(store.getObject('b', 'k', { ifMatch: [first.etag] }), failsWith('PreconditionFailed'));
  await assert.rejects(store.getObject('b', 'k', { ifNoneMatch: [second.etag] }), failsWith('NotModified'));
  const sameSecond = Math.floor(second.modifiedMs / 1_000) * 1_000;
  await assert.rejects(store.getObject('b', 'k', { ifModifiedSinceMs: sameSecond }), (thrown) => {
    assert.ok(failsWith('NotModified')(thrown) && thrown instanceof StoreFailure);
    assert.deepEqual(thrown.standing, { etag: second.etag, modifiedMs: second.modifiedMs });
    return true;
  });
  await assert.rejects(
    store.getObject('b', 'k', { ifUnmodifiedSinceMs: sameSecond - 1_000 }),
    failsWith('PreconditionFailed'),
  );
  await store.getObject('b', 'k', { ifMatch: [second.etag], ifUnmodifiedSinceMs: 0 });
  await store.getObject('b', 'k', { ifNoneMatch: ['other'], ifModifiedSinceMs: sameSecond });
  await assert.rejects(store.deleteObject('b', 'k', { ifMatch: ['other'] }), failsWith('PreconditionFailed'));
  assert.deepEqual(await store.deleteObject('b', 'k', { ifMatch: [second.etag] }), { existed: true });
  assert.deepEqual(await store.deleteObject('b', 'k'), { existed: false });
  await assert.rejects(store.deleteObject('b', 'k', { ifMatch: ['*'] }), failsWith('NoSuchKey'));
});

const BROKEN_BODIES: Readonly<Record<string, (bytes: Uint8Array) => BodySource>> = {
  'that breaks off': (bytes) => ({
    bytes: (async function* () {
      yield bytes;
      throw new Error('the client went away');
    })(),
    finish: async () => ({ etag: 'never' }),
  }),
  'whose digest is wrong': (bytes) => ({
    ...bodyOf(bytes),
    finish: async () => {
      throw new Error('BadDigest');
    },
  }),
};

for (const [what, broken] of Object.entries(BROKEN_BODIES)) {
  test(`[O11] a body ${what} leaves nothing behind`, async () => {
    const { store, router, clock } = setUp();
    await store.createBucket('b');
    const old = patternBytes(50, 1);
    await put(store, 'k', old);
    const body = broken(patternBytes(4_500, 2));
    const input = { bucket: 'b', key: 'k', headers: {}, userMetadata: {}, conditions: {}, body };
    await assert.rejects(store.putObject(input), /went away|BadDigest/);
    assert.deepEqual(new Uint8Array(await readAll(await store.getObject('b', 'k'))), old);
    await new Promise<void>((resolve) => clock.setTimer(1, resolve));
    assert.deepEqual(router.chunkNames(), []);
  });
}

test('[O12] few chunks are in flight at once, fewer still when the shared budget is spent', async () => {
  for (const [sharedBufferBytes, peak] of [
    [1e6, 3_000],
    [3_000, 2_000],
    [0, 1_000],
  ] as const) {
    const slow = new LeapingClock();
    const pause = (): Promise<void> => new Promise((resolve) => slow.setTimer(1, resolve));
    const { store, router } = setUp({ pause }, { sharedBufferBytes, chunksInFlight: 3 });
    await store.createBucket('b');
    await put(store, 'k', patternBytes(20_000, 1));
    assert.equal(router.peakWritingBytes, peak);
    assert.deepEqual(new Uint8Array(await readAll(await store.getObject('b', 'k'))), patternBytes(20_000, 1));
  }
});

test('[O12] many bodies at once stay within the memory for chunks, which is used again; the others wait for their turn', async () => {
  const slow = new LeapingClock();
  const pause = (): Promise<void> => new Promise((resolve) => slow.setTimer(1, resolve));
  const { store, router } = setUp({ pause }, { sharedBufferBytes: 4_000 });
  await store.createBucket('b');
  const bodies = Array.from({ length: 20 }, (_, i) => patternBytes(5_500, i));
  await Promise.all(bodies.map((body, i) => put(store, `k${i}`, body)));
  assert.ok(router.peakWritingBytes <= 4_000, `${router.peakWritingBytes} bytes at once`);
  for (const [i, body] of bodies.entries())
    assert.deepEqual(new Uint8Array(await readAll(await store.getObject('b', `k${i}`))), body);
});

test('[O12] bodies that break off give their memory back', async () => {
  const { store } = setUp({}, { sharedBufferBytes: 2_000 });
  await store.createBucket('b');
  for (let round = 0; round < 10; round++) {
    const body = BROKEN_BODIES['that breaks off']!(patternBytes(4_500, 2));
    const input = { bucket: 'b', key: 'k', headers: {}, userMetadata: {}, conditions: {}, body };
    await assert.rejects(store.putObject(input), /went away/);
  }
  await put(store, 'k', patternBytes(20_000, 1));
});

test('[O20] a body that takes days is held by its owner and committed', async () => {
  const { store, clock, router } = setUp({}, { holdAfterMs: 1_000 });
  await store.createBucket('b');
  const bytes = patternBytes(10_000, 1);
  async function* slowly(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 500) {
      clock.advance(700);
      yield bytes.subarray(at, at + 500);
    }
  }
  const body = { bytes: slowly(), finish: async () => ({ etag: md5(bytes) }) };
  await store.putObject({ bucket: 'b', key: 'k', headers: {}, userMetadata: {}, conditions: {}, body });
  assert.ok((router.calls.get('holdBlob') ?? 0) >= 5);
  assert.deepEqual(new Uint8Array(await readAll(await store.getObject('b', 'k'))), bytes);
});

test('[O2] keys of 1,024 bytes are taken, longer ones refused before the body is', async () => {
  const { store, router } = setUp();
  await store.createBucket('b');
  const longest = 'é'.repeat(512);
  await put(store, longest, patternBytes(5, 1));
  assert.equal((await store.getObject('b', longest)).info.key, longest);
  await assert.rejects(put(store, `${longest}x`, patternBytes(5_000, 1)), failsWith('KeyTooLong'));
  assert.deepEqual(router.chunkNames(), []);
});

test('[O3] buckets: created once, listed in byte order, refused when they are not there', async () => {
  const { store } = setUp();
  for (const name of ['b', 'B', 'a', 'ä', 'b']) {
    const outcome =
      name === 'b' && (await store.listBuckets()).some((b) => b.name === 'b') ? 'exists' : 'created';
    assert.deepEqual(await store.createBucket(name), { outcome });
  }
  assert.deepEqual(
    (await store.listBuckets()).map(({ name }) => name),
    ['B', 'a', 'b', 'ä'],
  );
  await assert.rejects(store.headBucket('c'), failsWith('NoSuchBucket'));
  await assert.rejects(store.getObject('c', 'k'), failsWith('NoSuchBucket'));
  await assert.rejects(store.deleteBucket('c'), failsWith('NoSuchBucket'));
  await assert.rejects(
    store.listObjects({ bucket: 'c', prefix: '', delimiter: '', after: '', limit: 1 }),
    failsWith('NoSuchBucket'),
  );
});

test("[O4] a gateway that still believes in the bucket's earlier life notices, for every kind of call", async () => {
  const { store: stale, router, clock } = setUp();
  const other = createObjectStore({ router, clock, random: seededRandom(8), limits: LIMITS });
  await stale.createBucket('b');
  await put(stale, 'k', patternBytes(5, 1));
  await other.deleteObject('b', 'k');
  await other.deleteBucket('b');
  await assert.rejects(put(stale, 'k', patternBytes(5, 1)), failsWith('NoSuchBucket'));
  await other.createBucket('b');
  await put(other, 'k', patternBytes(2_000, 2));
  assert.equal((await stale.getObject('b', 'k')).info.size, 2_000);
  await other.deleteObject('b', 'k');
  await other.deleteBucket('b');
  await assert.rejects(
    stale.listObjects({ bucket: 'b', prefix: '', delimiter: '', after: '', limit: 1 }),
    failsWith('NoSuchBucket'),
  );
  await assert.rejects(stale.getObject('b', 'k'), failsWith('NoSuchBucket'));
});
