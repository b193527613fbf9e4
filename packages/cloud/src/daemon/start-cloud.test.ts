import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { realClock } from '@crescendo/node/system';
import { SimulatedProvider } from '../instances/simulated/simulated-provider.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import type { CloudEvent, CloudOptions, RunningCloud } from './cloud-options.ts';
import { startCloud } from './start-cloud.ts';

const KEYS = { accessKeyId: 'AKIACLOUDTEST', secretAccessKey: 'a secret' };
const LOOPBACK = { host: '127.0.0.1', port: 0 };

function options(dataDir: string, changes: Partial<CloudOptions> = {}): CloudOptions {
  return { dataDir, listen: LOOPBACK, credentials: [KEYS], devKeys: false, log: () => {}, ...changes };
}

function folderFor(t: TestContext): string {
  const folder = temporaryFolder();
  t.after(() => folder.remove());
  return join(folder.path, 'cloud');
}

/** A cloud that is stopped when the test ends, if not before. */
async function cloudFor(t: TestContext, dataDir: string, changes: Partial<CloudOptions> = {}) {
  const cloud = await startCloud(options(dataDir, changes));
  t.after(() => cloud.stop());
  return cloud;
}

function clientOf<Client extends { destroy(): void }>(
  t: TestContext,
  make: new (configuration: object) => Client,
  cloud: RunningCloud,
  credentials = KEYS,
): Client {
  const client = new make({ endpoint: cloud.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
  t.after(() => client.destroy());
  return client;
}

test('[K4] what was answered before a stop is there after the next start', async (t) => {
  const dataDir = folderFor(t);
  const first = await cloudFor(t, dataDir);
  const before = clientOf(t, SSMClient, first);
  await before.send(new PutParameterCommand({ Name: '/a', Value: 'secret', Type: 'SecureString' }));
  await first.stop();
  const second = await cloudFor(t, dataDir);
  const after = clientOf(t, SSMClient, second);
  const { Parameter } = await after.send(new GetParameterCommand({ Name: '/a', WithDecryption: true }));
  assert.equal(Parameter?.Value, 'secret');
  assert.equal(statSync(dataDir).mode & 0o077, 0);
});

test('[K2] a port that is in use fails the start, and the folder is free again', async (t) => {
  const dataDir = folderFor(t);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  await assert.rejects(startCloud(options(dataDir, { listen: { host: '127.0.0.1', port } })), {
    code: 'EADDRINUSE',
  });
  await cloudFor(t, dataDir);
  await assert.rejects(startCloud(options(dataDir)), { code: 'FolderInUse' });
});

test('[K3] the well-known keys are accepted only when asked for, and only on loopback', async (t) => {
  const dataDir = folderFor(t);
  const test = { accessKeyId: 'test', secretAccessKey: 'test' };
  for (const devKeys of [false, true]) {
    const cloud = await cloudFor(t, dataDir, { devKeys });
    const asked = clientOf(t, STSClient, cloud, test).send(new GetCallerIdentityCommand({}));
    if (devKeys) assert.equal((await asked).Account, '000000000000');
    else await assert.rejects(asked, { name: 'InvalidClientTokenId' });
    await cloud.stop();
  }
  const open = options(dataDir, { devKeys: true, listen: { host: '0.0.0.0', port: 0 } });
  await assert.rejects(startCloud(open), { code: 'DevKeysInTheOpen' });
});

test('[K3] nobody signs as a service of the cloud', async (t) => {
  const internal = { accessKeyId: 'internal', secretAccessKey: 'x' };
  const cloud = await cloudFor(t, folderFor(t), { credentials: [KEYS, internal] });
  const asked = clientOf(t, STSClient, cloud, internal).send(new GetCallerIdentityCommand({}));
  await assert.rejects(asked, { name: 'InvalidClientTokenId' });
});

test('[Z1] STS names the account and the key that signed', async (t) => {
  const cloud = await cloudFor(t, folderFor(t));
  const { Account, Arn, UserId } = await clientOf(t, STSClient, cloud).send(new GetCallerIdentityCommand({}));
  assert.deepEqual(
    [Account, Arn, UserId],
    ['000000000000', 'arn:aws:iam::000000000000:user/AKIACLOUDTEST', 'AKIACLOUDTEST'],
  );
});

test('[H1] of many that create one parameter at the same time, one succeeds', async (t) => {
  const cloud = await cloudFor(t, folderFor(t));
  const ssm = clientOf(t, SSMClient, cloud);
  const attempts = Array.from({ length: 12 }, (_, i) =>
    ssm.send(new PutParameterCommand({ Name: '/id', Value: `${i}`, Type: 'String' })).then(
      () => i,
      (error: Error) => error.name,
    ),
  );
  const outcomes = await Promise.all(attempts);
  const winners = outcomes.filter((outcome) => typeof outcome === 'number');
  const losers = outcomes.filter((outcome) => typeof outcome === 'string');
  assert.equal(winners.length, 1);
  assert.deepEqual(new Set(losers), new Set(['ParameterAlreadyExists']));
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: '/id' }));
  assert.equal(Parameter?.Value, `${winners[0]}`);
});

