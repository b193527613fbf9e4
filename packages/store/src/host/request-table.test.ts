import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromUtf8, toHex, utf8 } from '@crescendo/base';
import { MemoryKv } from '../testing/memory-kv.ts';
import { RETAINED_REQUESTS, RETENTION_MS, RequestTable, requestKeys } from './request-table.ts';

const NOW = 1_700_000_000_000;
const codec = {
  encode: (value: unknown) => utf8(JSON.stringify(value)),
  decode: (bytes: Uint8Array): unknown => JSON.parse(fromUtf8(bytes)),
};

test('[H2] rows stand under time, index and id: part of the stored format', () => {
  const kv = new MemoryKv();
  new RequestTable(codec).add(kv, 'ab-1', NOW, 258, { ok: true });
  assert.deepEqual(requestKeys(kv).map(toHex), [`0002${'0000018bcfe56800'}${'0000000000000102'}61622d31`]);
});

test('[H2] a table that is loaded anew knows what the one before it applied', () => {
  const kv = new MemoryKv();
  const table = new RequestTable(codec);
  for (let i = 0; i < 5; i++) table.add(kv, `s-${i}`, NOW + i, i + 1, i);
  const loaded = new RequestTable(codec);
  loaded.load(kv);
  assert.deepEqual(loaded.find(kv, 's-3'), { result: 3 });
  assert.equal(loaded.find(kv, 's-5'), undefined);
});

test('[H2] a request goes when it is old and enough follow it, on every replica alike', () => {
  const kv = new MemoryKv();
  const table = new RequestTable(codec);
  for (let i = 0; i <= RETAINED_REQUESTS; i++) table.add(kv, `s-${i}`, NOW, i + 1, i);
  assert.equal(requestKeys(kv).length, RETAINED_REQUESTS + 1);
  const late = new RequestTable(codec);
  late.load(kv);
  const twin = new MemoryKv();
  twin.restore(kv.snapshot());
  for (const [one, state] of [
    [table, kv],
    [late, twin],
  ] as const) {
    one.add(state, 'later', NOW + RETENTION_MS, RETAINED_REQUESTS + 2, 'later');
    assert.equal(one.find(state, 's-0'), undefined);
    assert.equal(one.find(state, 's-1'), undefined);
    assert.deepEqual(one.find(state, 's-2'), { result: 2 });
  }
  assert.deepEqual(requestKeys(kv).map(toHex), requestKeys(twin).map(toHex));
});
