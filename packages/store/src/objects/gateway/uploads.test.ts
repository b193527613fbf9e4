import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { bodyOf, md5, patternBytes, readAll } from '../../testing/bodies.ts';
import { LeapingClock } from '../../testing/leaping-clock.ts';
import { MemoryRouter } from '../../testing/memory-router.ts';
import { DEFAULT_SWEEP_LIMITS, sweepPartition } from '../maintenance/sweep.ts';
import type { CompleteUploadInput, PartInfo } from '../object-store.ts';
import { StoreFailure, type StoreFailureCode } from '../store-failure.ts';
import { createObjectStore } from './create-object-store.ts';

async function setUp() {
  const clock = new LeapingClock();
  const router = new MemoryRouter({ nowMs: () => clock.wallMs(), twin: true });
  const limits = { inlineBytes: 100, chunkBytes: 1_000, minimumPartBytes: 500 };
  const store = createObjectStore({ router, clock, random: seededRandom(7), limits });
  await store.createBucket('b');
  const metadata = { headers: { 'content-type': 'x/y' }, userMetadata: { a: '1' } };
  const upload = await store.createUpload({ bucket: 'b', key: 'k', checksumAlgorithm: 'CRC32', ...metadata });
  const target = { bucket: 'b', key: 'k', uploadId: upload.uploadId };
  const putPart = (partNumber: number, bytes: Uint8Array) =>
    store.putPart({ ...target, partNumber, body: bodyOf(bytes) });
  const complete = (
    parts: readonly Pick<PartInfo, 'partNumber' | 'etag'>[],
    change: Partial<CompleteUploadInput> = {},
  ) =>
    store.completeUpload({
      ...{ ...target, parts, conditions: {} },
      finish: async (given) => ({
        etag: `${md5(Buffer.from(given.map(({ etag }) => etag).join('')))}-${given.length}`,
      }),
      ...change,
    });
  return { clock, router, store, upload, target, metadata, putPart, complete };
}

function failsWith(code: StoreFailureCode): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof StoreFailure && thrown.code === code;
}

test('[O13] parts in any order, one replaced, one left out, the last one small', async () => {
  const { store, router, upload, target, metadata, putPart, complete } = await setUp();
  const bytes = [1, 2, 3, 4].map((seed) => patternBytes(seed === 4 ? 50 : 1_200 + seed, seed));
  const last = await putPart(9, bytes[3]!);
  await putPart(2, patternBytes(700, 9));
  const second = await putPart(2, bytes[1]!);
  const first = await putPart(1, bytes[0]!);
  await putPart(5, bytes[2]!);
  assert.deepEqual(await store.getUpload(target), upload);
  const page = await store.listParts({ ...target, after: 1, limit: 2 });
  assert.deepEqual(
    page.parts.map(({ partNumber }) => partNumber),
    [2, 5],
  );
  assert.deepEqual([page.truncated, page.upload, page.parts[0]], [true, upload, second]);

  const info = await complete([first, second, last]);
  assert.deepEqual(info.partSizes, [1_201, 1_202, 50]);
  assert.deepEqual([info.headers, info.userMetadata], [metadata.headers, metadata.userMetadata]);
  const read = await store.getObject('b', 'k');
  assert.deepEqual(read.info, info);
  const whole = Buffer.concat([bytes[0]!, bytes[1]!, bytes[3]!]);
  assert.deepEqual(await readAll(read), whole);
  for (const [start, end] of [
    [1_200, 1_203],
    [2_400, 2_410],
    [2_403, 2_453],
    [999, 1_000],
  ] as const) {
    assert.deepEqual(await readAll(read, start, end), whole.subarray(start, end));
  }
  await assert.rejects(store.getUpload(target), failsWith('NoSuchUpload'));
  await assert.rejects(putPart(3, bytes[0]!), failsWith('NoSuchUpload'));
  router.assertTwinsEqual();
});

