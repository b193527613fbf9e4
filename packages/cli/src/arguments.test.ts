import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatHostPort,
  parseBucketName,
  parseByteSize,
  parseEndpoint,
  parseHostPorts,
  parsePort,
  parseWholeNumber,
} from './arguments.ts';
import { UsageError } from './failures.ts';

test('[CLI1] ports and numbers are whole and within their limits', () => {
  assert.equal(parsePort('0'), 0);
  assert.equal(parsePort('65535'), 65_535);
  for (const bad of ['65536', '-1', '80a', '', '1.5', '0x10', ' 80'])
    assert.throws(() => parsePort(bad), UsageError);
  assert.throws(() => parseWholeNumber('9', 1, 8), /"9".*from 1 to 8/);
});

test('[CLI1] sizes have units, in thousands and in 1,024s', () => {
  assert.equal(parseByteSize('1500'), 1_500);
  assert.equal(parseByteSize('1.5KiB'), 1_536);
  assert.equal(parseByteSize('2gb'), 2_000_000_000);
  assert.equal(parseByteSize('3 G'), 3 * 2 ** 30);
  for (const bad of ['', 'G', '1 parsec', '-1']) assert.throws(() => parseByteSize(bad), /is not a size/);
});

test('[CLI1] addresses are host and port, IPv6 in brackets', () => {
  const addresses = parseHostPorts('127.0.0.1:7000,[::1]:7001, example.test:7002');
  assert.deepEqual(addresses.map(formatHostPort), ['127.0.0.1:7000', '[::1]:7001', 'example.test:7002']);
  for (const bad of ['', ',', '127.0.0.1', 'host:0', 'host:70000', '::1:7000']) {
    assert.throws(() => parseHostPorts(bad), UsageError, bad);
  }
});

test('[CLI1] endpoints and bucket names say what is allowed', () => {
  assert.equal(parseEndpoint('http://127.0.0.1:4566/'), 'http://127.0.0.1:4566');
  for (const bad of ['127.0.0.1:4566', 'ftp://x', 'http://x/path', 'nonsense']) {
    assert.throws(() => parseEndpoint(bad), /for example http/, bad);
  }
  assert.equal(parseBucketName('my-bucket.1'), 'my-bucket.1');
  for (const bad of ['ab', 'Upper', '-x-', 'a..b', 'a'.repeat(64)])
    assert.throws(() => parseBucketName(bad), UsageError);
});
