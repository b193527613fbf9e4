import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { S3Error } from '../errors/s3-error.ts';
import type { ChecksumAlgorithm } from './algorithms.ts';
import { parseBase64, toBase64 } from './base64.ts';
import { combineCrcs } from './crc-combine.ts';
import { checkMultipartChecksum, multipartChecksum, multipartEtag } from './multipart-checksum.ts';

/** An oracle that shares nothing with the code: bit by bit, with BigInt. */
function slowCrc(bytes: Uint8Array, bits: bigint, polynomial: bigint): string {
  const ones = (1n << bits) - 1n;
  let crc = ones;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let i = 0; i < 8; i++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
  }
  const hex = (crc ^ ones).toString(16).padStart(Number(bits / 4n), '0');
  return Buffer.from(hex, 'hex').toString('base64');
}

const CRCS = {
  CRC32: [32n, 0xedb88320n],
  CRC32C: [32n, 0x82f63b78n],
  CRC64NVME: [64n, 0x9a6c9329ac4bc9b5n],
} as const;

describe('combining CRCs', () => {
  for (const [algorithm, [bits, polynomial]] of Object.entries(CRCS)) {
    test(`[K1] ${algorithm} of the whole from those of the pieces`, () => {
      const bytes = Uint8Array.from({ length: 1_000 }, (_, i) => (i * 167 + 13) & 255);
      for (const cuts of [
        [0, 1_000],
        [0, 1, 1_000],
        [0, 300, 300, 600, 999, 1_000],
      ]) {
        const pieces = cuts.slice(1).map((end, i) => bytes.subarray(cuts[i], end));
        const values = pieces.map((piece) => ({
          value: slowCrc(piece, bits, polynomial),
          size: piece.length,
        }));
        assert.equal(combineCrcs(algorithm as keyof typeof CRCS, values), slowCrc(bytes, bits, polynomial));
      }
    });
  }

  test('[K1] lengths past 32 bits', () => {
    const zeros = (crc: number, bytes: number): number => {
      const block = Buffer.alloc(1 << 24);
      let value = crc;
      for (let left = bytes; left > 0; left -= block.length)
        value = crc32(block.subarray(0, Math.min(left, block.length)), value);
      return value;
    };
    const word = (value: number) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes.toString('base64');
    };
    const first = crc32('123456789');
    const third = zeros(0, 2 ** 24 + 5);
    assert.equal(
      combineCrcs('CRC32', [
        { value: word(first), size: 9 },
        { value: word(third), size: 2 ** 24 + 5 },
      ]),
      word(zeros(first, 2 ** 24 + 5)),
    );
    const halves = {
      value: combineCrcs('CRC64NVME', [{ value: 'AAAAAAAAAAA=', size: 2 ** 33 }]),
      size: 2 ** 33,
    };
    assert.equal(
      combineCrcs('CRC64NVME', [{ value: 'rosUhgp5mIg=', size: 9 }, halves, halves]),
      combineCrcs('CRC64NVME', [
        { value: 'rosUhgp5mIg=', size: 9 },
        { value: 'AAAAAAAAAAA=', size: 2 ** 34 },
      ]),
    );
  });
});

describe('multipart', () => {
  const sha = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
  const digest = (_: ChecksumAlgorithm) => sha;
  const part = (text: string) => ({
    size: text.length,
    checksum: {
      algorithm: 'SHA256',
      type: 'FULL_OBJECT',
      value: sha(Buffer.from(text)).toString('base64'),
    } as const,
  });

  test('[K2] an ETag is the MD5 of the MD5s and the number of parts', () => {
    const md5 = (bytes: Uint8Array | string) => createHash('md5').update(bytes).digest('hex');
    const joined = Buffer.concat([Buffer.from(md5('a'), 'hex'), Buffer.from(md5('b'), 'hex')]);
    assert.equal(multipartEtag(md5, [md5('a'), md5('b')]), `${md5(joined)}-2`);
  });

  test('[K3] a composite is the checksum of the checksums; without all of them there is none', () => {
    const expected = sha(Buffer.concat([sha(Buffer.from('a')), sha(Buffer.from('bc'))])).toString('base64');
    const computed = multipartChecksum(digest, 'SHA256', 'COMPOSITE', [part('a'), part('bc')]);
    assert.deepEqual(computed, { algorithm: 'SHA256', type: 'COMPOSITE', value: `${expected}-2` });
    assert.equal(multipartChecksum(digest, 'SHA256', 'COMPOSITE', [part('a'), { size: 2 }]), undefined);
    checkMultipartChecksum({ algorithm: 'SHA256', value: expected }, computed);
    assert.throws(() => checkMultipartChecksum({ algorithm: 'SHA256', value: 'AAAA' }, computed), S3Error);
    assert.throws(() => checkMultipartChecksum({ algorithm: 'SHA256', value: expected }, undefined), S3Error);
  });
});

test('[K4] base64 is strict, and equal to the platform’s', () => {
  for (let length = 0; length < 10; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 89 + 200) & 255);
    assert.equal(toBase64(bytes), Buffer.from(bytes).toString('base64'));
    assert.deepEqual(parseBase64(toBase64(bytes)), bytes);
  }
  for (const text of ['A', 'AA', 'AAA', 'AB==', 'A===', 'AA=A', 'AA A', 'AAB='])
    assert.equal(parseBase64(text), undefined, text);
});
