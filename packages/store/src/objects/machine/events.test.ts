import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, utf8 } from '@crescendo/base';
import type { ObjectEvent } from '../../ports/event-sink.ts';
import { bodyOf, md5, patternBytes } from '../../testing/bodies.ts';
import { LeapingClock } from '../../testing/leaping-clock.ts';
import { MemoryKv } from '../../testing/memory-kv.ts';
import { MemoryRouter } from '../../testing/memory-router.ts';
import type { Command } from '../command.ts';
import type { EventRule } from '../event-rule.ts';
import { createObjectStore } from '../gateway/create-object-store.ts';
import { readPartitionBucket, writePartitionBucket } from '../state/bucket-record.ts';
import { bucketKey, TABLE } from '../state/keys.ts';
import { packOrigin } from '../write-origin.ts';

const JOBS = 'arn:aws:sqs:us-east-1:000000000000:jobs';
const OTHER = 'arn:aws:sqs:us-east-1:000000000000:other';
const ORIGIN = { requestId: 'R1', sourceAddress: '127.0.0.9', principalId: 'AWS:AKID' };
const SCOPE = { bucket: 'b', generation: '0000000000000001' };
const METADATA = { headers: {}, userMetadata: {} };
const ALL: EventRule = { id: 'all', destination: JOBS, events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] };

function partition() {
  const time = { nowMs: 1_700_000_000_000 };
  const router = new MemoryRouter({ nowMs: () => time.nowMs, partitionCount: 1, twin: true });
  const [{ kv, buckets }] = router.partitions as [(typeof router.partitions)[0]];
  const apply = <C extends Command>(command: C) => router.apply(0, command);
  const setRules = (number: number, rules: readonly EventRule[], generation = SCOPE.generation) =>
    apply({ type: 'setBucketRules', bucket: 'b', generation, number, rules });
  const put = (key: string, more: object = {}) => {
    const segment = { kind: 'inline', bytes: utf8(key) } as const;
    return apply({ type: 'putObject', ...SCOPE, ...METADATA, key, segment, etag: md5(utf8(key)), ...more });
  };
  const waiting = async (destination = JOBS): Promise<readonly ObjectEvent[]> => {
    const answer = await router.query(0, { type: 'waitingEvents', destination, limit: 100 });
    assert.ok(answer.ok);
    return answer.events;
  };
  const outboxes = async () => {
    const answer = await router.query(0, { type: 'outboxes' });
    assert.ok(answer.ok);
    return answer.outboxes.map(({ destination, waiting: count }) => `${destination.slice(-5)} ${count}`);
  };
  return { time, router, kv, buckets, apply, setRules, put, waiting, outboxes };
}

test('[O27] a write that a rule matches is queued by its own entry, with what the event tells', async () => {
  const { setRules, put, apply, waiting, time } = partition();
  put('before');
  setRules(5, [ALL]);
  time.nowMs += 7;
  put('ä b', { origin: packOrigin(ORIGIN) });
  put('copy', { copied: true });
  apply({ type: 'deleteObject', ...SCOPE, key: 'ä b', origin: packOrigin(ORIGIN) });
  apply({ type: 'deleteObject', ...SCOPE, key: 'never there' });
  const of = { bucket: 'b', ruleId: 'all', timeMs: time.nowMs };
  assert.deepEqual(await waiting(), [
    {
      ...{ ...of, name: 's3:ObjectCreated:Put', key: 'ä b', index: 3, origin: ORIGIN },
      ...{ size: utf8('ä b').length, etag: md5(utf8('ä b')) },
    },
    { ...of, name: 's3:ObjectCreated:Copy', key: 'copy', index: 4, size: 4, etag: md5(utf8('copy')) },
    { ...of, name: 's3:ObjectRemoved:Delete', key: 'ä b', index: 5, origin: ORIGIN },
  ]);
});

test('[O27] what is refused is not told, and a completion that is repeated is told once', async () => {
  const { setRules, put, apply, waiting } = partition();
  setRules(1, [ALL]);
  put('k', { conditions: { ifMatch: ['x'] } });
  const begun = apply({ type: 'createUpload', ...SCOPE, ...METADATA, key: 'k', nonce: new Uint8Array(10) });
  assert.ok(begun.ok);
  const { uploadId } = begun;
  const segment = { kind: 'inline', bytes: utf8('part') } as const;
  apply({ type: 'putPart', ...SCOPE, key: 'k', uploadId, partNumber: 1, segment, etag: 'e' });
  assert.deepEqual(await waiting(), []);
  const { packParts } = await import('../state/upload-record.ts');
  const parts = packParts([{ partNumber: 1, revision: 4 }]);
  const complete = { type: 'completeUpload', ...SCOPE, key: 'k', uploadId, parts, etag: 'e-1' } as const;
  for (const _ of [1, 2]) assert.ok(apply({ ...complete, minimumPartBytes: 1 }).ok);
  const told = (await waiting()).map(({ name, size, etag }) => ({ name, size, etag }));
  assert.deepEqual(told, [{ name: 's3:ObjectCreated:CompleteMultipartUpload', size: 4, etag: 'e-1' }]);
});

