import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { parseXml, presignRequest } from '@crescendo/s3';
import { type ObjectStore, StoreFailure } from '@crescendo/store';
import { MemoryObjectStore } from '@crescendo/store/testing';
import { digestOf } from '../../hashing/stream-hash.ts';
import { type Answer, SignedClient } from '../../testing/signed-client.ts';
import { createS3Door, type S3Door, type S3LogEntry } from './index.ts';

const nowMs = Date.UTC(2026, 2, 1, 12);
const now = () => nowMs;
let memory: MemoryObjectStore;
/** Replaced by tests that need the store to fail. */
let store: ObjectStore;
let full = false;
let door: S3Door;
let server: Server;
let client: SignedClient;
let port: number;
const log: S3LogEntry[] = [];

before(async () => {
  const forward = new Proxy({} as ObjectStore, {
    get:
      (_, name) =>
      (...args: unknown[]) =>
        (store as unknown as Record<PropertyKey, (...args: unknown[]) => unknown>)[name]!(...args),
  });
  door = createS3Door({
    store: forward,
    now,
    credentials: (id) => (id === 'AKID' ? 'secret' : undefined),
    baseDomains: ['s3.example.test'],
    idleMs: 300,
    log: (entry) => log.push(entry),
    extraRoutes: async (request) => {
      if (request.declined !== undefined) throw request.declined;
      request.response.end(`${request.accessKeyId} ${request.head.path} ${await request.readText(100)}`);
    },
  });
  server = createServer();
  door.attach(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  client = new SignedClient(port, now);
});

after(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await door.close();
});

beforeEach(async () => {
  full = false;
  memory = new MemoryObjectStore({ now, minimumPartBytes: 5, isFull: () => full, pieceBytes: 100_000 });
  store = memory;
  await memory.createBucket('bkt');
});

