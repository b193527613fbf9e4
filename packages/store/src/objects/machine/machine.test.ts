import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '@crescendo/base';
import { everything } from '../../testing/memory-kv.ts';
import { MemoryRouter } from '../../testing/memory-router.ts';
import { StrictKv } from '../../testing/strict-kv.ts';
import { isCommand, isQuery } from '../check.ts';
import type { Command, RegisterChunk } from '../command.ts';
import { blobIdOf } from '../identifiers.ts';
import { packParts } from '../state/upload-record.ts';
import { answerQuery } from './answer.ts';

const NOW = 1_700_000_000_000;
const BLOB = blobIdOf(NOW, new Uint8Array(10));
const SCOPE = { bucket: 'b', generation: '0000000000000001' };
const KEY = { ...SCOPE, key: 'k' };
const METADATA = { headers: {}, userMetadata: {} };

function machine() {
  const time = { nowMs: NOW };
  const router = new MemoryRouter({ nowMs: () => time.nowMs, partitionCount: 1, twin: true });
  const [partition] = router.partitions;
  return { time, router, partition: partition!, apply: router.apply.bind(router, 0) as typeof apply };
  function apply<C extends Command>(command: C) {
    return router.apply(0, command);
  }
}

function codeOf(result: { ok: boolean; code?: string }): string {
  return result.ok ? 'ok' : (result.code ?? '');
}

function putBlob(blobId = BLOB, size = 10_000) {
  const segment = { kind: 'blob', blobId, size, chunkBytes: 4_096 } as const;
  return { type: 'putObject', ...KEY, ...METADATA, segment, etag: 'e' } as const;
}

const REGISTER: RegisterChunk = {
  ...{ type: 'registerChunk', name: `${BLOB}.0`, size: 10, ownerPartition: 0 },
  ...{ epoch: 1, holders: ['a', 'b'] },
};

test('[O16] a chunk is registered only under the membership in force and by a majority of its voters', () => {
  const { apply, partition } = machine();
  partition.membership = { epoch: 7, voters: ['a', 'b', 'c'], learners: ['d'] };
  const register = (change: Partial<RegisterChunk>): string =>
    codeOf(apply({ ...REGISTER, epoch: 7, ...change }));
  assert.equal(register({ epoch: 6 }), 'StaleConfiguration');
  assert.equal(register({ epoch: 8 }), 'StaleConfiguration');
  assert.equal(register({ holders: ['a'] }), 'StaleConfiguration');
  assert.equal(register({ holders: ['a', 'a'] }), 'StaleConfiguration');
  assert.equal(register({ holders: ['a', 'd', 'e'] }), 'StaleConfiguration');
  assert.equal(register({ size: 0 }), 'Malformed');
  assert.equal(register({ name: '../etc' }), 'Malformed');
  assert.deepEqual(answerQuery(partition.kv, { type: 'chunkInfo', name: REGISTER.name }), { ok: true });
  assert.equal(register({ crc: 5 }), 'ok');
  assert.equal(register({}), 'ok');
  assert.equal(register({ size: 11 }), 'Malformed');
  const chunk = { name: REGISTER.name, size: 10, crc: 5, owner: 0 };
  assert.deepEqual(answerQuery(partition.kv, { type: 'chunkInfo', name: REGISTER.name }), {
    ok: true,
    chunk,
  });
});

test('[O21] counters follow chunks and objects', () => {
  const { apply, partition } = machine();
  const stats = () => answerQuery(partition.kv, { type: 'stats' });
  apply(REGISTER);
  apply(REGISTER);
  apply({ ...REGISTER, name: `${BLOB}.1`, size: 5 });
  apply(putBlob());
  const inline = { kind: 'inline', bytes: new Uint8Array(7) } as const;
  apply({ ...putBlob(), key: 'other', segment: inline });
  const counted = { objects: 2, objectBytes: 10_007, inlineBytes: 7, chunks: 2, chunkBytes: 15 };
  assert.deepEqual(stats(), { ok: true, ...counted });
  apply({ ...putBlob(), segment: inline });
  apply({ type: 'deleteObject', ...KEY, key: 'other' });
  apply({ type: 'deleteChunks', names: [`${BLOB}.0`, `${BLOB}.0`, `${BLOB}.7`] });
  assert.deepEqual(stats(), {
    ok: true,
    objects: 1,
    objectBytes: 7,
    inlineBytes: 7,
    chunks: 1,
    chunkBytes: 5,
  });
});

