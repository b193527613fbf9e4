import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { S3Client } from '../client/s3-client.ts';
import { FakeStore } from '../testing/fake-store.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import type { UploadedFile } from './upload-file.ts';
import { uploadFile } from './upload-file.ts';
import type { UploadTarget } from './upload-target.ts';

const MIB = 2 ** 20;
const QUICK = { firstPauseMs: 1, longestPauseMs: 4, giveUpAfterMs: 400 };

interface Bench {
  readonly store: FakeStore;
  readonly target: UploadTarget;
  readonly path: string;
  readonly bytes: Buffer;
  sentBytes(): number;
  send(): Promise<UploadedFile>;
}

async function bench(t: TestContext, size: number, key = 'a b/ü+%.bin'): Promise<Bench> {
  const store = await FakeStore.start(t);
  store.buckets.add('files');
  const path = join(await temporaryFolder(t), 'source');
  const bytes = randomBytes(size);
  await writeFile(path, bytes);
  const client = new S3Client(store.connection, { retry: QUICK });
  t.after(() => client.close());
  const target = { client, bucket: 'files', key, partsAtOnce: 3, partBytes: MIB };
  let sentBytes = 0;
  const advance = (count: number): void => {
    sentBytes += count;
  };
  const send = (): Promise<UploadedFile> => uploadFile(target, path, { advance });
  return { store, target, path, bytes, sentBytes: () => sentBytes, send };
}

for (const size of [0, 1, MIB, MIB + 1, 3 * MIB + 17]) {
  test(`[UP3] ${size} bytes arrive as they are, with their checksum kept`, async (t) => {
    const { store, bytes, send, sentBytes } = await bench(t, size);
    const { etag } = await send();
    const object = store.objects.get('files/a b/ü+%.bin')!;
    assert.ok(object.body.equals(bytes));
    assert.equal(object.etag, etag);
    assert.equal(object.headers['x-amz-checksum-type'], 'FULL_OBJECT');
    assert.equal(/-\d+$/.test(etag), size > MIB);
    assert.equal(store.uploads.size, 0);
    assert.equal(sentBytes(), size);
  });
}

test('[UP4] resets, 500 and 503 are tried again, and progress ends at the size', async (t) => {
  const made = await bench(t, 3 * MIB);
  let count = 0;
  const faults = [
    { kind: 'reset' },
    undefined,
    { kind: 'status', status: 503, code: 'SlowDown' },
    { kind: 'status', status: 500, code: 'InternalError' },
    { kind: 'reset' },
  ] as const;
  made.store.requests.length = 0;
  await made.target.client.fetchText({ method: 'GET', path: '/' });
  made.store.fault = () => faults[count++];
  await made.send();
  assert.ok(made.store.objects.get('files/a b/ü+%.bin')!.body.equals(made.bytes));
  assert.equal(made.sentBytes(), 3 * MIB);
});

test('[UP4] a refusal is told at once', async (t) => {
  const made = await bench(t, 10);
  made.store.fault = () => ({ kind: 'status', status: 403, code: 'AccessDenied' });
  await assert.rejects(made.send(), { code: 'AccessDenied' });
  assert.equal(made.store.requests.length, 1);
});

test('[UP4] what keeps failing is given up after a bounded time', async (t) => {
  const made = await bench(t, 10);
  made.store.fault = () => ({ kind: 'status', status: 503, code: 'ServiceUnavailable' });
  await assert.rejects(made.send(), { code: 'ServiceUnavailable' });
  assert.ok(made.store.requests.length > 3);
});

test('[UP5] a file that grows while its parts are sent fails, and nothing appears or stays', async (t) => {
  const made = await bench(t, 4 * MIB);
  let grown: Promise<void> | undefined;
  made.store.fault = (request) => {
    if (request.query.some(({ name }) => name === 'partNumber')) grown ??= appendFile(made.path, 'more');
    return undefined;
  };
  await assert.rejects(
    made.send(),
    /changed while it was being read \(its size went from 4194304 to 4194308 bytes\)/,
  );
  await grown;
  assert.equal(made.store.objects.size, 0);
  assert.equal(made.store.uploads.size, 0);
});

test('[UP6] an upload whose last answer was lost is found complete', async (t) => {
  const made = await bench(t, 2 * MIB);
  let lost = false;
  made.store.fault = (request) => {
    const completes = request.method === 'POST' && request.query.some(({ name }) => name === 'uploadId');
    if (!completes || lost) return undefined;
    lost = true;
    return { kind: 'lose-answer' };
  };
  const { etag } = await made.send();
  assert.ok(lost);
  assert.equal(made.store.objects.get('files/a b/ü+%.bin')!.etag, etag);
});

test('[UP6] an upload that fails is aborted', async (t) => {
  const made = await bench(t, 3 * MIB);
  made.store.fault = (request) =>
    request.query.some(({ name, value }) => name === 'partNumber' && value === '2')
      ? { kind: 'status', status: 400, code: 'EntityTooSmall' }
      : undefined;
  await assert.rejects(made.send(), { code: 'EntityTooSmall' });
  assert.equal(made.store.uploads.size, 0);
  assert.ok(made.store.requests.some((request) => request.startsWith('DELETE ')));
});
