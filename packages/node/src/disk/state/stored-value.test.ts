import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { crc32c } from '@node-rs/crc32';
import { decodeStored, encodeStored } from './stored-value.ts';

test('[ST8] the checksum is CRC32C whatever the length, and every changed bit is noticed', () => {
  for (let length = 0; length < 400; length += 7) {
    const key = randomBytes(length % 50);
    const value = randomBytes(length);
    const stored = encodeStored(key, value);
    assert.equal(stored.readUInt32LE(length), crc32c(value, crc32c(key)), `${length} bytes`);
    assert.deepEqual(decodeStored(key, stored), value);
    stored[length >> 1]! ^= 1 << (length % 8);
    assert.equal(decodeStored(key, stored), undefined);
  }
});