test('[O13] what a completion refuses', async () => {
  const { putPart, complete, store } = await setUp();
  const first = await putPart(1, patternBytes(400, 1));
  const second = await putPart(2, patternBytes(600, 2));
  await assert.rejects(complete([]), failsWith('InvalidPart'));
  await assert.rejects(complete([second, first]), failsWith('InvalidPartOrder'));
  await assert.rejects(complete([second, second]), failsWith('InvalidPartOrder'));
  await assert.rejects(complete([{ ...first, etag: second.etag }]), failsWith('InvalidPart'));
  await assert.rejects(complete([first, { ...second, partNumber: 3 }]), failsWith('InvalidPart'));
  await assert.rejects(complete([first, second]), failsWith('EntityTooSmall'));
  await assert.rejects(complete([second], { conditions: { ifMatch: ['x'] } }), failsWith('NoSuchKey'));
  const body = bodyOf(patternBytes(3, 1));
  await store.putObject({ bucket: 'b', key: 'k', headers: {}, userMetadata: {}, conditions: {}, body });
  await assert.rejects(
    complete([second], { conditions: { ifNoneMatch: ['*'] } }),
    failsWith('PreconditionFailed'),
  );
  assert.equal((await complete([second])).size, 600);
});

test('[O14] a completion that is repeated gives the same, also after the object is gone', async () => {
  const { putPart, complete, store, target, clock, router } = await setUp();
  const part = await putPart(1, patternBytes(5_000, 1));
  const { partSizes: _, ...info } = await complete([part], { conditions: { ifNoneMatch: ['*'] } });
  assert.deepEqual(await complete([part], { conditions: { ifNoneMatch: ['*'] } }), info);
  await store.deleteObject('b', 'k');
  assert.deepEqual(await complete([part]), info);
  await assert.rejects(complete([part], { key: 'other' }), failsWith('NoSuchUpload'));
  await assert.rejects(store.abortUpload(target), failsWith('NoSuchUpload'));
  clock.advance(2 * DEFAULT_SWEEP_LIMITS.completedMs);
  for (let p = 0; p < 8; p++) await sweepPartition(router, p, DEFAULT_SWEEP_LIMITS, clock.wallMs());
  await assert.rejects(complete([part]), failsWith('NoSuchUpload'));
});

test('[O13] a part that is replaced while the completion computes is noticed', async () => {
  const { putPart, complete, store } = await setUp();
  const part = await putPart(1, patternBytes(600, 1));
  let calls = 0;
  const finish = async (): Promise<{ etag: string }> => {
    if (calls++ === 0) await putPart(1, patternBytes(600, 1));
    return { etag: `x-${calls}` };
  };
  assert.equal((await complete([part], { finish })).etag, 'x-2');
  assert.deepEqual(await readAll(await store.getObject('b', 'k')), Buffer.from(patternBytes(600, 1)));

  const again = await setUp();
  const old = await again.putPart(1, patternBytes(600, 1));
  const replacing = async (): Promise<{ etag: string }> => {
    await again.putPart(1, patternBytes(600, 2));
    return { etag: 'x-1' };
  };
  await assert.rejects(again.complete([old], { finish: replacing }), failsWith('InvalidPart'));
});

test('[O19] aborted uploads, replaced parts and parts left out are deleted after the grace time', async () => {
  const { putPart, complete, store, target, clock, router } = await setUp();
  const sweep = async (): Promise<void> => {
    for (let p = 0; p < 8; p++)
      await sweepPartition(router, p, { ...DEFAULT_SWEEP_LIMITS, batch: 3 }, clock.wallMs());
  };
  await putPart(1, patternBytes(2_500, 1));
  const part = await putPart(1, patternBytes(2_600, 2));
  await putPart(2, patternBytes(1_500, 3));
  await putPart(3, patternBytes(20, 3));
  await complete([part]);
  const aborted = await store.createUpload({ bucket: 'b', key: 'k', headers: {}, userMetadata: {} });
  const other = { ...target, uploadId: aborted.uploadId };
  for (let partNumber = 1; partNumber <= 7; partNumber++) {
    await store.putPart({
      ...other,
      partNumber,
      body: bodyOf(patternBytes(partNumber === 4 ? 9 : 1_700, partNumber)),
    });
  }
  await store.abortUpload(other);
  const before = router.chunkNames().length;
  await sweep();
  assert.equal(router.chunkNames().length, before);
  clock.advance(DEFAULT_SWEEP_LIMITS.graceMs + 1);
  for (let i = 0; i < 10; i++) await sweep();
  assert.equal(router.chunkNames().length, 3);
  assert.deepEqual(await readAll(await store.getObject('b', 'k')), Buffer.from(patternBytes(2_600, 2)));
  router.assertTwinsEqual();
});
