import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '@crescendo/base';
import { bodyOf, md5, patternBytes, readAll } from '../../testing/bodies.ts';
import { LeapingClock } from '../../testing/leaping-clock.ts';
import { everything } from '../../testing/memory-kv.ts';
import { type Fault, MemoryRouter, type RouterCall } from '../../testing/memory-router.ts';
import { createObjectStore } from '../gateway/create-object-store.ts';
import { blobIdOf, chunkPlacement } from '../identifiers.ts';
import type { ObjectStore } from '../object-store.ts';
import { TABLE } from '../state/keys.ts';
import { StoreFailure } from '../store-failure.ts';
import { DEFAULT_BUCKET_DELETION_LIMITS, resumeBucketDeletions } from './bucket-deletion.ts';
import { DEFAULT_SWEEP_LIMITS, type SweepLimits, sweepPartition } from './sweep.ts';

const PARTITIONS = 6;
const LIMITS = {
  inlineBytes: 20,
  chunkBytes: 100,
  minimumPartBytes: 50,
  sealedWaitMs: 500,
  sealedHelpMs: 100,
};

function setUp(seed = 1, pauses = false) {
  const clock = new LeapingClock();
  const random = seededRandom(seed);
  const faults: { next: (call: RouterCall) => Fault } = { next: () => 'none' };
  const pause = (): Promise<void> => new Promise((resolve) => clock.setTimer(random.int(4), resolve));
  const router = new MemoryRouter({
    ...{ nowMs: () => clock.wallMs(), partitionCount: PARTITIONS, twin: true, random: random.fork('router') },
    ...{ fault: (call) => faults.next(call), ...(pauses ? { pause } : {}) },
  });
  const store = createObjectStore({ router, clock, random: random.fork('store'), limits: LIMITS });
  const sweepAll = async (limits: Partial<SweepLimits> = {}): Promise<boolean> => {
    let more = false;
    for (let p = 0; p < PARTITIONS; p++) {
      const report = await sweepPartition(router, p, { ...DEFAULT_SWEEP_LIMITS, ...limits }, clock.wallMs());
      more ||= report.more || report.delayed;
    }
    return more;
  };
  return { clock, random, faults, router, store, sweepAll };
}

function put(store: ObjectStore, key: string, bytes: Uint8Array) {
  return store.putObject({
    bucket: 'b',
    key,
    headers: {},
    userMetadata: {},
    conditions: {},
    body: bodyOf(bytes),
  });
}

test('[O9] what is overwritten or deleted stays readable for the grace time, and not much longer', async () => {
  const { store, clock, router, sweepAll } = setUp();
  await store.createBucket('b');
  await put(store, 'k', patternBytes(1_000, 1));
  await put(store, 'l', patternBytes(300, 1));
  const read = await store.getObject('b', 'k');
  await put(store, 'k', patternBytes(500, 2));
  await store.deleteObject('b', 'l');
  clock.advance(DEFAULT_SWEEP_LIMITS.graceMs - 1);
  await sweepAll();
  assert.deepEqual(await readAll(read), Buffer.from(patternBytes(1_000, 1)));
  clock.advance(2);
  await sweepAll();
  assert.equal(router.chunkNames().length, 5);
  await assert.rejects(readAll(read), StoreFailure);
  assert.deepEqual(await readAll(await store.getObject('b', 'k')), Buffer.from(patternBytes(500, 2)));
});