const md5 = (bytes: string | Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const codeOf = (answer: Answer): string =>
  `${answer.status} ${/<Code>(.*)<\/Code>/.exec(answer.text)?.[1] ?? ''}`;
const big = Buffer.alloc(1_500_000, 'The quick brown fox ');

async function isStored(key: string): Promise<boolean> {
  return (await client.send('HEAD', `/bkt/${key}`)).status === 200;
}

/** Sends bytes over a connection of its own and gives what comes back until it is closed. */
function exchangeRaw(text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

describe('objects', () => {
  test('what is put is read back, with its headers, metadata and tag', async () => {
    const headers = { 'content-type': 'text/plain', 'cache-control': 'no-cache', 'x-amz-meta-color': 'blue' };
    const put = await client.send('PUT', '/bkt/a%20b/..%2Fc', { body: 'hello', headers });
    assert.equal(put.status, 200);
    assert.equal(put.headers.etag, `"${md5('hello')}"`);
    const got = await client.send('GET', '/bkt/a%20b/..%2Fc');
    assert.equal(got.text, 'hello');
    assert.equal(got.headers['content-type'], 'text/plain');
    assert.equal(got.headers['cache-control'], 'no-cache');
    assert.equal(got.headers['x-amz-meta-color'], 'blue');
    assert.equal(got.headers['accept-ranges'], 'bytes');
    assert.equal(got.headers['last-modified'], new Date(nowMs).toUTCString());
    assert.ok(got.headers['x-amz-request-id'] !== put.headers['x-amz-request-id']);
    assert.ok(got.headers.date !== undefined && got.headers.server === 'Crescendo');
    const head = await client.send('HEAD', '/bkt/a%20b/..%2Fc');
    assert.equal(head.headers['content-length'], '5');
    assert.equal(head.text, '');
  });

  test('large bodies stream in and out, whole and in ranges', async () => {
    assert.equal((await client.send('PUT', '/bkt/big', { body: big })).headers.etag, `"${md5(big)}"`);
    assert.ok((await client.send('GET', '/bkt/big')).body.equals(big));
    const range = await client.send('GET', '/bkt/big', { headers: { range: 'bytes=99999-100001' } });
    assert.equal(range.status, 206);
    assert.equal(range.headers['content-range'], 'bytes 99999-100001/1500000');
    assert.ok(range.body.equals(big.subarray(99_999, 100_002)));
    const suffix = await client.send('GET', '/bkt/big', { headers: { range: 'bytes=-7' } });
    assert.ok(suffix.body.equals(big.subarray(-7)));
    const outside = await client.send('GET', '/bkt/big', { headers: { range: 'bytes=1500000-' } });
    assert.equal(codeOf(outside), '416 InvalidRange');
    assert.equal(outside.headers['content-range'], 'bytes */1500000');
    const several = await client.send('GET', '/bkt/big', { headers: { range: 'bytes=0-1,5-6' } });
    assert.equal(several.status, 200);
    assert.equal(several.body.length, big.length);
  });

  test('conditions on reads: tags before times, 304 with the tag', async () => {
    await client.send('PUT', '/bkt/k', { body: 'x' });
    const etag = `"${md5('x')}"`;
    const read = async (headers: Record<string, string>) =>
      (await client.send('GET', '/bkt/k', { headers })).status;
    const before = new Date(nowMs - 60_000).toUTCString();
    const later = new Date(nowMs + 60_000).toUTCString();
    assert.equal(await read({ 'if-match': etag, 'if-unmodified-since': before }), 200);
    assert.equal(await read({ 'if-match': '"other"' }), 412);
    assert.equal(await read({ 'if-none-match': etag, 'if-modified-since': before }), 304);
    assert.equal(await read({ 'if-none-match': '"other"', 'if-modified-since': later }), 200);
    assert.equal(await read({ 'if-modified-since': later }), 304);
    assert.equal(await read({ 'if-unmodified-since': before }), 412);
    assert.equal(
      (await client.send('GET', '/bkt/k', { headers: { 'if-none-match': etag } })).headers.etag,
      etag,
    );
  });

  test('conditions on writes: create once, replace what is known, delete what is known', async () => {
    const put = async (headers: Record<string, string>) =>
      codeOf(await client.send('PUT', '/bkt/lock', { body: 'x', headers }));
    assert.equal(await put({ 'if-none-match': '*' }), '200 ');
    assert.equal(await put({ 'if-none-match': '*' }), '412 PreconditionFailed');
    assert.equal(await put({ 'if-match': '"no"' }), '412 PreconditionFailed');
    assert.equal(await put({ 'if-match': `"${md5('x')}"` }), '200 ');
    assert.equal((await client.send('DELETE', '/bkt/lock', { headers: { 'if-match': '"no"' } })).status, 412);
    assert.equal(
      (await client.send('DELETE', '/bkt/lock', { headers: { 'if-match': `"${md5('x')}"` } })).status,
      204,
    );
    assert.equal((await client.send('DELETE', '/bkt/lock')).status, 204);
  });
});

describe('bodies are held against what was promised', () => {
  for (const [size, body] of [
    ['small', Buffer.from('hello')],
    ['large', big],
  ] as const) {
    test(`${size}: wrong hash, MD5 and checksums leave nothing behind`, async () => {
      const wrong = base64(digestOf('CRC32', Buffer.from('other')));
      const sent = { body, payloadHash: sha256('other') };
      assert.equal(codeOf(await client.send('PUT', '/bkt/k', sent)), '400 XAmzContentSHA256Mismatch');
      const headers = async (headers: Record<string, string>) =>
        codeOf(await client.send('PUT', '/bkt/k', { body, headers }));
      assert.equal(
        await headers({ 'content-md5': base64(digestOf('MD5', Buffer.from('other'))) }),
        '400 BadDigest',
      );
      assert.equal(await headers({ 'content-md5': 'nonsense' }), '400 InvalidDigest');
      assert.equal(await headers({ 'x-amz-checksum-crc32': wrong }), '400 BadDigest');
      assert.equal(await isStored('k'), false);
    });

    test(`${size}: every checksum, in a header and in a trailer, is checked, kept and given back`, async () => {
      for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
        const name = `x-amz-checksum-${algorithm.toLowerCase()}`;
        const value = base64(digestOf(algorithm, body));
        const put = await client.send('PUT', '/bkt/k', { body, headers: { [name]: value } });
        assert.equal(put.headers[name], value);
        assert.equal(put.headers['x-amz-checksum-type'], 'FULL_OBJECT');
        const trailed = await client.sendChunked(
          'PUT',
          '/bkt/k',
          'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
          [body],
          { trailers: { [name]: value } },
        );
        assert.equal(trailed.headers[name], value);
        const got = await client.send('GET', '/bkt/k', { headers: { 'x-amz-checksum-mode': 'ENABLED' } });
        assert.equal(got.headers[name], value);
        assert.ok(got.body.equals(body));
        const bad = await client.sendChunked('PUT', '/bkt/k', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', [body], {
          trailers: { [name]: base64(digestOf(algorithm, Buffer.from('other'))) },
        });
        assert.equal(codeOf(bad), '400 BadDigest');
      }
    });

    test(`${size}: signed chunks, with and without trailers`, async () => {
      const cut = body.length >> 1;
      const chunks = [body.subarray(0, cut), body.subarray(cut)];
      const plain = await client.sendChunked('PUT', '/bkt/k', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', chunks);
      assert.equal(plain.headers.etag, `"${md5(body)}"`);
      const trailers = { 'x-amz-checksum-crc32': base64(digestOf('CRC32', body)) };
      const signed = await client.sendChunked(
        'PUT',
        '/bkt/k2',
        'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
        chunks,
        { trailers },
      );
      assert.equal(signed.headers.etag, `"${md5(body)}"`);
      const got = await client.send('GET', '/bkt/k');
      assert.ok(got.body.equals(body));
      assert.equal(got.headers['content-encoding'], undefined);
      const unsigned = await client.send('PUT', '/bkt/k3', {
        payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        headers: { 'x-amz-decoded-content-length': String(body.length) },
        encode: () => {
          const header = `${body.length.toString(16)};chunk-signature=${'0'.repeat(64)}\r\n`;
          return Buffer.concat([
            Buffer.from(header),
            body,
            Buffer.from(`\r\n0;chunk-signature=${'0'.repeat(64)}\r\n\r\n`),
          ]);
        },
      });
      assert.equal(codeOf(unsigned), '403 SignatureDoesNotMatch');
      assert.equal(await isStored('k3'), false);
    });
  }

  test('a chunked body that ends early is IncompleteBody and leaves nothing', async () => {
    const headers = { 'x-amz-decoded-content-length': String(big.length) };
    const answer = await client.send('PUT', '/bkt/k', {
      payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      headers,
      encode: () => Buffer.concat([Buffer.from(`${big.length.toString(16)}\r\n`), big.subarray(0, 1_000)]),
    });
    assert.equal(codeOf(answer), '400 IncompleteBody');
    assert.equal(await isStored('k'), false);
  });

  test('more than 5 GiB is refused before a byte of it is read', async () => {
    const headers = { 'x-amz-decoded-content-length': String(5 * 2 ** 30 + 1) };
    const sent = { payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', headers };
    assert.equal(codeOf(await client.send('PUT', '/bkt/k', sent)), '400 EntityTooLarge');
  });
});

describe('connections', () => {
  const presignedPut = (key: string): string =>
    presignRequest(
      client.signer,
      { method: 'PUT', target: `/bkt/${key}`, headers: { host: client.host } },
      nowMs,
      600,
    );

  test('a client that goes away in the middle leaves nothing behind', async () => {
    const text = `PUT ${presignedPut('gone')} HTTP/1.1\r\nhost: ${client.host}\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(500_000)}`;
    const seen = log.length;
    const socket = connect(port, '127.0.0.1', () => socket.write(text, () => socket.destroy()));
    await waitFor(() => log.slice(seen).some((entry) => entry.error?.code === 'IncompleteBody'));
    assert.equal(await isStored('gone'), false);
  });

  test('a client that stops sending is given up', async () => {
    const seen = log.length;
    await exchangeRaw(
      `PUT ${presignedPut('slow')} HTTP/1.1\r\nhost: ${client.host}\r\ncontent-length: 1000000\r\n\r\nxxx`,
    );
    assert.ok(log.slice(seen).some((entry) => entry.error?.code === 'RequestTimeout'));
    assert.equal(await isStored('slow'), false);
  });

  test('Expect: 100-continue is answered with the refusal, or with 100 and the result', async () => {
    const head = (target: string) =>
      `PUT ${target} HTTP/1.1\r\nhost: ${client.host}\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: 2\r\n\r\n`;
    const refused = await exchangeRaw(head('/bkt/unsigned'));
    assert.match(refused, /^HTTP\/1.1 403 /);
    assert.match(refused, /connection: close/i);
    assert.match(
      await exchangeRaw(`${head(presignedPut('k'))}hi`),
      /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/,
    );
    assert.equal((await client.send('GET', '/bkt/k')).text, 'hi');
  });

  test('headers past the limit and what is no HTTP get a readable error', async () => {
    const long = `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`;
    assert.match(await exchangeRaw(long), /400[\s\S]*RequestHeaderSectionTooLarge/);
    assert.match(await exchangeRaw('nonsense\r\n\r\n'), /400[\s\S]*InvalidRequest/);
  });

  test('a failure in the middle of a body cuts the connection', async () => {
    await client.send('PUT', '/bkt/big', { body: big });
    const broken = {
      getObject: async (bucket: string, key: string) => ({
        ...(await memory.getObject(bucket, key)),
        bytes: failing,
      }),
    };
    store = Object.assign(Object.create(memory), broken) as ObjectStore;
    const nothing = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('the connection stays open')), 2_000).unref();
    });
    await assert.rejects(
      Promise.race([client.send('GET', '/bkt/big'), nothing]),
      /aborted|hang up|ECONNRESET/,
    );
  });

  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(1_000);
    throw new StoreFailure('DataDamaged', 'no replica has this chunk');
  }
});

