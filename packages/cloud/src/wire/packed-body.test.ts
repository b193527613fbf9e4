import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { signingHash } from '@crescendo/node/signed-requests';
import { FORM, form, sendSigned, signedHeaders } from './testing/signed-request.ts';
import { codeOf, JSON_GET, LIMITS, withWire } from './testing/small-services.ts';

const GZIP = { 'content-encoding': 'gzip' };

test('[W15] a packed body is read in every protocol, by any operation', () =>
  withWire(async (wire) => {
    for (const encoding of ['gzip', ' GZIP', 'identity', '']) {
      for (const request of [LIMITS, JSON_GET]) {
        const body = encoding.trim().toLowerCase() === 'gzip' ? gzipSync(request.body) : request.body;
        const headers = { ...request.headers, 'content-encoding': encoding };
        const answer = await sendSigned(wire, { ...request, headers, body });
        assert.equal(answer.status, 200, `${encoding}: ${answer.text}`);
      }
    }
  }));

test('[W15] an unknown encoding is refused by name, a body that is not packed as it says too', () =>
  withWire(async (wire) => {
    const cases = [
      ['br', gzipSync(JSON_GET.body), /Content-Encoding .*br.* is not known/],
      ['gzip, gzip', gzipSync(gzipSync(JSON_GET.body)), /Content-Encoding .*gzip, gzip.* is not known/],
      ['gzip', Buffer.from(JSON_GET.body), /can't be unpacked with gzip: incorrect header check/],
      ['gzip', gzipSync(JSON_GET.body).subarray(0, -9), /can't be unpacked with gzip: unexpected end/],
      ['gzip', Buffer.alloc(0), /can't be unpacked with gzip/],
    ] as const;
    for (const [encoding, body, message] of cases) {
      const headers = { ...JSON_GET.headers, 'content-encoding': encoding };
      const answer = await sendSigned(wire, { ...JSON_GET, headers, body });
      assert.deepEqual([answer.status, codeOf(answer.text)], [400, 'SerializationException'], encoding);
      assert.match(answer.text, message);
    }
  }));

test('[W15] a bomb is refused, and unpacked for nobody who has not signed it', () =>
  withWire(async (wire) => {
    const body = gzipSync(Buffer.alloc(100 * 2 ** 20, 'a'), { level: 9 });
    assert.ok(body.length < 2 ** 20);
    const bomb = { ...LIMITS, headers: { ...FORM, ...GZIP }, body };
    const answer = await sendSigned(wire, bomb);
    assert.deepEqual([answer.status, codeOf(answer.text)], [413, 'RequestEntityTooLarge']);
    assert.match(answer.text, /Unpacked, the body is larger than the 1048576 bytes/);
    const unsigned = await sendSigned(wire, { ...bomb, secretAccessKey: 'a wrong one' });
    assert.deepEqual([unsigned.status, codeOf(unsigned.text)], [403, 'SignatureDoesNotMatch']);
  }));

/** Sends a request as it stands and reads until the endpoint closes. */
function exchange(port: number, headers: Readonly<Record<string, string>>, body: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let seen = '';
    socket.on('data', (piece) => (seen += piece));
    socket.on('close', () => resolve(seen));
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(Buffer.concat([Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}\r\n`), body]));
  });
}

test('[W15] a packed body is whole by its hash although a larger length is declared; its connection ends', () =>
  withWire(
    async (wire) => {
      const plain = form('DescribeAccountLimits');
      const body = gzipSync(plain);
      const declared = {
        ...FORM,
        ...GZIP,
        'content-length': String(body.length + 50),
        'x-amz-content-sha256': signingHash.sha256Hex(body),
      };
      const send = (sent: Buffer) =>
        exchange(wire.port, signedHeaders(wire, { ...LIMITS, headers: declared, body }), sent);
      const whole = await send(body);
      assert.match(whole, /^HTTP\/1\.1 200 /);
      assert.match(whole, /connection: close/i);
      // A part of it is not.
      assert.match(await send(body.subarray(0, -1)), /<Code>RequestTimeout<\/Code>/);
    },
    { bodyPatienceMs: 200 },
  ));
