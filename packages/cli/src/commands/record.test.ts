import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCloud } from '@crescendo/cloud';
import { runCommand } from '../run.ts';
import { memoryTerminal } from '../testing/memory-terminal.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';

const KEYS = { accessKeyId: 'AKIDOFTHISTEST', secretAccessKey: 'a-secret-of-this-test' };

test('[CLI7] record writes the activities of a group down, with what is said of the load', async (t) => {
  const folder = await temporaryFolder(t);
  const cloud = await startCloud({
    dataDir: join(folder, 'cloud'),
    listen: { host: '127.0.0.1', port: 0 },
    credentials: [KEYS],
    devKeys: false,
    log: () => undefined,
  });
  t.after(() => cloud.stop());
  const call = (service: string, operation: string, input: object) =>
    cloud.services.call(service, operation, input);
  await call('ec2', 'CreateLaunchTemplate', {
    LaunchTemplateName: 'workers',
    LaunchTemplateData: { ImageId: 'ami-minimal', InstanceType: 't2.micro' },
  });
  await call('autoscaling', 'CreateAutoScalingGroup', {
    ...{ AutoScalingGroupName: 'workers', MinSize: 0, MaxSize: 1, AvailabilityZones: ['us-east-1a'] },
    LaunchTemplate: { LaunchTemplateName: 'workers' },
  });
  const environment = {
    AWS_ENDPOINT_URL: cloud.endpoint,
    AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
  };
  const run = async (...words: string[]) => {
    const terminal = memoryTerminal();
    const status = await runCommand(words, { terminal, environment, signal: new AbortController().signal });
    return { status, output: terminal.output(), errors: terminal.errors() };
  };
  const file = join(folder, 'live.json');
  const flags = ['--load-began', '2026-03-02T08:00:12Z', '--speed', '10', '-o', file];
  assert.deepEqual(await run('record', 'workers', ...flags), { status: 0, output: '', errors: '' });
  const written = JSON.parse(readFileSync(file, 'utf8'));
  assert.deepEqual(written, { LoadBegan: '2026-03-02T08:00:12Z', Speed: 10, Activities: [] });
  const unknown = await run('record', 'nobody');
  assert.equal(unknown.status, 1);
  assert.match(unknown.errors, /nobody/);
});
