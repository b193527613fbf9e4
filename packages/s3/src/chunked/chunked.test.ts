import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, utf8 } from '@crescendo/base';
import { S3Error } from '../errors/s3-error.ts';
import { type Signer, signRequest } from '../sigv4/sign-request.ts';
import { SigningKeys } from '../sigv4/signing-keys.ts';
import { parseAmzTimestamp } from '../sigv4/timestamp.ts';
import { nodeSigningHash as hash } from '../testing/node-signing-hash.ts';
import { ChunkSignatures } from './chunk-signatures.ts';
import { ChunkedDecoder, type ChunkedEvent, type ChunkedFormat } from './chunked-decoder.ts';
import { ChunkedEncoder } from './chunked-encoder.ts';

const signer: Signer = {
  hash,
  keys: new SigningKeys(hash),
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
};
const NOW = parseAmzTimestamp('20130524T000000Z')!;
const body = new Uint8Array(66_560).fill('a'.charCodeAt(0));

const common = {
  host: 's3.amazonaws.com',
  'content-encoding': 'aws-chunked',
  'x-amz-decoded-content-length': '66560',
  'x-amz-storage-class': 'REDUCED_REDUNDANCY',
};
const plain = signRequest(
  signer,
  {
    method: 'PUT',
    target: '/examplebucket/chunkObject.txt',
    headers: { ...common, 'content-length': '66824' },
    payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  },
  NOW,
);
const trailed = signRequest(
  signer,
  {
    method: 'PUT',
    target: '/examplebucket/chunkObject.txt',
    headers: { ...common, 'x-amz-trailer': 'x-amz-checksum-crc32c' },
    payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  },
  NOW,
);

function encoded(chain: typeof plain.chain | undefined, trailers: Record<string, string> = {}): Uint8Array {
  const encoder = new ChunkedEncoder(hash, chain);
  return concatBytes(
    encoder.chunk(body.subarray(0, 65_536)),
    encoder.chunk(body.subarray(65_536)),
    encoder.end(trailers),
  );
}

const SIGNED: ChunkedFormat = { signed: true, trailer: false, trailerNames: [], decodedLength: body.length };
const TRAILER: ChunkedFormat = {
  signed: true,
  trailer: true,
  trailerNames: ['x-amz-checksum-crc32c'],
  decodedLength: body.length,
};
const UNSIGNED: ChunkedFormat = {
  signed: false,
  trailer: true,
  trailerNames: ['x-amz-checksum-crc32'],
  decodedLength: 5,
};

function decode(format: ChunkedFormat, bytes: Uint8Array, step = bytes.length): ChunkedEvent[] {
  const decoder = new ChunkedDecoder(format);
  const events: ChunkedEvent[] = [];
  for (let i = 0; i < bytes.length; i += step) events.push(...decoder.push(bytes.subarray(i, i + step)));
  decoder.end();
  return events;
}

function dataOf(events: readonly ChunkedEvent[]): Uint8Array {
  return concatBytes(...events.flatMap((event) => (event.kind === 'data' ? [event.bytes] : [])));
}

/** Checks every signature of a decoded body. */
function verify(chain: typeof plain.chain, events: readonly ChunkedEvent[]): void {
  const signatures = new ChunkSignatures(chain);
  let chunk: Uint8Array[] = [];
  for (const event of events) {
    if (event.kind === 'data') chunk.push(event.bytes);
    else if (event.kind === 'chunkEnd') {
      signatures.verifyChunk(event.signature!, hash.sha256Hex(concatBytes(...chunk)));
      chunk = [];
    } else signatures.verifyTrailers(event.signature!, hash.sha256Hex(event.signedText));
  }
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof S3Error) return thrown.code;
    throw thrown;
  }
  return 'no error';
}

