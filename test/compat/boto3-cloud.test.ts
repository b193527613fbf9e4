import { join } from 'node:path';
import { describe } from 'node:test';
import { CloudUnderTest } from './testing/cloud-under-test.ts';
import { whyAbsent } from './testing/run-client.ts';
import { testScript } from './testing/script-checks.ts';

const SCRIPT = join(import.meta.dirname, 'testdata/boto3_cloud.py');
const CHECKS = [
  'metrics',
  'queues',
  'parameters_page_by_page',
  'instances',
  'groups',
  'stacks',
  'tables',
  'what_terraform_asks',
  'credentials_inside_an_instance',
];

describe('boto3, control plane', { skip: whyAbsent('python3', ['-c', 'import boto3']) }, () => {
  testScript(SCRIPT, CHECKS, () => CloudUnderTest.start());
});