test('[O27] prefix, suffix and kind decide; a destination is told once a write', async () => {
  const { setRules, put, apply, waiting, outboxes } = partition();
  const created = ['s3:ObjectCreated:Put'];
  setRules(1, [
    { id: 'texts', destination: JOBS, events: created, prefix: 'in/', suffix: '.txt' },
    { id: 'again', destination: JOBS, events: ['s3:ObjectCreated:*'], prefix: 'in/' },
    { id: 'gone', destination: OTHER, events: ['s3:ObjectRemoved:Delete'] },
  ]);
  for (const key of ['in/a.txt', 'in/a.jpg', 'out/a.txt']) put(key);
  apply({ type: 'deleteObject', ...SCOPE, key: 'out/a.txt' });
  const told = (await waiting()).map(({ key, ruleId }) => `${ruleId} ${key}`);
  assert.deepEqual(told, ['texts in/a.txt', 'again in/a.jpg']);
  assert.deepEqual(
    (await waiting(OTHER)).map(({ key }) => key),
    ['out/a.txt'],
  );
  assert.deepEqual(await outboxes(), [':jobs 2', 'other 1']);
});

test('[O28] what is settled waits no more, once, and the counts follow', async () => {
  const { setRules, put, apply, waiting, outboxes, router } = partition();
  setRules(1, [ALL]);
  for (const key of ['a', 'b', 'c']) put(key);
  const settle = (indexes: number[]) => apply({ type: 'settleEvents', destination: JOBS, indexes });
  assert.deepEqual(settle([3, 99]), { ok: true, settled: 1 });
  assert.deepEqual(settle([3]), { ok: true, settled: 0 });
  assert.deepEqual(
    (await waiting()).map(({ key }) => key),
    ['a', 'c'],
  );
  assert.deepEqual(await outboxes(), [':jobs 2']);
  settle([2, 4]);
  assert.deepEqual(await outboxes(), []);
  router.assertTwinsEqual();
});

test('[O26] the highest number holds, through sealing and unsealing, and ends with the life of the bucket', async () => {
  const { setRules, put, apply, waiting } = partition();
  setRules(7, [ALL]);
  setRules(6, []);
  apply({ type: 'sealBucket', ...SCOPE, attempt: 20 });
  apply({ type: 'unsealBucket', ...SCOPE, attempt: 20 });
  put('told');
  assert.deepEqual(
    (await waiting()).map(({ key }) => key),
    ['told'],
  );
  apply({ type: 'sealBucket', ...SCOPE, attempt: 21 });
  setRules(8, []);
  apply({ type: 'unsealBucket', ...SCOPE, attempt: 21 });
  put('silent');
  assert.equal((await waiting()).length, 1);
  setRules(9, [ALL]);
  apply({ type: 'dropBucket', ...SCOPE, limit: 1 });
  setRules(10, [ALL]);
  put('next life', { generation: '0000000000000002' });
  assert.equal((await waiting()).length, 1);
});

test('[O26] records of before there were rules are read, and without rules nothing is written otherwise', () => {
  const kv = new MemoryKv();
  const old = Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 9]);
  kv.put(bucketKey(TABLE.buckets, 'b'), old);
  const known = readPartitionBucket(kv, 'b')!;
  assert.deepEqual(known, { generation: '0000000000000001', phase: 'sealed', attempt: 9 });
  writePartitionBucket(kv, 'b', known);
  assert.deepEqual(Uint8Array.from(kv.get(bucketKey(TABLE.buckets, 'b'))!), old);
  const rules = { number: 3, rules: [ALL, { ...ALL, id: 'ü', prefix: '', suffix: 'x' }] };
  writePartitionBucket(kv, 'b', { ...known, rules });
  assert.deepEqual(readPartitionBucket(kv, 'b'), { ...known, rules });
});

test('[O26] rules that were put are in force in every partition for every later write', async () => {
  const clock = new LeapingClock();
  const router = new MemoryRouter({ nowMs: () => clock.wallMs(), partitionCount: 5, twin: true });
  const store = createObjectStore({ router, clock, random: seededRandom(1) });
  await store.createBucket('b');
  await assert.rejects(store.putEventRules('c', [ALL]), { code: 'NoSuchBucket' });
  assert.deepEqual(await store.getEventRules('b'), []);
  await store.putEventRules('b', [ALL]);
  assert.deepEqual(await store.getEventRules('b'), [ALL]);
  for (let i = 0; i < 30; i++) {
    const body = bodyOf(patternBytes(3, i));
    await store.putObject({ bucket: 'b', key: `k${i}`, ...METADATA, conditions: {}, body });
  }
  const answers = await router.queryAll([0, 1, 2, 3, 4], { type: 'outboxes' });
  const counts = answers.map((answer) => (answer.ok ? (answer.outboxes[0]?.waiting ?? 0) : 0));
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    30,
  );
  assert.ok(counts.every((count) => count > 0));
  router.assertTwinsEqual();
});
