import assert from 'node:assert/strict';
import { test } from 'node:test';
import { S3Error } from '../errors/s3-error.ts';
import { parseBodyDeclaration } from './body-declaration.ts';

const TRAILER = { kind: 'chunked', signed: false, trailer: true } as const;
const UNSIGNED = { kind: 'unsigned' } as const;

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof S3Error) return thrown.code;
    throw thrown;
  }
  return 'no error';
}

test('[B1] lengths are those of the decoded body', () => {
  assert.equal(parseBodyDeclaration({ 'content-length': '7' }, UNSIGNED).length, 7);
  const headers = { 'content-length': '99', 'x-amz-decoded-content-length': '7' };
  assert.equal(parseBodyDeclaration(headers, TRAILER).length, 7);
  assert.equal(
    codeOf(() => parseBodyDeclaration({ 'content-length': '99' }, TRAILER)),
    'MissingContentLength',
  );
});

test('[B2] Content-MD5 must be the base64 of 16 bytes', () => {
  const md5 = parseBodyDeclaration({ 'content-md5': '1B2M2Y8AsgTpgAmY7PhCfg==' }, UNSIGNED).md5;
  assert.equal(md5, 'd41d8cd98f00b204e9800998ecf8427e');
  for (const text of ['', 'YWJj', '1B2M2Y8AsgTpgAmY7PhCfg', 'd41d8cd98f00b204e9800998ecf8427e']) {
    assert.equal(
      codeOf(() => parseBodyDeclaration({ 'content-md5': text }, UNSIGNED)),
      'InvalidDigest',
    );
  }
});

test('[B3] one checksum at most, of a known algorithm and the right length', () => {
  const parse = (headers: Record<string, string>, payload: typeof TRAILER | typeof UNSIGNED = UNSIGNED) =>
    parseBodyDeclaration({ 'x-amz-decoded-content-length': '1', ...headers }, payload).checksum;
  assert.deepEqual(parse({ 'x-amz-checksum-crc32': 'AAAAAA==' }), { algorithm: 'CRC32', value: 'AAAAAA==' });
  assert.deepEqual(parse({ 'x-amz-trailer': 'x-amz-checksum-sha256' }, TRAILER), { algorithm: 'SHA256' });
  const refused: Record<string, string>[] = [
    { 'x-amz-checksum-crc32': 'AAAA' },
    { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-sha1': '2jmj7l5rSw0yVb/vlWAYkK/YBwk=' },
    { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-sdk-checksum-algorithm': 'SHA1' },
    { 'x-amz-sdk-checksum-algorithm': 'CRC32' },
    { 'x-amz-trailer': 'x-amz-checksum-crc32' },
  ];
  for (const headers of refused)
    assert.equal(
      codeOf(() => parse(headers)),
      'InvalidRequest',
      JSON.stringify(headers),
    );
  assert.equal(
    codeOf(() => parse({ 'x-amz-trailer': 'content-md5' }, TRAILER)),
    'InvalidRequest',
  );
});