describe('the examples of "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks"', () => {
  test('[C1] seed and chunks have the published signatures', () => {
    assert.equal(plain.chain.signature, '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9');
    const signatures = decode(SIGNED, encoded(plain.chain)).flatMap((event) =>
      event.kind === 'chunkEnd' ? [event.signature] : [],
    );
    assert.deepEqual(signatures, [
      'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
      '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
      'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
    ]);
    assert.equal(encoded(plain.chain).length, 66_824);
  });

  test('[C2] with trailers: seed, chunks and trailers have the published signatures', () => {
    assert.equal(trailed.chain.signature, '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e');
    const events = decode(TRAILER, encoded(trailed.chain, { 'x-amz-checksum-crc32c': 'sOO8/Q==' }));
    const signatures = events.flatMap((event) => (event.kind === 'data' ? [] : [event.signature]));
    assert.deepEqual(signatures, [
      'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
      '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
      '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
      'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
    ]);
    verify(trailed.chain, events);
  });
});

describe('decoding', () => {
  test('[C3] pieces of any length give the same bytes and signatures', () => {
    for (const step of [1, 7, 1_000, 65_537]) {
      const events = decode(TRAILER, encoded(trailed.chain, { 'x-amz-checksum-crc32c': 'sOO8/Q==' }), step);
      assert.deepEqual(dataOf(events), body);
      verify(trailed.chain, events);
    }
  });

  test('[C4] a chunk that was changed, moved or signed otherwise is SignatureDoesNotMatch', () => {
    const bytes = encoded(plain.chain);
    bytes[200] = 'b'.charCodeAt(0);
    assert.equal(
      codeOf(() => verify(plain.chain, decode(SIGNED, bytes))),
      'SignatureDoesNotMatch',
    );
    assert.equal(
      codeOf(() => decode(SIGNED, utf8('5\r\nhello\r\n0\r\n\r\n'))),
      'SignatureDoesNotMatch',
    );
  });

  test('[C5] a body cut anywhere is IncompleteBody', () => {
    const bytes = utf8('5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n');
    assert.equal(
      codeOf(() => decode(UNSIGNED, bytes)),
      'no error',
    );
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(
        codeOf(() => decode(UNSIGNED, bytes.subarray(0, length))),
        'IncompleteBody',
        `cut at ${length}`,
      );
    }
  });

  test('[C6] more or fewer bytes than announced are IncompleteBody', () => {
    for (const text of ['6\r\nhello!\r\n0\r\n\r\n', '4\r\nhell\r\n0\r\n\r\n', 'ffffffffffff\r\n']) {
      assert.equal(
        codeOf(() => decode({ ...UNSIGNED, trailerNames: [] }, utf8(text))),
        'IncompleteBody',
        text,
      );
    }
  });

  test('[C7] chunk headers are strict and short', () => {
    for (const text of [
      'x\r\n',
      '-5\r\nhello',
      '5 \r\nhello',
      '5;a=b\r\nhello',
      '5\r\nhelloXX\r\n',
      '1ffffffffffff\r\n',
    ]) {
      assert.equal(
        codeOf(() => decode(UNSIGNED, utf8(text))),
        'InvalidChunkSizeError',
        text,
      );
    }
    assert.equal(
      codeOf(() => new ChunkedDecoder(UNSIGNED).push(utf8('0'.repeat(2_000)))),
      'InvalidRequest',
    );
  });

  test('[C8] trailers must be those announced, each once, and nothing may follow', () => {
    const trailers = (text: string): string =>
      codeOf(() => decode(UNSIGNED, utf8(`5\r\nhello\r\n0\r\n${text}`)));
    assert.equal(trailers('X-Amz-Checksum-Crc32: AAAAAA==\r\n\r\n'), 'no error');
    assert.equal(trailers('x-amz-checksum-crc32:AAAAAA==\n\r\n\r\n'), 'no error');
    assert.equal(trailers('\r\n'), 'MalformedTrailerError');
    assert.equal(trailers('x-amz-checksum-sha1:AAAAAA==\r\n\r\n'), 'MalformedTrailerError');
    assert.equal(
      trailers('x-amz-checksum-crc32:A\r\nx-amz-checksum-crc32:B\r\n\r\n'),
      'MalformedTrailerError',
    );
    assert.equal(trailers('x-amz-checksum-crc32:AAAAAA==\r\n\r\nGET'), 'InvalidRequest');
    assert.equal(
      codeOf(() => decode(SIGNED, concatBytes(encoded(plain.chain).subarray(0, -2), utf8('a:b\r\n\r\n')))),
      'MalformedTrailerError',
    );
  });
});
