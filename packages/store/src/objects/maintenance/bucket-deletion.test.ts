import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { bodyOf, patternBytes } from '../../testing/bodies.ts';
import { LeapingClock } from '../../testing/leaping-clock.ts';
import { type Fault, MemoryRouter, type RouterCall } from '../../testing/memory-router.ts';
import { createObjectStore } from '../gateway/create-object-store.ts';
import type { ObjectStore } from '../object-store.ts';
import { StoreFailure, type StoreFailureCode } from '../store-failure.ts';
import { resumeBucketDeletions } from './bucket-deletion.ts';
import { DEFAULT_SWEEP_LIMITS, sweepPartition } from './sweep.ts';

const PARTITIONS = 5;

function setUp() {
  const clock = new LeapingClock();
  const faults: { next: (call: RouterCall) => Fault; pauses: boolean } = {
    next: () => 'none',
    pauses: false,
  };
  const random = seededRandom(3);
  const pause = (): Promise<void> =>
    faults.pauses ? new Promise((resolve) => clock.setTimer(random.int(4), resolve)) : Promise.resolve();
  const router = new MemoryRouter({
    ...{ nowMs: () => clock.wallMs(), partitionCount: PARTITIONS, twin: true },
    ...{ fault: (call) => faults.next(call), pause },
  });
  const limits = { inlineBytes: 10, chunkBytes: 100 };
  const store = createObjectStore({ router, clock, random: seededRandom(7), limits });
  const resume = async (): Promise<void> => {
    const now = { buckets: 100, minimumAgeMs: 0 };
    for (let p = 0; p < PARTITIONS; p++) await resumeBucketDeletions(router, p, now, clock.wallMs());
  };
  return { clock, faults, router, store, resume };
}

function put(store: ObjectStore, key: string) {
  const body = bodyOf(patternBytes(30, 1));
  return store.putObject({ bucket: 'b', key, headers: {}, userMetadata: {}, conditions: {}, body });
}

function failsWith(code: StoreFailureCode): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof StoreFailure && thrown.code === code;
}

function workLeft(router: MemoryRouter): number {
  return router.partitions.reduce((sum, { kv }) => {
    return sum + [...kv.range({ start: Uint8Array.of(0x13), end: Uint8Array.of(0x14) })].length;
  }, 0);
}

/** Dies at the `step`th write of the coordinator: before it, after it, or so that it happens much later. */
function crashAt(step: number, fault: Fault) {
  let writes = 0;
  return (call: RouterCall): Fault => {
    if (call.kind !== 'execute' || !call.what.toLowerCase().includes('bucket')) return 'none';
    writes++;
    return writes === step ? fault : writes > step ? 'notDone' : 'none';
  };
}

