import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '@crescendo/base';
import { pack, unpack } from 'msgpackr';
import {
  MAX_MESSAGE_BYTES,
  MalformedMessageError,
  MessageDecoder,
  type WireValue,
} from './message-decoder.ts';
import { encodeMessage } from './message-encoder.ts';

function decodeAll(bytes: Uint8Array, pieceBytes: number): WireValue[] {
  const decoder = new MessageDecoder();
  const values: WireValue[] = [];
  for (let offset = 0; offset < bytes.length; offset += pieceBytes) {
    decoder.push(bytes.subarray(offset, offset + pieceBytes));
    for (let value = decoder.next(); value !== undefined; value = decoder.next()) values.push(value);
  }
  return values;
}

function someValue(random: Random, depth: number): WireValue {
  const kind = random.int(depth > 3 ? 6 : 8);
  if (kind === 0) return null;
  if (kind === 1) return random.chance(0.5);
  if (kind === 2) return random.int(2 ** random.int(53)) * (random.chance(0.5) ? 1 : -1) + 0;
  if (kind === 3) return 'é'.repeat(random.int(300));
  if (kind === 4) return Buffer.from(random.bytes(random.int(300)));
  if (kind === 5) return (random.chance(0.5) ? 2n ** 63n : -(2n ** 60n)) + BigInt(random.int(1000));
  if (kind === 6) return Array.from({ length: random.int(20) }, () => someValue(random, depth + 1));
  return new Map(Array.from({ length: random.int(20) }, (_, i) => [`k${i}`, someValue(random, depth + 2)]));
}

for (const seed of [1, 2, 3]) {
  test(`what was encoded is decoded, in pieces of any size, seed ${seed}`, () => {
    const random = seededRandom(seed);
    const values = Array.from({ length: 60 }, () => someValue(random, 2)).filter(
      (value) => encodeMessage(value).length < MAX_MESSAGE_BYTES,
    );
    const bytes = Buffer.concat(values.map(encodeMessage));
    for (const pieceBytes of [1, 7, 1000, bytes.length]) {
      assert.deepEqual(decodeAll(bytes, pieceBytes), values);
    }
  });
}

test('agrees with another implementation about messages', () => {
  for (const value of [
    0,
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    4294967295,
    -1,
    -32,
    -33,
    -129,
    'x',
    'y'.repeat(40),
  ]) {
    const message = [0, 1, 'm', [value]];
    assert.deepEqual(decodeAll(pack(message), 5), [message]);
    assert.deepEqual(unpack(encodeMessage(message)), message);
  }
});

test('(M2) integers of 64 bits are exact', () => {
  const edges = [2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 64n - 1n, -(2n ** 63n)];
  for (const edge of edges) assert.equal(BigInt(decodeAll(encodeMessage(edge), 9)[0] as bigint), edge);
  assert.equal(decodeAll(encodeMessage(2n ** 53n), 9)[0], 2n ** 53n);
});

test('what is too deep, too long, too many, not UTF-8 or no MessagePack is refused at once', () => {
  const bad: Uint8Array[] = [
    Buffer.alloc(20, 0x91),
    Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0xdf, 0x00, 0x01, 0x00, 0x00]),
    Buffer.from([0xdb, 0x7f, 0xff, 0xff, 0xff]),
    Buffer.from([0xc6, 0x00, 0x01, 0x00, 0x00]),
    Buffer.from([0xc1]),
    Buffer.from([0xd4, 1, 2]),
    Buffer.from([0xa2, 0xff, 0xfe]),
  ];
  for (const bytes of bad) assert.throws(() => decodeAll(bytes, 4), MalformedMessageError);
});

test('(M1) a message that never ends is refused at the limit', () => {
  const decoder = new MessageDecoder();
  const item = encodeMessage('z'.repeat(1_000));
  decoder.push(Buffer.from([0xdc, 0, 200]));
  assert.throws(() => {
    for (let i = 0; i < 20; i++) {
      decoder.push(item);
      assert.equal(decoder.next(), undefined);
    }
  }, MalformedMessageError);
});
