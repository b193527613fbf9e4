import assert from 'node:assert/strict';
import { test } from 'node:test';
import { baseName, classicFileId, classicNodeId } from './classic-id.ts';

test('node ids are what libstdc++ computes', () => {
  const ids = [5057, 5058, 5059, 5060].map((port) => classicNodeId('127.0.0.1', port));
  assert.deepEqual(ids, [716540891, 1324994620, 373792412, 1983348104]);
});

test('texts of every length have an id', () => {
  const ids = Array.from({ length: 40 }, (_, i) => classicNodeId('x'.repeat(i), 1));
  assert.equal(new Set(ids).size, 40);
});

test('file ids are the last four bytes of the MD5 of the base name', () => {
  const ids = ['a.txt', 'b.txt', 'model.txt'].map(classicFileId);
  assert.deepEqual(ids, [607204990, 1291422205, 2398713319]);
  assert.equal(classicFileId('/some/where/a.txt'), 607204990);
});

test('only what follows the last slash of either kind counts', () => {
  assert.deepEqual(['a/b.txt', '..\\..\\c', 'd', 'e/'].map(baseName), ['b.txt', 'c', 'd', '']);
});
