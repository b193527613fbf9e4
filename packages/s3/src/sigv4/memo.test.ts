import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Memo } from './memo.ts';
import { parseAmzTimestamp } from './timestamp.ts';

test('a text is worked on once while it is remembered; failures and long texts are not', () => {
  const memo = new Memo<number>(2);
  let made = 0;
  const make = (text: string): number => {
    made++;
    if (text === 'bad') throw new Error('bad');
    return text.length;
  };
  assert.deepEqual([memo.of('a', make), memo.of('a', make), made], [1, 1, 1]);
  for (let i = 0; i < 2; i++) assert.throws(() => memo.of('bad', make));
  assert.equal(made, 3);
  const long = 'x'.repeat(513);
  assert.deepEqual([memo.of(long, make), memo.of(long, make), made], [513, 513, 5]);
  memo.of('bb', make);
  memo.of('ccc', make);
  assert.equal(memo.of('a', make), 1);
  assert.equal(made, 8);
});

test('what is no timestamp is none each time', () => {
  for (let i = 0; i < 2; i++) {
    assert.equal(parseAmzTimestamp('20261121T000000Z'), Date.UTC(2026, 10, 21));
    assert.equal(parseAmzTimestamp('2026-11-21T00:00:00Z'), undefined);
  }
});