test('[W2] the last requests can be looked at, without what they carried', async (t) => {
  const events: CloudEvent[] = [];
  const cloud = await cloudFor(t, folderFor(t), { log: (event) => events.push(event) });
  const ssm = clientOf(t, SSMClient, cloud);
  await ssm.send(new PutParameterCommand({ Name: '/a', Value: 'hunter2', Type: 'SecureString' }));
  await assert.rejects(ssm.send(new GetParameterCommand({ Name: '/none' })));
  const shown = cloud
    .requests()
    .map(({ service, operation, status, code }) => [service, operation, status, code]);
  assert.deepEqual(shown, [
    ['ssm', 'PutParameter', 200, undefined],
    ['ssm', 'GetParameter', 400, 'ParameterNotFound'],
  ]);
  assert.doesNotMatch(JSON.stringify([cloud.requests(), events]), /hunter2/);
});

test('[K1] parts start in order behind a closed endpoint, and end in the reverse order', async (t) => {
  const steps: string[] = [];
  const clock = realClock();
  const provider = new SimulatedProvider({ clock });
  const watched = new Proxy(provider, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      if (name === 'start' || name === 'stop' || name === 'boot' || name === 'halt') steps.push(String(name));
      return member.bind(target);
    },
  });
  const dataDir = folderFor(t);
  const cloud = await cloudFor(t, dataDir, { provider: watched });
  await cloud.services.call('ec2', 'RunInstances', { ImageId: 'ami-minimal', MinCount: 1, MaxCount: 1 });
  const ssm = clientOf(t, SSMClient, cloud);
  await ssm.send(new PutParameterCommand({ Name: '/a', Value: 'b', Type: 'String' }));
  await cloud.stop();
  assert.deepEqual([steps[0], steps.at(-1)], ['start', 'stop']);
  assert.ok(
    steps.indexOf('boot') < steps.indexOf('halt') && steps.indexOf('halt') < steps.indexOf('stop'),
    String(steps),
  );
  await assert.rejects(ssm.send(new GetParameterCommand({ Name: '/a' })), {
    code: /^ECONNRE/,
  });
});

test('[K2] a part that fails to start ends those before it', async (t) => {
  const dataDir = folderFor(t);
  const provider = new SimulatedProvider({ clock: realClock() });
  provider.start = () => Promise.reject(new Error('no processes today'));
  await assert.rejects(startCloud(options(dataDir, { provider })), { message: 'no processes today' });
  await cloudFor(t, dataDir);
});

test('[T7] a group’s metrics are without its instances until the group’s default warm-up is over', async (t) => {
  const provider = new SimulatedProvider({ clock: realClock() });
  const { services } = await cloudFor(t, folderFor(t), { provider, speed: 20 });
  const template = { LaunchTemplateName: 'web', LaunchTemplateData: { ImageId: 'ami-minimal' } };
  await services.call('ec2', 'CreateLaunchTemplate', template);
  await services.call('autoscaling', 'CreateAutoScalingGroup', {
    ...{ AutoScalingGroupName: 'g', MinSize: 1, MaxSize: 1, DefaultInstanceWarmup: 36_000 },
    LaunchTemplate: { LaunchTemplateName: 'web' },
    AvailabilityZones: ['us-east-1a'],
  });
  const seriesOf = async (dimension: string): Promise<number> => {
    type Answer = { readonly Metrics?: readonly { readonly Dimensions?: readonly { Name?: string }[] }[] };
    const query = { Namespace: 'AWS/EC2', MetricName: 'StatusCheckFailed' };
    const { Metrics = [] } = await services.call<Answer>('monitoring', 'ListMetrics', query);
    return Metrics.filter(({ Dimensions }) => Dimensions?.some(({ Name }) => Name === dimension)).length;
  };
  await until(async () => (await seriesOf('InstanceId')) === 1);
  assert.equal(await seriesOf('AutoScalingGroupName'), 0);
  const warm = { AutoScalingGroupName: 'g', DefaultInstanceWarmup: -1 };
  await services.call('autoscaling', 'UpdateAutoScalingGroup', warm);
  await until(async () => (await seriesOf('AutoScalingGroupName')) === 1);
});

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + 20_000; !(await isSo()); ) {
    assert.ok(performance.now() < endMs, 'it did not become so');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
