import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CloudUnderTest } from './testing/cloud-under-test.ts';
import { whyAbsent } from './testing/run-client.ts';

const SCRIPT = join(import.meta.dirname, 'testdata/boto3_cloud.py');
const CHECKS = ['metrics', 'parameters_page_by_page', 'instances', 'groups', 'stacks'];

describe('boto3, control plane', { skip: whyAbsent('python3', ['-c', 'import boto3']) }, () => {
  let cloud: CloudUnderTest;
  /** By name of the check; null when it passed. */
  const results = new Map<string, string | null>();

  before(async () => {
    cloud = await CloudUnderTest.start();
    const printed = await cloud.succeed('python3', [SCRIPT]);
    for (const line of printed.trim().split('\n')) {
      const { name, error } = JSON.parse(line) as { name: string; error: string | null };
      results.set(name, error);
    }
  });
  after(() => cloud?.end());

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