describe('who may call', () => {
  test('pages of other origins and foreign hosts are refused before anything else', async () => {
    const get = async (headers: Record<string, string>) =>
      codeOf(await client.send('GET', '/bkt', { headers }));
    assert.equal(await get({ origin: 'http://evil.example' }), '403 AccessForbidden');
    assert.equal(await get({ origin: 'null' }), '403 AccessForbidden');
    assert.equal(await get({ origin: `http://${client.host}` }), '200 ');
    assert.equal(await get({ 'sec-fetch-site': 'cross-site' }), '403 AccessForbidden');
    assert.equal(await get({ 'sec-fetch-site': 'none' }), '200 ');
    assert.equal(await get({ host: 'rebound.example' }), '403 AccessForbidden');
    assert.equal(await get({ host: 's3.example.test' }), '200 ');
    assert.equal(codeOf(await client.send('OPTIONS', '/bkt/k')), '403 AccessForbidden');
  });

  test('unsigned, wrongly signed and late requests learn nothing of what exists', async () => {
    const raw = await client.sendRaw('GET', '/none/k', { host: client.host }, Buffer.alloc(0));
    assert.equal(codeOf(raw), '403 AccessDenied');
    const other = new SignedClient(port, now, 'guess');
    assert.equal(codeOf(await other.send('GET', '/none/k')), '403 SignatureDoesNotMatch');
    other.close();
    const late = new SignedClient(port, () => nowMs - 1_000_000);
    assert.equal(codeOf(await late.send('GET', '/none/k')), '403 RequestTimeTooSkewed');
    late.close();
    assert.equal(codeOf(await client.send('GET', '/none/k')), '404 NoSuchBucket');
  });

  test('what lies under /_crescendo/ is handed on with who signed it', async () => {
    assert.equal((await client.send('POST', '/_crescendo/x', { body: 'hi' })).text, 'AKID /_crescendo/x hi');
    assert.equal(
      codeOf(await client.sendRaw('GET', '/_crescendo/x', { host: client.host }, Buffer.alloc(0))),
      '403 AccessDenied',
    );
    assert.equal(
      codeOf(await client.send('POST', '/_crescendo/x', { body: 'y'.repeat(101) })),
      '400 MaxMessageLengthExceeded',
    );
  });
});

