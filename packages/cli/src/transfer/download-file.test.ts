import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { createCRC32, createCRC64 } from 'hash-wasm';
import { S3Client } from '../client/s3-client.ts';
import type { Fault } from '../testing/fake-store.ts';
import { FakeStore } from '../testing/fake-store.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { crc32Text } from './checksum.ts';
import type { DownloadedFile } from './download-file.ts';
import { downloadFile } from './download-file.ts';

const QUICK = { firstPauseMs: 1, longestPauseMs: 4, giveUpAfterMs: 400 };

interface Bench {
  readonly store: FakeStore;
  readonly folder: string;
  readonly path: string;
  readonly bytes: Buffer;
  receive(): Promise<DownloadedFile>;
}

async function bench(t: TestContext, headers: Record<string, string> = {}, size = 300_000): Promise<Bench> {
  const store = await FakeStore.start(t);
  const bytes = randomBytes(size);
  const folder = await temporaryFolder(t);
  const path = join(folder, 'target');
  store.put('files/x', bytes, headers);
  const client = new S3Client(store.connection, { retry: QUICK });
  t.after(() => client.close());
  const source = { client, bucket: 'files', key: 'x' };
  return {
    store,
    folder,
    path,
    bytes,
    receive: () => downloadFile(source, path, { advance: () => undefined }),
  };
}

/** The first request meets the fault, the others none. */
function once(fault: Fault): () => Fault | undefined {
  let left = 1;
  return () => (left-- > 0 ? fault : undefined);
}

test('[DL1] a download is whole and replaces what stood there', async (t) => {
  const made = await bench(t);
  await writeFile(made.path, 'old');
  assert.deepEqual(await made.receive(), { bytes: 300_000, path: made.path, verifiedBy: 'MD5' });
  assert.ok((await readFile(made.path)).equals(made.bytes));
  assert.deepEqual(await readdir(made.folder), ['target']);
});

for (const fault of [
  { kind: 'corrupt-body' },
  { kind: 'status', status: 403, code: 'AccessDenied' },
] as const satisfies Fault[]) {
  test(`[DL1] after ${fault.kind} the old file stands and nothing else is left`, async (t) => {
    const made = await bench(t);
    await writeFile(made.path, 'old');
    made.store.fault = once(fault);
    await assert.rejects(made.receive());
    assert.equal(await readFile(made.path, 'utf8'), 'old');
    assert.deepEqual(await readdir(made.folder), ['target']);
  });
}

test('[DL1] a connection that keeps breaking leaves nothing', async (t) => {
  const made = await bench(t);
  made.store.fault = () => ({ kind: 'cut-body', afterBytes: 0 });
  await assert.rejects(made.receive());
  assert.deepEqual(await readdir(made.folder), []);
});

test('[DL2] a cut download goes on where it stopped', async (t) => {
  const made = await bench(t);
  made.store.fault = once({ kind: 'cut-body', afterBytes: 100_000 });
  await made.receive();
  assert.ok((await readFile(made.path)).equals(made.bytes));
  assert.equal(made.store.requests.length, 2);
});

test('[DL2] bytes of two versions are never mixed', async (t) => {
  const made = await bench(t);
  let requests = 0;
  made.store.fault = () => {
    if (requests++ > 0) {
      made.store.put('files/x', randomBytes(300_000));
      return undefined;
    }
    return { kind: 'cut-body', afterBytes: 100_000 };
  };
  await assert.rejects(made.receive(), /replaced while it was being downloaded/);
  assert.deepEqual(await readdir(made.folder), []);
});

test('[DL1] the bytes are compared with whatever checksum the object has', async (t) => {
  const check = async (
    header: string,
    value: (bytes: Buffer) => Promise<string> | string,
    name: string,
  ): Promise<void> => {
    const made = await bench(t);
    const headers = { [header]: await value(made.bytes) };
    made.store.objects.set('files/x', { body: made.bytes, etag: 'a-2', headers });
    assert.equal((await made.receive()).verifiedBy, name);
    made.store.fault = once({ kind: 'corrupt-body' });
    await assert.rejects(made.receive(), new RegExp(`their ${name} is`));
  };
  const digest = (name: string) => (bytes: Buffer) => createHash(name).update(bytes).digest('base64');
  await check('x-amz-checksum-sha256', digest('sha256'), 'SHA256');
  await check('x-amz-checksum-sha1', digest('sha1'), 'SHA1');
  await check('x-amz-checksum-crc32', (bytes) => crc32Text(crc32(bytes)), 'CRC32');
  await check(
    'x-amz-checksum-crc32c',
    async (bytes) => toBase64(await createCRC32(0x82f63b78), bytes),
    'CRC32C',
  );
  await check(
    'x-amz-checksum-crc64nvme',
    async (bytes) => toBase64(await createCRC64('9a6c9329ac4bc9b5'), bytes),
    'CRC64NVME',
  );
});

function toBase64(hasher: Awaited<ReturnType<typeof createCRC32>>, bytes: Buffer): string {
  return Buffer.from(hasher.init().update(bytes).digest('binary')).toString('base64');
}

test('[DL1] a checksum of checksums is not taken for one of the bytes', async (t) => {
  const made = await bench(t);
  const headers = { 'x-amz-checksum-crc32': 'AAAAAA==-2', 'x-amz-checksum-type': 'COMPOSITE' };
  made.store.objects.set('files/x', { body: made.bytes, etag: 'a-2', headers });
  assert.equal((await made.receive()).verifiedBy, 'size');
});