for (const fault of ['notDone', 'doneButLost', 'doneLater'] as const) {
  test(`[O7] a coordinator that dies at any step of deleting an empty bucket (${fault}): others finish`, async () => {
    for (let step = 1; step <= PARTITIONS + 2; step++) {
      const { store, faults, resume, router, clock } = setUp();
      await store.createBucket('b');
      await put(store, 'k');
      await store.deleteObject('b', 'k');
      await store.createUpload({ bucket: 'b', key: 'u', headers: {}, userMetadata: {} });
      faults.next = crashAt(step, fault);
      const died = await store.deleteBucket('b').then(() => false, failsWith('Unavailable'));
      assert.equal(died, step <= PARTITIONS + 2);
      faults.next = () => 'none';
      if (step % 2 === 0) router.settle();
      await resume();
      router.settle();
      await resume();
      await resume();
      if (step === 1 && fault === 'notDone') await store.deleteBucket('b');
      await assert.rejects(put(store, 'k'), failsWith('NoSuchBucket'), `step ${step}`);
      await resume();
      assert.equal(workLeft(router), 0);
      await store.createBucket('b');
      await put(store, 'again');
      const page = await store.listUploads({
        ...{ bucket: 'b', prefix: '', delimiter: '', afterKey: '', afterUploadId: '', limit: 9 },
      });
      assert.deepEqual(page.uploads, []);
      await store.deleteObject('b', 'again');
      clock.advance(10 * DEFAULT_SWEEP_LIMITS.unreferencedMs);
      for (let p = 0; p < PARTITIONS; p++)
        await sweepPartition(router, p, DEFAULT_SWEEP_LIMITS, clock.wallMs());
      assert.deepEqual(router.chunkNames(), []);
      router.assertTwinsEqual();
    }
  });

  test(`[O7] a coordinator that dies while it reopens a bucket that is not empty (${fault}): nothing is lost`, async () => {
    for (let step = 1; step <= 2 * PARTITIONS + 4; step++) {
      const { store, faults, resume, router } = setUp();
      await store.createBucket('b');
      const crash = crashAt(step, fault);
      // The object arrives after the first look, before anything is sealed.
      let arrived = false;
      faults.next = (call) => {
        if (call.what === 'beginBucketDeletion' && !arrived) {
          arrived = true;
          const { generation } = router.partitions
            .map((_, p) => p)
            .map((p) => bucketAt(router, p))
            .find((found) => found !== undefined)!;
          const segment = { kind: 'inline', bytes: new Uint8Array(3) } as const;
          const object = {
            bucket: 'b',
            generation,
            key: 'k',
            segment,
            etag: 'e',
            headers: {},
            userMetadata: {},
          };
          router.apply(partitionOfKey(router, 'k'), { type: 'putObject', ...object });
        }
        return crash(call);
      };
      const code = await store.deleteBucket('b').then(
        () => 'deleted',
        (thrown: StoreFailure) => thrown.code,
      );
      assert.equal(code, step <= 2 * PARTITIONS + 3 ? 'Unavailable' : 'BucketNotEmpty');
      if (code === 'BucketNotEmpty') assert.equal(workLeft(router), 0);
      faults.next = () => 'none';
      if (step % 2 === 0) router.settle();
      await resume();
      router.settle();
      await resume();
      assert.equal((await store.getObject('b', 'k')).info.size, 3);
      for (let i = 0; i < 10; i++) await put(store, `key-${i}`);
      if (step > 1) assert.equal(workLeft(router), 0);
    }
  });
}

function bucketAt(router: MemoryRouter, partition: number) {
  const { kv } = router.partitions[partition]!;
  for (const { value } of kv.range({ start: Uint8Array.of(0x11), end: Uint8Array.of(0x12) })) {
    return { generation: Buffer.from(value.subarray(1, 9)).toString('hex') };
  }
  return undefined;
}

function partitionOfKey(router: MemoryRouter, key: string): number {
  return router.partitionOf(new TextEncoder().encode(`b/${key}`));
}

test('[O6] late steps of an attempt that is over do nothing', async () => {
  const { store, router } = setUp();
  await store.createBucket('b');
  await put(store, 'k');
  const { generation } = [0, 1, 2, 3, 4]
    .map((p) => bucketAt(router, p))
    .find((found) => found !== undefined)!;
  const home = router.partitionOf(new TextEncoder().encode('b'));
  const begun = router.apply(home, { type: 'beginBucketDeletion', bucket: 'b' });
  assert.ok(begun.ok);
  const attempt = { bucket: 'b', generation, attempt: begun.attempt };
  const partition = (home + 1) % PARTITIONS;
  router.apply(partition, { type: 'sealBucket', ...attempt });
  router.apply(home, { type: 'cancelBucketDeletion', ...attempt });
  router.apply(partition, { type: 'unsealBucket', ...attempt });
  const sealed = router.apply(partition, { type: 'sealBucket', ...attempt });
  assert.equal(sealed.ok || sealed.code, 'StaleAttempt');
  const finished = router.apply(home, { type: 'finishBucketDeletion', ...attempt });
  assert.equal(finished.ok || finished.code, 'StaleAttempt');
  const next = router.apply(home, { type: 'beginBucketDeletion', bucket: 'b' });
  assert.ok(next.ok && next.attempt > begun.attempt);
  router.apply(partition, { type: 'sealBucket', ...attempt, attempt: next.attempt });
  // The unsealing of the first attempt comes late: the second one's seal must hold.
  router.apply(partition, { type: 'unsealBucket', ...attempt });
  const scope = { bucket: 'b', generation, key: 'x' };
  const refused = router.apply(partition, { type: 'deleteObject', ...scope });
  assert.equal(refused.ok || refused.code, 'BucketSealed');
});