test('[O18] a commit that comes after the sweep gave its blob up fails, and only then are the chunks gone', async () => {
  const { store, clock, router, sweepAll } = setUp();
  await store.createBucket('b');
  const bytes = patternBytes(1_000, 1);
  let chunksInBetween = 0;
  const body = {
    bytes: bodyOf(bytes).bytes,
    finish: async () => {
      await sweepAll();
      chunksInBetween = router.chunkNames().length;
      clock.advance(DEFAULT_SWEEP_LIMITS.unreferencedMs + 1);
      await sweepAll();
      return { etag: md5(bytes) };
    },
  };
  const input = { bucket: 'b', key: 'k', headers: {}, userMetadata: {}, conditions: {}, body };
  const unavailable = (thrown: unknown): boolean => thrown instanceof StoreFailure && thrown.retryable;
  await assert.rejects(store.putObject(input), unavailable);
  assert.equal(chunksInBetween, 10);
  assert.deepEqual(router.chunkNames(), []);
  await assert.rejects(store.getObject('b', 'k'), (thrown: StoreFailure) => thrown.code === 'NoSuchKey');
});

test('[O18] an owner that does not answer keeps its chunks and does not stop the others', async () => {
  const { store, clock, router, sweepAll, faults } = setUp();
  await store.createBucket('b');
  faults.next = ({ what }) => (what === 'putObject' || what === 'resolveBlobs' ? 'notDone' : 'none');
  for (let i = 0; i < 20; i++) await put(store, `lost-${i}`, patternBytes(250, i)).catch(() => {});
  const silent = 2;
  faults.next = ({ kind, partition, what }) =>
    kind !== 'readChunk' && partition === silent && what.includes('lob') ? 'notDone' : 'none';
  clock.advance(DEFAULT_SWEEP_LIMITS.unreferencedMs + 1);
  await sweepAll({ batch: 7 });
  for (let i = 0; i < 10; i++) await sweepAll({ batch: 7 });
  const left = router.partitions.flatMap(({ kv }) =>
    everything(kv)
      .filter(({ key }) => key[0] === TABLE.chunks)
      .map(({ value }) => value[3]),
  );
  assert.ok(left.length > 0 && left.length < 60);
  faults.next = () => 'none';
  clock.advance(DEFAULT_SWEEP_LIMITS.unreferencedMs + 1);
  for (let i = 0; i < 10; i++) await sweepAll({ batch: 7 });
  assert.deepEqual(router.chunkNames(), []);
});

test('[O19] garbage whose chunks can not be deleted now is not forgotten', async () => {
  const { store, clock, router, sweepAll, faults } = setUp();
  await store.createBucket('b');
  for (let i = 0; i < 10; i++) await put(store, `k${i}`, patternBytes(300, i));
  clock.advance(DEFAULT_SWEEP_LIMITS.unreferencedMs + 1);
  await sweepAll();
  for (let i = 0; i < 10; i++) await store.deleteObject('b', `k${i}`);
  clock.advance(DEFAULT_SWEEP_LIMITS.graceMs + 1);
  faults.next = ({ what, partition }) => (what === 'deleteChunks' && partition === 1 ? 'notDone' : 'none');
  await sweepAll();
  const left = router.chunkNames().length;
  assert.ok(left > 0 && left < 30, `${left} chunks`);
  faults.next = () => 'none';
  await sweepAll();
  assert.deepEqual(router.chunkNames(), []);
});

test('[O20] chunks of held blobs do not stand in the way of those behind them', async () => {
  const { clock, router, sweepAll, random } = setUp();
  const chunk = async (held: boolean): Promise<void> => {
    let blobId: string;
    do blobId = blobIdOf(clock.wallMs(), random.bytes(10));
    while (router.partitionOf(chunkPlacement(`${blobId}.0`)) !== 3);
    if (held) router.apply(0, { type: 'holdBlob', blobId, forMs: 24 * 3_600_000 });
    await router.writeChunk(3, `${blobId}.0`, 0, new Uint8Array(5));
    clock.advance(1);
  };
  for (let i = 0; i < 20; i++) await chunk(i < 10);
  clock.advance(DEFAULT_SWEEP_LIMITS.unreferencedMs + 1);
  for (let i = 0; i < 4; i++) await sweepAll({ batch: 5 });
  assert.equal(router.chunkNames().length, 10);
});

