/** `crescendo deploy` with instances that are processes of this machine. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
} from '@aws-sdk/client-auto-scaling';
import { type RunningCloud, startCloud } from '@crescendo/cloud';
import { type CommandResult, runCrescendo } from './testing/child-processes.ts';

const KEYS = { accessKeyId: 'AKIADEPLOY', secretAccessKey: 'the secret of the deployment' };
const TEMPLATE = join(import.meta.dirname, 'testdata', 'trivial-workers.yaml');

let folder: string;
let cloud: RunningCloud;
let scaling: AutoScalingClient;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crescendo-deploy-'));
  cloud = await startCloud({
    dataDir: join(folder, 'cloud'),
    listen: { host: '127.0.0.1', port: 0 },
    credentials: [KEYS],
    devKeys: false,
    log: () => undefined,
  });
  scaling = new AutoScalingClient({ endpoint: cloud.endpoint, region: 'us-east-1', credentials: KEYS });
});

after(async () => {
  scaling?.destroy();
  await cloud?.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

function deploy(...more: string[]): Promise<CommandResult> {
  return runCrescendo(['deploy', TEMPLATE, `--endpoint=${cloud.endpoint}`, '--stack=workers', ...more], {
    environment: { AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey },
  });
}

async function inService(): Promise<string[]> {
  const { AutoScalingGroups = [] } = await scaling.send(new DescribeAutoScalingGroupsCommand({}));
  return AutoScalingGroups.flatMap(({ Instances = [] }) => Instances)
    .filter(({ LifecycleState }) => LifecycleState === 'InService')
    .map(({ InstanceId = '' }) => InstanceId)
    .sort();
}

/** What the cloud's folder holds of instances: nothing may be left of those that have gone. */
async function left(what: 'instances' | 'volumes'): Promise<string[]> {
  return (await readdir(join(folder, 'cloud', 'instances', what))).sort();
}

let first: string[];

test('[CLI6] a template with a group becomes processes, told in plain lines, with its outputs', async () => {
  const { status, errors, output } = await deploy();
  assert.equal(status, 0, errors);
  assert.match(errors, /^\d\d:\d\d:\d\d {2}CREATE_IN_PROGRESS {2}Template \(EC2::LaunchTemplate\)/m);
  assert.match(errors, /^\d\d:\d\d:\d\d {2}CREATE_COMPLETE {2}Group \(AutoScaling::AutoScalingGroup\)/m);
  assert.match(errors, /^workers: CREATE_COMPLETE$/m);
  assert.match(output, /^GroupName {2}workers-Group-/m);
  first = await inService();
  assert.equal(first.length, 2);
});

test('[CLI6] an update replaces the instances', async () => {
  const { status, errors } = await deploy('--parameters', 'StartUp=echo two');
  assert.equal(status, 0, errors);
  assert.match(errors, /Rolling update initiated. Terminating 2 obsolete instance\(s\) in batches of 2/);
  assert.match(errors, /^workers: UPDATE_COMPLETE$/m);
  const second = await inService();
  assert.equal(second.length, 2);
  assert.deepEqual(
    second.filter((id) => first.includes(id)),
    [],
  );
});

test('[CLI6] an update whose user data fails at once goes back, with the last lines of the console', async () => {
  const { status, errors } = await deploy('--parameters', 'StartUp=cat no-such-settings');
  assert.equal(status, 1, errors);
  assert.match(errors, /user-data failed with status 3 and left nothing running/);
  assert.match(errors, /cat: no-such-settings: No such file or directory/);
  assert.match(errors, /^workers: UPDATE_ROLLBACK_COMPLETE/m);
  // Three failures are enough: the two launches of the batch, and their first repetition.
  const { Activities = [] } = await scaling.send(new DescribeScalingActivitiesCommand({}));
  assert.equal(Activities.filter(({ StatusCode }) => StatusCode === 'Failed').length, 4);
  const now = await inService();
  assert.equal(now.length, 2);
  assert.deepEqual(await left('instances'), now);
  assert.equal((await left('volumes')).length, 2);
});

test('[CLI6] what is deleted leaves no instance, no volume and no process', async () => {
  const { status, errors } = await deploy('--delete');
  assert.equal(status, 0, errors);
  assert.match(errors, /^workers: DELETE_COMPLETE$/m);
  assert.deepEqual(await inService(), []);
  assert.deepEqual(await left('instances'), []);
  assert.deepEqual(await left('volumes'), []);
});
