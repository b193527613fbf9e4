import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeMemory } from './free-memory.ts';

test('memory that belongs to the bytes alone is given back, and nothing that others may see', () => {
  const own = new Uint8Array(100_000);
  freeMemory(own);
  assert.equal(own.length, 0);
  const shared = new Uint8Array(200_000);
  freeMemory(shared.subarray(0, 100_000));
  assert.equal(shared.length, 200_000);
  const small = Buffer.from('from the pool');
  freeMemory(small);
  assert.equal(String(small), 'from the pool');
  const threads = new Uint8Array(new SharedArrayBuffer(100_000));
  freeMemory(threads);
  assert.equal(threads.length, 100_000);
});
