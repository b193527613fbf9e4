import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compareBytes,
  concatBytes,
  Failure,
  fromUtf8,
  fromUtf8Lenient,
  InvariantError,
  invariant,
  messageOf,
  parseHex,
  seededRandom,
  toHex,
  utf8,
} from './index.ts';

const draw = (seed: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: 8 }, () => random.float());
};

test('[BASE1] one seed gives one stream, another seed another', () => {
  assert.deepEqual(draw(7), draw(7));
  const firsts = new Set([0, 1, 2, 3, 2 ** 32, 2 ** 32 + 1, 2 ** 40].map((seed) => draw(seed)[0]));
  assert.equal(firsts.size, 7);
});

test('[BASE1] forks are streams of their own, the same for the same labels in the same order', () => {
  const forks = (): number[] => {
    const random = seededRandom(1);
    return ['a', 'b', 'a'].map((label) => random.fork(label).float());
  };
  assert.deepEqual(forks(), forks());
  assert.equal(new Set(forks()).size, 3);
});

test('[BASE2] draws are within bounds and spread evenly', () => {
  const random = seededRandom(3);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 100_000; i++) counts[random.int(10)]!++;
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, String(count));
  for (let i = 0; i < 1_000; i++) assert.ok(random.float() < 1);
  assert.equal([false, true].includes(random.chance(0.5)), true);
  assert.equal(random.chance(0), false);
  assert.equal(random.chance(1), true);
});

test('[BASE2] a shuffle keeps every element and does not touch its argument', () => {
  const list = Array.from({ length: 50 }, (_, i) => i);
  const shuffled = seededRandom(5).shuffle(list);
  assert.notDeepEqual(shuffled, list);
  assert.deepEqual(
    shuffled.toSorted((a, b) => a - b),
    list,
  );
});

test('[BASE3] bytes are ordered unsigned, a prefix first', () => {
  const sorted = ['', '00', '0000', '7f', '80', '80ff', 'ff'].map((hex) => parseHex(hex)!);
  for (let i = 0; i + 1 < sorted.length; i++) {
    assert.ok(compareBytes(sorted[i]!, sorted[i + 1]!) < 0);
    assert.ok(compareBytes(sorted[i + 1]!, sorted[i]!) > 0);
    assert.equal(compareBytes(sorted[i]!, sorted[i]!), 0);
  }
});

test('[BASE4] hexadecimal goes there and back, and nothing else is parsed', () => {
  const bytes = seededRandom(1).bytes(256);
  assert.deepEqual(parseHex(toHex(bytes)), bytes);
  assert.equal(toHex(concatBytes(Uint8Array.of(0, 255), Uint8Array.of(), Uint8Array.of(16))), '00ff10');
  assert.deepEqual(parseHex('AB'), Uint8Array.of(0xab));
  for (const bad of ['a', '0g', ' 00', '0x00']) assert.equal(parseHex(bad), undefined);
});

test('[BASE5] bytes that are not UTF-8 are refused or replaced', () => {
  assert.equal(fromUtf8(utf8('größe 日本 😀')), 'größe 日本 😀');
  assert.throws(() => fromUtf8(Uint8Array.of(0x61, 0xff)), TypeError);
  assert.equal(fromUtf8Lenient(Uint8Array.of(0x61, 0xff)), 'a\ufffd');
});

test('[BASE6] invariants throw, failures carry code, cause and hope', () => {
  invariant(true, 'holds');
  assert.throws(() => invariant(0, 'is broken'), InvariantError);
  const cause = new Error('why');
  const failure = new Failure('Busy', 'try again', { retryable: true, cause });
  assert.deepEqual(
    [failure.code, failure.retryable, failure.cause, failure.message],
    ['Busy', true, cause, 'try again'],
  );
  assert.equal(new Failure('Broken', 'no').retryable, false);
  assert.equal(messageOf('text'), 'text');
});
