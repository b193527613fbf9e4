import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { DescribeInstancesResult, Instance, Reservation } from '@aws-sdk/client-ec2';
import { seededRandom } from '@crescendo/base';
import type { RequestContext } from '../../contract/service.ts';
import { ProcessProvider } from '../../instances/process/process-provider.ts';
import { firstPid, openProcessWorld, REAL_CLOCK, runs } from '../../instances/testing/process-world.ts';
import { until } from '../../instances/testing/provider-contract.ts';
import { MemoryRecords } from '../../testing/memory-records.ts';
import type { Ec2 } from './index.ts';
import { createEc2Service } from './index.ts';

/** Reads, with nothing but node, what an SDK would: a token, then the credentials; writes both down. */
const READS_METADATA = `#!/usr/bin/env node
const base = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT + '/latest/';
const main = async () => {
  const asked = await fetch(base + 'api/token', { method: 'PUT', headers: { 'X-aws-ec2-metadata-token-ttl-seconds': '60' } });
  const headers = { 'X-aws-ec2-metadata-token': await asked.text() };
  const read = async (path) => (await fetch(base + path, { headers })).text();
  const role = await read('meta-data/iam/security-credentials/');
  const seen = { id: await read('meta-data/instance-id'), credentials: JSON.parse(await read('meta-data/iam/security-credentials/' + role)) };
  require('node:fs').writeFileSync('seen.new', JSON.stringify({ ...seen, endpoint: process.env.AWS_ENDPOINT_URL }));
  require('node:fs').renameSync('seen.new', 'seen');
};
main();
`;

async function world(t: TestContext) {
  const { folder, provider, close } = await openProcessWorld();
  const records = new MemoryRecords();
  const ec2 = open(provider, records);
  await ec2.start();
  const clouds: { stop(): Promise<void> }[] = [ec2];
  t.after(async () => {
    for (const cloud of clouds) await cloud.stop().catch(() => undefined);
    await close();
  });
  return { folder, provider, records, ec2, clouds };
}

function open(provider: ProcessProvider, records: MemoryRecords): Ec2 {
  return createEc2Service({
    records,
    provider,
    clock: REAL_CLOCK,
    random: seededRandom(process.pid),
    services: { call: () => Promise.reject(new Error('none')) },
    accountId: '000000000000',
    region: 'us-east-1',
    endpointUrl: () => 'http://127.0.0.1:4566',
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    haltGraceMs: 2000,
  });
}

async function call<Output>(ec2: Ec2, operation: string, input: object): Promise<Output> {
  const context = { accessKeyId: 'AKIA' } as RequestContext;
  return (await ec2.service.operations[operation]!(input as never, context)) as Output;
}

async function launch(ec2: Ec2, script: string, more: object = {}): Promise<Instance> {
  const reservation = await call<Reservation>(ec2, 'RunInstances', {
    ImageId: 'ami-crescendo',
    MinCount: 1,
    MaxCount: 1,
    UserData: Buffer.from(script).toString('base64'),
    ...more,
  });
  return reservation.Instances![0]!;
}

function stateOf(ec2: Ec2, instanceId: string): string | undefined {
  return ec2.compute.describe(instanceId)?.state;
}

test('[E28] an instance reads its metadata and credentials at its own address, with a token', async (t) => {
  const { folder, ec2 } = await world(t);
  const one = await launch(ec2, READS_METADATA, { MetadataOptions: { HttpTokens: 'required' } });
  const { VolumeId } = one.BlockDeviceMappings![0]!.Ebs!;
  const path = join(folder, 'volumes', VolumeId!, 'seen');
  await until('the instance has read', () => existsSync(path));
  const seen = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  assert.equal(seen['id'], one.InstanceId);
  assert.equal(seen['endpoint'], 'http://127.0.0.1:4566');
  assert.equal((seen['credentials'] as { AccessKeyId: string }).AccessKeyId, 'AKIA');
});

test('[E28] termination leaves no process, no folder and no volume, only the record', async (t) => {
  const { folder, ec2 } = await world(t);
  const { InstanceId: id = '' } = await launch(ec2, '#!/bin/sh\necho here\nsleep 600\n');
  await until('it runs', () => stateOf(ec2, id) === 'running');
  await until('it has written', () => ec2.compute.consoleTail(id, 1) === 'here');
  const pid = firstPid(folder, id);
  await call(ec2, 'TerminateInstances', { InstanceIds: [id] });
  await until(
    'it has ended',
    () => stateOf(ec2, id) === 'terminated' && readdirSync(join(folder, 'volumes')).length === 0,
  );
  assert.ok(!runs(pid));
  assert.deepEqual(readdirSync(join(folder, 'instances')), []);
  assert.match(ec2.compute.consoleTail(id, 5), /here/);
});

test('[E7] an instance whose processes are killed is terminated', async (t) => {
  const { folder, ec2 } = await world(t);
  const { InstanceId: id = '' } = await launch(ec2, '#!/bin/sh\nsleep 600\n');
  await until('it runs', () => stateOf(ec2, id) === 'running');
  process.kill(-firstPid(folder, id), 'SIGKILL');
  await until('it has ended', () => stateOf(ec2, id) === 'terminated');
  assert.match(ec2.compute.describe(id)!.reason, /the instance is gone/);
});

test('[E12] a cloud that stops and starts again finds its instances with the same address and volume', async (t) => {
  const { folder, provider, records, ec2, clouds } = await world(t);
  const one = await launch(ec2, '#!/bin/sh\necho boot >> boots\nsleep 600\n');
  const id = one.InstanceId!;
  await until('it runs', () => stateOf(ec2, id) === 'running');
  const boots = join(folder, 'volumes', one.BlockDeviceMappings![0]!.Ebs!.VolumeId!, 'boots');
  await until('user data has begun', () => existsSync(boots));
  const pid = firstPid(folder, id);
  await ec2.stop();
  await provider.stop();
  assert.ok(!runs(pid));
  await until('the keeper has ended', () => provider.keeperPid === undefined);
  const next = new ProcessProvider({ folder, clock: REAL_CLOCK, watchMs: 50 });
  const again = open(next, records.afterCrash());
  await next.start();
  await again.start();
  clouds.push(again, next);
  assert.equal(stateOf(again, id), 'running');
  const shown = await call<DescribeInstancesResult>(again, 'DescribeInstances', { InstanceIds: [id] });
  assert.equal(shown.Reservations![0]!.Instances![0]!.PrivateIpAddress, one.PrivateIpAddress);
  await until('user data runs again', () => readFileSync(boots, 'utf8') === 'boot\nboot\n');
});

test('[I16] two hundred instances of a trivial image run on one machine, and end', async (t) => {
  const { ec2 } = await world(t);
  const { Instances = [] } = await call<Reservation>(ec2, 'RunInstances', {
    ImageId: 'ami-minimal',
    MinCount: 200,
    MaxCount: 200,
  });
  const ids = Instances.map(({ InstanceId }) => InstanceId!);
  await until('all run', () => ids.every((id) => stateOf(ec2, id) === 'running'), 60_000);
  const addresses = new Set(Instances.map(({ PrivateIpAddress }) => PrivateIpAddress));
  if (process.platform === 'linux') assert.equal(addresses.size, 200);
  await call(ec2, 'TerminateInstances', { InstanceIds: ids });
  await until('all have ended', () => ids.every((id) => stateOf(ec2, id) === 'terminated'), 60_000);
});