describe('failures of the store', () => {
  test('a full store is 507, an unreachable partition 503, both with Retry-After; the unexpected is 500 and tells nothing', async () => {
    full = true;
    const answer = await client.send('PUT', '/bkt/k', { body: 'x' });
    assert.equal(codeOf(answer), '507 InsufficientStorage');
    assert.equal(answer.headers['retry-after'], '1');
    const fail = (failure: Error) => {
      store = Object.assign(Object.create(memory), {
        getObject: () => Promise.reject(failure),
      }) as ObjectStore;
    };
    fail(new StoreFailure('Unavailable', 'partition 7 at 10.0.0.1', { retryable: true }));
    const unavailable = await client.send('GET', '/bkt/k');
    assert.equal(codeOf(unavailable), '503 ServiceUnavailable');
    assert.equal(unavailable.headers['retry-after'], '1');
    assert.ok(!unavailable.text.includes('10.0.0.1'));
    fail(new Error('password'));
    const unexpected = await client.send('GET', '/bkt/k');
    assert.equal(codeOf(unexpected), '500 InternalError');
    assert.ok(!unexpected.text.includes('password'));
    await waitFor(() =>
      log.some((entry) => entry.error?.cause instanceof Error && entry.error.cause.message === 'password'),
    );
  });

  test('an error names its subject', async () => {
    const error = parseXml((await client.send('GET', '/bkt/no%3Cpe')).text);
    const fields = Object.fromEntries(error.children.map((child) => [child.name, child.text]));
    assert.equal(fields.Code, 'NoSuchKey');
    assert.equal(fields.Key, 'no<pe');
    assert.equal(fields.Resource, '/bkt/no<pe');
  });
});

/** Waits for something that happens on its own after an answer. */
async function waitFor(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !condition(); turn++)
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(condition());
}
