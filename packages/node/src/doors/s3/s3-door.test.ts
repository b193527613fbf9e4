import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { parseXml, presignRequest } from '@crescendo/s3';
import { StoreFailure } from '@crescendo/store';
import { SignedClient } from '../../testing/signed-client.ts';
import { BIG_BODY, codeOf, DoorFixture, NOW_MS } from './testing/door-fixture.ts';

let fixture: DoorFixture;
let client: SignedClient;

before(async () => {
  fixture = await DoorFixture.open({
    baseDomains: ['s3.example.test'],
    idleMs: 300,
    extraRoutes: async (request) => {
      if (request.declined !== undefined) throw request.declined;
      request.response.end(`${request.accessKeyId} ${request.head.path} ${await request.readText(100)}`);
    },
  });
  client = fixture.client;
});
after(() => fixture.close());
beforeEach(() => fixture.reset());

describe('connections', () => {
  const presignedPut = (key: string): string =>
    presignRequest(
      client.signer,
      { method: 'PUT', target: `/bkt/${key}`, headers: { host: client.host } },
      NOW_MS,
      600,
    );

  test('a client that goes away in the middle leaves nothing behind', async () => {
    const text = `PUT ${presignedPut('gone')} HTTP/1.1\r\nhost: ${client.host}\r\ncontent-length: 1000000\r\n\r\n${'x'.repeat(500_000)}`;
    const seen = fixture.log.length;
    const socket = connect(fixture.port, '127.0.0.1', () => socket.write(text, () => socket.destroy()));
    await waitFor(() => fixture.log.slice(seen).some((entry) => entry.error?.code === 'IncompleteBody'));
    assert.equal(await fixture.isStored('gone'), false);
  });

  test('a client that stops sending is given up', async () => {
    const seen = fixture.log.length;
    await fixture.exchangeRaw(
      `PUT ${presignedPut('slow')} HTTP/1.1\r\nhost: ${client.host}\r\ncontent-length: 1000000\r\n\r\nxxx`,
    );
    assert.ok(fixture.log.slice(seen).some((entry) => entry.error?.code === 'RequestTimeout'));
    assert.equal(await fixture.isStored('slow'), false);
  });

  test('Expect: 100-continue is answered with the refusal, or with 100 and the result', async () => {
    const head = (target: string) =>
      `PUT ${target} HTTP/1.1\r\nhost: ${client.host}\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: 2\r\n\r\n`;
    const refused = await fixture.exchangeRaw(head('/bkt/unsigned'));
    assert.match(refused, /^HTTP\/1.1 403 /);
    assert.match(refused, /connection: close/i);
    assert.match(
      await fixture.exchangeRaw(`${head(presignedPut('k'))}hi`),
      /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/,
    );
    assert.equal((await client.send('GET', '/bkt/k')).text, 'hi');
  });

  test('headers past the limit and what is no HTTP get a readable error', async () => {
    const long = `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`;
    assert.match(await fixture.exchangeRaw(long), /400[\s\S]*RequestHeaderSectionTooLarge/);
    assert.match(await fixture.exchangeRaw('nonsense\r\n\r\n'), /400[\s\S]*InvalidRequest/);
  });

  test('a failure in the middle of a body cuts the connection', async () => {
    await client.send('PUT', '/bkt/big', { body: BIG_BODY });
    fixture.replace({
      getObject: async (bucket: string, key: string) => ({
        ...(await fixture.memory.getObject(bucket, key)),
        bytes: failing,
      }),
    });
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
    const other = new SignedClient(fixture.port, () => NOW_MS, 'guess');
    assert.equal(codeOf(await other.send('GET', '/none/k')), '403 SignatureDoesNotMatch');
    other.close();
    const late = new SignedClient(fixture.port, () => NOW_MS - 1_000_000);
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
    fixture.full = true;
    const answer = await client.send('PUT', '/bkt/k', { body: 'x' });
    assert.equal(codeOf(answer), '507 InsufficientStorage');
    assert.equal(answer.headers['retry-after'], '1');
    const fail = (failure: Error) => {
      fixture.replace({
        getObject: () => Promise.reject(failure),
      });
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
      fixture.log.some(
        (entry) => entry.error?.cause instanceof Error && entry.error.cause.message === 'password',
      ),
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
