import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { S3Error } from '@crescendo/s3';
import { StoreFailure, type StoreFailureCode } from '@crescendo/store';
import { S3_CODES, toS3Error } from './store-errors.ts';

test('docs/reference/s3-errors.md says which S3 code each failure of the store becomes', () => {
  const page = readFileSync(new URL('../../../../../docs/reference/s3-errors.md', import.meta.url), 'utf8');
  const rows = page.slice(page.indexOf('| of the store |')).split('\n').slice(2);
  const said = new Map<string, string>();
  for (const row of rows) {
    const [, ours = '', theirs = ''] = row.split('|');
    for (const [, code] of ours.matchAll(/`(\w+)`/g)) said.set(code!, /`(\w+)`/.exec(theirs)?.[1] ?? code!);
  }
  assert.deepEqual(Object.fromEntries([...said].sort()), S3_CODES);
});

test('an error that the store wrapped on its way is found again; everything else keeps its cause to itself', () => {
  const thrown = new S3Error('BadDigest');
  assert.equal(toS3Error(new StoreFailure('Unavailable', 'x', { cause: thrown }), {}), thrown);
  for (const code of Object.keys(S3_CODES) as StoreFailureCode[]) {
    const error = toS3Error(new StoreFailure(code, 'inside'), { bucket: 'b', key: 'k' });
    assert.equal(error.code, S3_CODES[code]);
    assert.ok(!error.message.includes('inside'));
  }
  assert.equal(toS3Error(new TypeError('inside'), {}).code, 'InternalError');
});