test('[O18] marks of aborted blobs are forgotten when the floor has passed them', async () => {
  const { store, clock, router, sweepAll, faults } = setUp();
  await store.createBucket('b');
  faults.next = ({ what }) => (what === 'putObject' ? 'notDone' : 'none');
  for (let i = 0; i < 5; i++) await put(store, `lost-${i}`, patternBytes(250, i)).catch(() => {});
  await new Promise<void>((resolve) => clock.setTimer(1, resolve));
  const marks = (): number =>
    router.partitions.flatMap(({ kv }) => everything(kv).filter(({ key }) => key[0] === TABLE.marks)).length;
  assert.equal(marks(), 5);
  clock.advance(DEFAULT_SWEEP_LIMITS.maximumBlobAgeMs + 1);
  await sweepAll();
  assert.equal(marks(), 0);
});

/** What a key may hold: one client writes it, so only writes that gave no answer leave a doubt. */
class Belief {
  #possible: (string | undefined)[] = [undefined];
  /** May come true at any time. */
  #late: (string | undefined)[] = [];

  wrote(etag: string | undefined, sure: boolean): void {
    if (sure) this.#possible = [etag];
    else this.#late.push(etag);
  }

  assertMayBe(etag: string | undefined, where: string): void {
    const all = [...this.#possible, ...this.#late];
    assert.ok(all.includes(etag), `${where}: read ${etag}, possible are ${all.join(', ')}`);
    this.#possible = [etag];
  }
}

const PERMITTED = new Set([
  'Unavailable',
  'Conflict',
  'NoSuchBucket',
  'NoSuchKey',
  'NoSuchUpload',
  'InvalidPart',
  'BucketNotEmpty',
]);

function codeOf(thrown: unknown): string {
  if (thrown instanceof StoreFailure && PERMITTED.has(thrown.code)) return thrown.code;
  throw thrown;
}

async function client(store: ObjectStore, random: Random, name: string, steps: number): Promise<void> {
  const beliefs = new Map<string, Belief>();
  const read = async (key: string): Promise<string | undefined> => {
    const found = await store.getObject('b', key);
    const bytes = await readAll(found);
    if (!found.info.etag.includes('-')) assert.equal(md5(bytes), found.info.etag);
    assert.equal(bytes.length, found.info.size);
    return found.info.etag;
  };
  for (let step = 0; step < steps; step++) {
    const key = `${name}/${random.int(3)}`;
    const belief = beliefs.get(key) ?? new Belief();
    beliefs.set(key, belief);
    const where = `${key} at step ${step}`;
    const bytes = patternBytes(random.pick([0, 10, 21, 150, 460]), random.int(1e6));
    const action = random.int(12);
    if (action < 4) {
      const code = await put(store, key, bytes).then(() => 'ok', codeOf);
      if (code !== 'NoSuchBucket') belief.wrote(md5(bytes), code === 'ok');
      else belief.assertMayBe(undefined, where);
    } else if (action < 6) {
      const code = await store.deleteObject('b', key).then(() => 'ok', codeOf);
      if (code !== 'NoSuchBucket') belief.wrote(undefined, code === 'ok');
      else belief.assertMayBe(undefined, where);
    } else if (action < 9) {
      const etag = await read(key).catch((thrown) =>
        codeOf(thrown) === 'Unavailable' ? 'no answer' : undefined,
      );
      if (etag !== 'no answer') belief.assertMayBe(etag, where);
    } else if (action < 10) {
      await uploadParts(store, random, key, belief).catch(codeOf);
    } else if (action < 11 && random.chance(0.3)) await store.deleteBucket('b').catch(codeOf);
    else await store.createBucket('b').catch(codeOf);
  }
}

async function uploadParts(store: ObjectStore, random: Random, key: string, belief: Belief): Promise<void> {
  const { uploadId } = await store.createUpload({ bucket: 'b', key, headers: {}, userMetadata: {} });
  const target = { bucket: 'b', key, uploadId };
  const parts = [];
  for (const partNumber of [1, 2, 5]) {
    const bytes = patternBytes(50 + random.int(200), random.int(1e6));
    parts.push(await store.putPart({ ...target, partNumber, body: bodyOf(bytes) }));
    if (random.chance(0.2)) return store.abortUpload(target);
  }
  const etag = `${md5(Buffer.from(uploadId))}-3`;
  const code = await store
    .completeUpload({ ...target, parts, conditions: {}, finish: async () => ({ etag }) })
    .then(() => 'ok', codeOf);
  if (code !== 'NoSuchBucket') belief.wrote(etag, code === 'ok');
}

for (const seed of [1, 2, 3, 4, 1022]) {
  test(`[O17-O19] clients, faults and sweeps at once: reads are right, and in the end nothing is left over, seed ${seed}`, async () => {
    const { router, clock, random, faults, store, sweepAll } = setUp(seed, true);
    let running = true;
    faults.next = ({ kind }) => {
      if (!random.chance(0.04)) return 'none';
      if (kind === 'writeChunk' && random.chance(0.3)) router.changeMembership(random.int(PARTITIONS));
      return random.pick(['notDone', 'doneButLost', 'doneLater']);
    };
    const impatient = { batch: 5, graceMs: 400, unreferencedMs: 60 };
    const keeper = async (): Promise<void> => {
      while (running) {
        await new Promise<void>((resolve) => clock.setTimer(random.int(60), resolve));
        if (random.chance(0.3)) router.settle(false);
        await sweepAll(impatient).catch(codeOf);
        const now = { ...DEFAULT_BUCKET_DELETION_LIMITS, minimumAgeMs: random.int(50) };
        await resumeBucketDeletions(router, random.int(PARTITIONS), now, clock.wallMs()).catch(codeOf);
      }
    };
    await store.createBucket('b').catch(codeOf);
    const others = [1, 2, 3].map((n) =>
      createObjectStore({ router, clock, random: random.fork(`store ${n}`), limits: LIMITS }),
    );
    const work = others.map((other, n) => client(other, random.fork(`client ${n}`), `client${n}`, 80));
    const keepers = [keeper(), keeper()];
    await Promise.all(work).finally(() => {
      running = false;
    });
    await Promise.all(keepers);

    faults.next = () => 'none';
    router.settle();
    await emptyBucket(store);
    for (let round = 0; round < 30; round++) {
      clock.advance(DEFAULT_SWEEP_LIMITS.maximumBlobAgeMs + 1);
      for (let p = 0; p < PARTITIONS; p++) {
        await resumeBucketDeletions(router, p, DEFAULT_BUCKET_DELETION_LIMITS, clock.wallMs());
      }
      if (!(await sweepAll({ batch: 20 })) && round > 3) break;
    }
    assert.deepEqual(router.chunkNames(), []);
    const stays: number[] = [TABLE.counters, TABLE.buckets, TABLE.blobFloor];
    const left = router.partitions.flatMap(({ kv }) => everything(kv).map(({ key }) => key[0]!));
    assert.deepEqual(
      left.filter((table) => !stays.includes(table)),
      [],
    );
    for (let p = 0; p < PARTITIONS; p++) {
      const empty = { objects: 0, objectBytes: 0, inlineBytes: 0, chunks: 0, chunkBytes: 0 };
      assert.deepEqual(await router.query(p, { type: 'stats' }), { ok: true, ...empty });
    }
    router.assertTwinsEqual();
  });
}

async function emptyBucket(store: ObjectStore): Promise<void> {
  await store.createBucket('b');
  const all = { bucket: 'b', prefix: '', delimiter: '', after: '', limit: 1_000 };
  for (const { key } of (await store.listObjects(all)).objects) await store.deleteObject('b', key);
  await store.deleteBucket('b');
}