test('[O5] a sealed bucket is read; a write waits and helps when nobody decides', async () => {
  const { store, router, faults } = setUp();
  await store.createBucket('b');
  for (let i = 0; i < 10; i++) await put(store, `key-${i}`);
  const { generation } = [0, 1, 2, 3, 4]
    .map((p) => bucketAt(router, p))
    .find((found) => found !== undefined)!;
  const begun = router.apply(router.partitionOf(new TextEncoder().encode('b')), {
    type: 'beginBucketDeletion',
    bucket: 'b',
  });
  assert.ok(begun.ok);
  for (let p = 0; p < PARTITIONS; p++) {
    router.apply(p, { type: 'sealBucket', bucket: 'b', generation, attempt: begun.attempt });
  }
  assert.equal((await store.getObject('b', 'key-3')).info.size, 30);
  const page = await store.listObjects({ bucket: 'b', prefix: '', delimiter: '', after: '', limit: 100 });
  assert.equal(page.objects.length, 10);
  faults.pauses = true;
  await put(store, 'late');
  assert.equal((await store.getObject('b', 'late')).info.size, 30);
});

for (const seed of [1, 2, 3, 4]) {
  test(`[O6] puts race deletions and creations of their bucket: no acknowledged object is lost, seed ${seed}`, async () => {
    const { router, clock, faults } = setUp();
    faults.pauses = true;
    const random = seededRandom(seed);
    const stores = [1, 2, 3].map((n) =>
      createObjectStore({
        router,
        clock,
        random: seededRandom(seed * 10 + n),
        limits: { inlineBytes: 10, chunkBytes: 100 },
      }),
    );
    const expected = new Map<string, boolean>();
    const tolerate = (thrown: unknown): string => {
      if (thrown instanceof StoreFailure && thrown.code !== 'DataDamaged') return thrown.code;
      throw thrown;
    };
    const outcomes = new Map<string, number>();
    const client = async (store: ObjectStore, name: string): Promise<void> => {
      for (let i = 0; i < 120; i++) {
        const key = `${name}-${random.int(3)}`;
        const action = random.pick([
          'put',
          'put',
          'delete',
          'delete',
          'deleteBucket',
          'createBucket',
          'check',
        ]);
        if (action === 'put') {
          const code = await put(store, key).then(() => 'ok', tolerate);
          assert.ok(code === 'ok' || code === 'NoSuchBucket', code);
          if (code === 'ok') expected.set(key, true);
          else assert.ok(!expected.get(key), `the bucket is gone, and ${key} with it`);
        } else if (action === 'delete') {
          await store.deleteObject('b', key).catch(tolerate);
          expected.set(key, false);
        } else if (action === 'check') {
          const code = await store.getObject('b', key).then(() => 'ok', tolerate);
          assert.equal(code === 'ok', expected.get(key) ?? false, `${key}: ${code}`);
        } else if (action === 'createBucket') await store.createBucket('b').catch(tolerate);
        else {
          const code = await store.deleteBucket('b').then(() => 'deleted', tolerate);
          outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
        }
      }
    };
    await stores[0]!.createBucket('b');
    await Promise.all(stores.map((store, i) => client(store, `client${i}`)));
    for (const [key, stands] of expected) {
      const code = await stores[0]!.getObject('b', key).then(() => 'ok', tolerate);
      assert.equal(code === 'ok', stands, `${key}: ${code}`);
    }
    assert.ok((outcomes.get('deleted') ?? 0) + (outcomes.get('BucketNotEmpty') ?? 0) > 0);
    router.assertTwinsEqual();
  });
}
