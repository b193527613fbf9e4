import { join } from 'node:path';
import { describe } from 'node:test';
import { whyAbsent } from './testing/run-client.ts';
import { testScript } from './testing/script-checks.ts';
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
  testScript(SCRIPT, CHECKS, () => StoreUnderTest.start());
});
