import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { whyAbsent } from './testing/run-client.ts';
import { StoreUnderTest } from './testing/store-under-test.ts';

const SCRIPT = join(import.meta.dirname, 'testdata/boto3_session.py');
const CHECKS = [
  'crud',
  'conditional_writes',
  'listings_page_by_page',
  'transfer_manager',
  'multipart_checksums',
  'multipart_refusals',
  'copies',
  'presigned_links',
  'streaming_bodies',
  'deletions',
];

describe('boto3', { skip: whyAbsent('python3', ['-c', 'import boto3']) }, () => {
  let store: StoreUnderTest;
  /** By name of the check; null when it passed. */
  const results = new Map<string, string | null>();

  before(async () => {
    store = await StoreUnderTest.start();
    const printed = await store.succeed('python3', [SCRIPT]);
    for (const line of printed.trim().split('\n')) {
      const { name, error } = JSON.parse(line) as { name: string; error: string | null };
      results.set(name, error);
    }
  });
  after(() => store?.end());

  for (const name of CHECKS) {
    test(name.replaceAll('_', ' '), () => {
      assert.ok(results.has(name), 'the script did not come to this check');
      assert.equal(results.get(name), null, results.get(name) ?? '');
    });
  }

  test('every check of the script is named here', () => {
    assert.deepEqual([...results.keys()], CHECKS);
  });
});