test('[O16] pages of registered chunks go on behind a name, in order', () => {
  const { apply, partition } = machine();
  for (const index of [0, 1, 2, 10, 300]) apply({ ...REGISTER, name: `${BLOB}.${index}` });
  const names: string[] = [];
  for (let after = ''; ; ) {
    const page = answerQuery(partition.kv, { type: 'chunkPage', after, limit: 2 });
    assert.ok(page.ok);
    names.push(...page.chunks.map(({ name }) => name));
    if (!page.truncated) break;
    after = names.at(-1)!;
  }
  assert.deepEqual(
    names,
    [0, 1, 2, 10, 300].map((index) => `${BLOB}.${index}`),
  );
});

test('[O17] a blob is committed at most once, and never after it was aborted', () => {
  const { apply, time } = machine();
  assert.equal(codeOf(apply(putBlob())), 'ok');
  assert.equal(codeOf(apply({ ...putBlob(), key: 'second' })), 'BlobAborted');
  assert.deepEqual(apply({ type: 'resolveBlobs', blobIds: [BLOB] }), { ok: true, states: ['known'] });

  const other = blobIdOf(NOW, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  assert.deepEqual(apply({ type: 'resolveBlobs', blobIds: [other] }), { ok: true, states: ['aborted'] });
  assert.equal(codeOf(apply({ ...putBlob(other), key: 'late' })), 'BlobAborted');
  assert.equal(codeOf(apply({ type: 'holdBlob', blobId: other, forMs: 1_000 })), 'BlobAborted');

  // Once the mark is forgotten, the floor refuses it.
  apply({ type: 'raiseBlobFloor', floorMs: NOW + 1, limit: 10 });
  assert.equal(codeOf(apply({ ...putBlob(other), key: 'later' })), 'BlobAborted');
  time.nowMs = NOW + 5;
  const young = blobIdOf(NOW + 5, new Uint8Array(10));
  assert.equal(codeOf(apply({ ...putBlob(young), key: 'young' })), 'ok');
});

test('[O17] garbage is known until it is forgotten, so its chunks are not taken for unreferenced', () => {
  const { apply, partition } = machine();
  apply(putBlob());
  apply({ type: 'deleteObject', ...KEY });
  const states = () => answerQuery(partition.kv, { type: 'blobStates', blobIds: [BLOB] });
  assert.deepEqual(states(), { ok: true, states: ['known'] });
  const garbage = answerQuery(partition.kv, { type: 'garbage', beforeMs: NOW + 1, limit: 10 });
  assert.ok(garbage.ok);
  const [entry] = garbage.entries;
  assert.deepEqual(entry?.blobs, [{ blobId: BLOB, size: 10_000, chunkBytes: 4_096 }]);
  const { id, cursor, next } = entry!;
  apply({ type: 'forgetGarbage', id, cursor: cursor + 1, next: next + 1 });
  assert.deepEqual(states(), { ok: true, states: ['known'] });
  apply({ type: 'forgetGarbage', id, cursor, next });
  assert.deepEqual(states(), { ok: true, states: ['unresolved'] });
});

test('[O20] a held blob is aborted only after its time', () => {
  const { apply, time } = machine();
  const resolve = () => apply({ type: 'resolveBlobs', blobIds: [BLOB] });
  apply({ type: 'holdBlob', blobId: BLOB, forMs: 1_000 });
  assert.deepEqual(resolve(), { ok: true, states: ['held'] });
  time.nowMs += 1_000;
  assert.deepEqual(resolve(), { ok: true, states: ['aborted'] });
});

test('[O14] a completion that comes twice into the log gives the same result twice', () => {
  const { apply, partition } = machine();
  const created = apply({ type: 'createUpload', ...KEY, ...METADATA, nonce: new Uint8Array(10) });
  assert.ok(created.ok);
  const upload = { ...KEY, uploadId: created.uploadId };
  apply({ type: 'putPart', ...upload, partNumber: 1, segment: putBlob().segment, etag: 'e' });
  const parts = packParts([{ partNumber: 1, revision: partition.index }]);
  const complete = { type: 'completeUpload', ...upload, parts, etag: 'x-1', minimumPartBytes: 5 } as const;
  const once = { ...complete, conditions: { ifNoneMatch: ['*'] } };
  const first = apply(once);
  assert.ok(first.ok);
  assert.deepEqual(apply(once), first);
});

test('[O4] a partition takes a newer life of a bucket for live and refuses older and dropped ones', () => {
  const { apply } = machine();
  const del = (generation: string) =>
    codeOf(apply({ type: 'deleteObject', bucket: 'b', generation, key: 'k' }));
  const [first, second, third] = ['1', '2', '3'].map((digit) => digit.padStart(16, '0')) as [
    string,
    string,
    string,
  ];
  assert.equal(del(second), 'ok');
  assert.equal(del(first), 'StaleBucket');
  apply({ type: 'dropBucket', bucket: 'b', generation: second, limit: 5 });
  assert.equal(del(second), 'StaleBucket');
  assert.equal(del(third), 'ok');
  apply({ type: 'dropBucket', bucket: 'b', generation: second, limit: 5 });
  assert.equal(del(third), 'ok');
});

test('[O15] ten thousand parts: each put writes little, the completion is one entry, deleting is one row', () => {
  const { apply, partition, router } = machine();
  const created = apply({ type: 'createUpload', ...KEY, ...METADATA, nonce: new Uint8Array(10) });
  assert.ok(created.ok);
  const upload = { ...KEY, uploadId: created.uploadId };
  const choices: { partNumber: number; revision: number }[] = [];
  for (let partNumber = 1; partNumber <= 10_000; partNumber++) {
    const random = new Uint8Array(10);
    new DataView(random.buffer).setUint32(0, partNumber);
    const segment = { kind: 'blob', blobId: blobIdOf(NOW, random), size: 5, chunkBytes: 4 } as const;
    const before = partition.kv.bytes;
    apply({ type: 'putPart', ...upload, partNumber, segment, etag: 'e' });
    assert.ok(partition.kv.bytes - before < 250);
    choices.push({ partNumber, revision: partition.index });
  }
  const complete = { type: 'completeUpload', ...upload, parts: packParts(choices), etag: 'x-10000' } as const;
  const done = apply({ ...complete, minimumPartBytes: 5 });
  assert.ok(done.ok);
  assert.equal(done.size, 50_000);
  const found = answerQuery(partition.kv, { type: 'object', ...KEY });
  assert.ok(found.ok);
  assert.equal(found.manifest?.length, 1 + 10_000 * 26);
  const rows = partition.kv.count;
  apply({ type: 'deleteObject', ...KEY });
  assert.ok(Math.abs(partition.kv.count - rows) <= 1);
  router.assertTwinsEqual();
});

/** Values that are of the wrong kind, too large, or subtly off. */
function strange(random: Random): unknown {
  return random.pick<unknown>([
    ...[
      undefined,
      null,
      true,
      0,
      -1,
      1.5,
      Number.NaN,
      2 ** 53,
      2 ** 40,
      '',
      'k',
      'b',
      '0'.repeat(16),
      'ff'.repeat(16),
    ],
    ...[
      new Uint8Array(0),
      new Uint8Array(10),
      new Uint8Array(14),
      new Uint8Array(80),
      [],
      ['*'],
      [BLOB],
      [`${BLOB}.0`],
    ],
    ...[
      {},
      { ifMatch: ['*'] },
      { kind: 'inline', bytes: new Uint8Array(3) },
      'é'.repeat(600),
      '\u0000'.repeat(400),
    ],
    ...[
      { kind: 'blob', blobId: BLOB, size: 5, chunkBytes: 0 },
      { kind: 'blob', blobId: 'x', size: 5, chunkBytes: 4 },
    ],
  ]);
}

interface Sample {
  readonly type: string;
  readonly [field: string]: unknown;
}

const SAMPLES: readonly Sample[] = [
  ...['createBucket', 'beginBucketDeletion', 'bucket'].map((type) => ({ type, bucket: 'b' })),
  ...[
    'finishBucketDeletion',
    'cancelBucketDeletion',
    'finishBucketReopening',
    'sealBucket',
    'unsealBucket',
  ].map((type) => ({ type, ...SCOPE, attempt: 3 })),
  ...[{ type: 'forgetBucketDeletion', ...SCOPE }, { type: 'dropBucket', ...SCOPE, limit: 5 }, putBlob()],
  ...[
    { type: 'deleteObject', ...KEY },
    { type: 'createUpload', ...KEY, ...METADATA, nonce: new Uint8Array(10) },
  ],
  { type: 'putPart', ...KEY, uploadId: BLOB, partNumber: 1, segment: putBlob().segment, etag: 'e' },
  ...[
    { type: 'abortUpload', ...KEY, uploadId: BLOB },
    { ...REGISTER },
    { type: 'deleteChunks', names: [REGISTER.name] },
  ],
  {
    type: 'completeUpload',
    ...KEY,
    uploadId: BLOB,
    parts: new Uint8Array(8),
    etag: 'e',
    minimumPartBytes: 1,
  },
  { type: 'settleChunks', settled: [REGISTER.name], postponed: [] },
  ...[
    { type: 'resolveBlobs', blobIds: [BLOB] },
    { type: 'holdBlob', blobId: BLOB, forMs: 5 },
  ],
  { type: 'forgetGarbage', id: new Uint8Array(14), cursor: 0, next: 1 },
  ...[
    { type: 'raiseBlobFloor', floorMs: 5, limit: 5 },
    { type: 'expireUploads', beforeMs: NOW, limit: 5 },
  ],
  ...['listObjects', 'listUploads'].map((type) => {
    return { type, ...SCOPE, prefix: '', delimiter: '/', after: new Uint8Array(0), limit: 10 };
  }),
  ...[
    { type: 'object', ...KEY },
    { type: 'upload', ...KEY, uploadId: BLOB },
    { type: 'housekeeping' },
    { type: 'stats' },
  ],
  ...[
    { type: 'parts', ...KEY, uploadId: BLOB, after: 0, limit: 5 },
    { type: 'chunkPage', after: '', limit: 5 },
  ],
  ...[
    { type: 'buckets', after: '', limit: 5 },
    { type: 'bucketWork', limit: 5 },
    { type: 'chunkInfo', name: 'x' },
  ],
  ...['pendingChunks', 'garbage'].map((type) => ({ type, beforeMs: NOW, limit: 5 })),
  { type: 'blobStates', blobIds: [BLOB] },
];

test('[O2] the samples below cover every command and query', () => {
  for (const sample of SAMPLES) assert.ok(isCommand(sample) || isQuery(sample), JSON.stringify(sample));
  assert.equal(new Set(SAMPLES.map(({ type }) => type)).size, 23 + 15);
});

for (const seed of [1, 2]) {
  test(`[O1] [O2] whatever comes is applied alike everywhere or refused, and never throws, seed ${seed}`, () => {
    const random = seededRandom(seed);
    const { router, partition, time } = machine();
    let done = 0;
    for (let step = 0; step < 8_000; step++) {
      time.nowMs += random.int(3);
      let input: Record<string, unknown> = { ...random.pick(SAMPLES) };
      if (random.chance(0.7)) input[random.pick([...Object.keys(input), 'conditions'])] = strange(random);
      if (random.chance(0.02)) input = strange(random) as Record<string, unknown>;
      if (random.chance(0.01)) input.prefix = '\u0000'.repeat(1_000);
      const query = isQuery(input);
      const result = query
        ? answerQuery(new StrictKv(partition.kv), input as never)
        : router.apply(0, input as never);
      assert.equal(typeof (result as { ok: unknown }).ok, 'boolean');
      if (!query && (result as { ok: boolean }).ok) done++;
    }
    assert.ok(done > 300);
    router.assertTwinsEqual();
    for (const { key } of everything(partition.kv)) assert.ok(key.length <= 1_400 && key[0]! >= 0x10);
  });
}
