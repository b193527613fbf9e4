import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, utf8 } from '@crescendo/base';
import { ByteReader, ByteWriter } from './record-bytes.ts';

const TEXTS = [
  '',
  'a',
  'key',
  'é',
  'plain, then \u00e9',
  '\u{1f600}',
  'x'.repeat(127),
  'x'.repeat(128),
  'é'.repeat(100),
];

test('[O1] texts are written as their length and their UTF-8, however they are written', () => {
  for (const text of TEXTS) {
    const plain = new ByteWriter().varint(utf8(text).length).raw(utf8(text)).finish();
    assert.deepEqual(new ByteWriter().text(text).finish(), plain);
    assert.equal(new ByteReader(plain).text(), text);
  }
});

test('[O1] writers that are at work together do not share memory, and what was finished stays', () => {
  const first = new ByteWriter().text('first');
  const second = new ByteWriter().text('second');
  const finished = first.finish();
  const third = new ByteWriter().text('third').raw(new Uint8Array(10_000).fill(7));
  second.text('more');
  assert.deepEqual(new ByteReader(finished).text(), 'first');
  const reader = new ByteReader(second.finish());
  assert.deepEqual([reader.text(), reader.text()], ['second', 'more']);
  assert.deepEqual(
    third.finish(),
    concatBytes(Uint8Array.of(5), utf8('third'), new Uint8Array(10_000).fill(7)),
  );
  assert.deepEqual(first.finish(), new Uint8Array(0));
  assert.deepEqual(first.text('again').finish(), new ByteWriter().text('again').finish());
});
