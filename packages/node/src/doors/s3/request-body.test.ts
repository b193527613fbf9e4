import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, describe, test } from 'node:test';
import { digestOf } from '../../hashing/stream-hash.ts';
import type { SignedClient } from '../../testing/signed-client.ts';
import { BIG_BODY, codeOf, DoorFixture, md5Hex } from './testing/door-fixture.ts';

let fixture: DoorFixture;
let client: SignedClient;

before(async () => {
  fixture = await DoorFixture.open();
  client = fixture.client;
});
after(() => fixture.close());
beforeEach(() => fixture.reset());

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

describe('bodies are held against what was promised', () => {
  for (const [size, body] of [
    ['small', Buffer.from('hello')],
    ['large', BIG_BODY],
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
      assert.equal(await fixture.isStored('k'), false);
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
      assert.equal(plain.headers.etag, `"${md5Hex(body)}"`);
      const trailers = { 'x-amz-checksum-crc32': base64(digestOf('CRC32', body)) };
      const signed = await client.sendChunked(
        'PUT',
        '/bkt/k2',
        'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
        chunks,
        { trailers },
      );
      assert.equal(signed.headers.etag, `"${md5Hex(body)}"`);
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
      assert.equal(await fixture.isStored('k3'), false);
    });
  }

  test('a chunked body that ends early is IncompleteBody and leaves nothing', async () => {
    const headers = { 'x-amz-decoded-content-length': String(BIG_BODY.length) };
    const answer = await client.send('PUT', '/bkt/k', {
      payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      headers,
      encode: () =>
        Buffer.concat([Buffer.from(`${BIG_BODY.length.toString(16)}\r\n`), BIG_BODY.subarray(0, 1_000)]),
    });
    assert.equal(codeOf(answer), '400 IncompleteBody');
    assert.equal(await fixture.isStored('k'), false);
  });

  test('more than 5 GiB is refused before a byte of it is read', async () => {
    const headers = { 'x-amz-decoded-content-length': String(5 * 2 ** 30 + 1) };
    const sent = { payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', headers };
    assert.equal(codeOf(await client.send('PUT', '/bkt/k', sent)), '400 EntityTooLarge');
  });
});
