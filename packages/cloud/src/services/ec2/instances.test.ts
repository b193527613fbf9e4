import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  DescribeInstanceStatusResult,
  DescribeInstancesResult,
  DescribeVolumesResult,
} from '@aws-sdk/client-ec2';
import { MemoryRecords } from '../../testing/memory-records.ts';
import { ONE, openEc2, run, runAndSettle, show } from './testing/ec2-world.ts';

test('[E1] an instance is pending when its launch is answered, and running once it was booted', async () => {
  const world = await openEc2();
  const launched = await run(world, { UserData: Buffer.from('#!/bin/sh\n').toString('base64') });
  assert.match(launched.InstanceId!, /^i-[0-9a-f]{17}$/);
  assert.deepEqual(launched.State, { Code: 0, Name: 'pending' });
  assert.match(launched.PrivateIpAddress!, /^127\.0\.16\./);
  await world.settle();
  const now = await show(world, launched.InstanceId!);
  assert.deepEqual(now.State, { Code: 16, Name: 'running' });
  assert.equal(now.Placement?.AvailabilityZone, 'us-east-1a');
  assert.equal(now.BlockDeviceMappings?.[0]?.Ebs?.DeleteOnTermination, true);
  assert.deepEqual(
    world.changes.map(({ state }) => state),
    ['pending', 'running'],
  );
});

test('[E1] the environment of an instance names its metadata service, the endpoint and the region', async () => {
  const world = await openEc2();
  const instanceId = await runAndSettle(world);
  const environment = world.provider.environmentOf(instanceId)!;
  assert.match(environment['AWS_EC2_METADATA_SERVICE_ENDPOINT']!, /^http:\/\/127\.0\.16\.\d+:\d+$/);
  assert.equal(environment['AWS_ENDPOINT_URL'], 'http://127.0.0.1:4566');
  assert.equal(environment['AWS_REGION'], 'us-east-1');
});

/** Records on a disk that takes its time. */
class HeldRecords extends MemoryRecords {
  release: () => void = () => undefined;
  #gate: Promise<void> = Promise.resolve();

  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.release = resolve;
    });
  }

  override async durable(): Promise<void> {
    await this.#gate;
    await super.durable();
  }
}

test('[E2] nothing is booted or halted before the record that asks for it is on disk', async () => {
  const records = new HeldRecords();
  const world = await openEc2({ records });
  records.hold();
  const launched = run(world);
  await world.settle();
  assert.equal(records.table('ec2/instances').size, 1);
  assert.deepEqual(world.provider.journal, []);
  records.release();
  const instanceId = (await launched).InstanceId!;
  await world.settle();
  assert.deepEqual(world.provider.journal, [`boot ${instanceId}`]);
  records.hold();
  const stopped = world.call('StopInstances', { InstanceIds: [instanceId] });
  await world.settle();
  assert.ok(world.provider.isRunning(instanceId));
  records.release();
  await stopped;
  await world.settle();
  assert.ok(!world.provider.isRunning(instanceId));
});

test('[E3] the same client token launches once, also at the same time and after a crash', async () => {
  const world = await openEc2();
  const [one, other] = await Promise.all([
    run(world, { ClientToken: 't' }),
    run(world, { ClientToken: 't' }),
  ]);
  assert.equal(one.InstanceId, other.InstanceId);
  const again = await openEc2({
    records: world.records.afterCrash(),
    provider: world.provider,
    clock: world.clock,
  });
  assert.equal((await run(again, { ClientToken: 't' })).InstanceId, one.InstanceId);
  assert.equal(
    await again.codeOf('RunInstances', { ...ONE, MaxCount: 2, ClientToken: 't' }),
    'IdempotentParameterMismatch',
  );
});

test('[E4] stopping keeps the volume and the address, terminating deletes the volume and keeps the record for an hour', async () => {
  const world = await openEc2();
  const instanceId = await runAndSettle(world);
  const before = await show(world, instanceId);
  const volumeId = before.BlockDeviceMappings![0]!.Ebs!.VolumeId!;
  await world.call('StopInstances', { InstanceIds: [instanceId] });
  await world.settle();
  assert.equal((await show(world, instanceId)).State?.Name, 'stopped');
  assert.ok(world.provider.hasVolume(volumeId));
  await world.call('StartInstances', { InstanceIds: [instanceId] });
  await world.settle();
  const after = await show(world, instanceId);
  assert.equal(after.State?.Name, 'running');
  assert.equal(after.PrivateIpAddress, before.PrivateIpAddress);
  await world.call('TerminateInstances', { InstanceIds: [instanceId] });
  await world.settle();
  assert.equal((await show(world, instanceId)).State?.Name, 'terminated');
  assert.ok(!world.provider.hasVolume(volumeId));
  assert.equal((await world.call<DescribeVolumesResult>('DescribeVolumes')).Volumes?.length, 0);
  await world.clock.run(3600_000 + 60_000);
  assert.equal(
    await world.codeOf('DescribeInstances', { InstanceIds: [instanceId] }),
    'InvalidInstanceID.NotFound',
  );
});

test('[E5] a volume that shall outlive its instance is then available, and can be deleted', async () => {
  const world = await openEc2();
  const devices = [
    { DeviceName: '/dev/xvda', Ebs: { VolumeSize: 20, DeleteOnTermination: false } },
    { DeviceName: '/dev/sdf', Ebs: { VolumeSize: 3, DeleteOnTermination: true } },
  ];
  const instanceId = await runAndSettle(world, { BlockDeviceMappings: devices });
  await world.call('TerminateInstances', { InstanceIds: [instanceId] });
  await world.settle();
  const { Volumes: volumes = [] } = await world.call<DescribeVolumesResult>('DescribeVolumes');
  assert.deepEqual(
    volumes.map(({ Size, State }) => [Size, State]),
    [[20, 'available']],
  );
  await world.call('DeleteVolume', { VolumeId: volumes[0]!.VolumeId });
  assert.ok(!world.provider.hasVolume(volumes[0]!.VolumeId!));
});

test('[E6] a volume is deleted only when nobody needs it any more', async () => {
  let needed = true;
  const world = await openEc2({ mayDeleteVolume: () => !needed });
  const instanceId = await runAndSettle(world);
  const volumeId = (await show(world, instanceId)).BlockDeviceMappings![0]!.Ebs!.VolumeId!;
  await world.call('TerminateInstances', { InstanceIds: [instanceId] });
  await world.clock.run(3 * 3600_000);
  assert.ok(world.provider.hasVolume(volumeId));
  assert.equal((await show(world, instanceId)).State?.Name, 'terminated');
  needed = false;
  await world.clock.run(60_000);
  assert.ok(!world.provider.hasVolume(volumeId));
});

test('[E7] an instance that is gone is terminated with the reason, and never booted again', async () => {
  const world = await openEc2();
  const instanceId = await runAndSettle(world);
  world.provider.kill(instanceId);
  await world.settle();
  assert.deepEqual([world.changes.at(-1)?.state, world.changes.at(-1)?.healthy], ['running', false]);
  await world.clock.run(600);
  assert.match(world.changes.at(-1)!.reason, /the instance is gone: it was killed/);
  assert.equal((await show(world, instanceId)).State?.Name, 'terminated');
  assert.equal(world.provider.journal.filter((line) => line === `boot ${instanceId}`).length, 1);
});

test('[E8] an instance that hangs runs on with a failed status check', async () => {
  const world = await openEc2();
  const instanceId = await runAndSettle(world);
  const status = async () => {
    const answer = await world.call<DescribeInstanceStatusResult>('DescribeInstanceStatus', {
      InstanceIds: [instanceId],
    });
    return answer.InstanceStatuses?.[0]?.InstanceStatus?.Status;
  };
  assert.equal(await status(), 'ok');
  world.provider.setHealthy(instanceId, false);
  assert.equal(await status(), 'impaired');
  assert.deepEqual([world.changes.at(-1)?.state, world.changes.at(-1)?.healthy], ['running', false]);
  world.provider.setHealthy(instanceId, true);
  assert.equal(await status(), 'ok');
});

test('[E9] a shutdown inside the instance stops or terminates it, as its attribute says', async () => {
  const world = await openEc2();
  const one = await runAndSettle(world);
  const other = await runAndSettle(world, { InstanceInitiatedShutdownBehavior: 'terminate' });
  for (const id of [one, other]) world.provider.request(id, 'poweroff');
  await world.settle();
  assert.equal((await show(world, one)).State?.Name, 'stopped');
  assert.equal((await show(world, other)).State?.Name, 'terminated');
  assert.equal((await show(world, other)).StateReason?.Code, 'Client.InstanceInitiatedShutdown');
});

test('[E9] a reboot halts and boots, and the instance stays running', async () => {
  const world = await openEc2();
  const instanceId = await runAndSettle(world);
  await world.call('RebootInstances', { InstanceIds: [instanceId] });
  await world.settle();
  assert.deepEqual(world.provider.journal.slice(1), [`halt ${instanceId}`, `boot ${instanceId}`]);
  assert.equal((await show(world, instanceId)).State?.Name, 'running');
});

test('[E10] a protected instance is not terminated, and none with it', async () => {
  const world = await openEc2();
  const one = await runAndSettle(world, { DisableApiTermination: true });
  const other = await runAndSettle(world);
  assert.equal(
    await world.codeOf('TerminateInstances', { InstanceIds: [other, one] }),
    'OperationNotPermitted',
  );
  assert.equal((await show(world, other)).State?.Name, 'running');
  await world.call('ModifyInstanceAttribute', { InstanceId: one, DisableApiTermination: { Value: false } });
  assert.equal(await world.codeOf('TerminateInstances', { InstanceIds: [other, one] }), 'none');
});

test('[E15] what cannot be launched is refused with EC2’s codes, and nothing is recorded', async () => {
  const world = await openEc2();
  const refused: readonly (readonly [object, string])[] = [
    [{ ImageId: undefined }, 'MissingParameter'],
    [{ ImageId: 'ami-0123456789abcdef0' }, 'InvalidAMIID.NotFound'],
    [{ InstanceType: 'x9.huge' }, 'InvalidParameterValue'],
    [{ KeyName: 'nobody' }, 'InvalidKeyPair.NotFound'],
    [{ SecurityGroupIds: ['sg-1'] }, 'InvalidGroup.NotFound'],
    [{ SubnetId: 'subnet-1' }, 'InvalidSubnetID.NotFound'],
    [{ Placement: { AvailabilityZone: 'us-east-1z' } }, 'InvalidParameterValue'],
    [{ UserData: 'no base64!' }, 'InvalidParameterValue'],
    [{ UserData: Buffer.alloc(16_385).toString('base64') }, 'InvalidParameterValue'],
    [{ MinCount: 3, MaxCount: 2 }, 'InvalidParameterValue'],
    [{ BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 0 } }] }, 'InvalidParameterValue'],
    [
      { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { SnapshotId: 'snap-1' } }] },
      'InvalidSnapshot.NotFound',
    ],
    [{ LaunchTemplate: { LaunchTemplateName: 'nobody' } }, 'InvalidLaunchTemplateName.NotFoundException'],
    [
      { TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'aws:x', Value: '' }] }] },
      'InvalidParameterValue',
    ],
    [{ DryRun: true }, 'DryRunOperation'],
  ];
  for (const [change, code] of refused) {
    assert.equal(await world.codeOf('RunInstances', { ...ONE, ...change }), code, JSON.stringify(change));
  }
  assert.equal(world.records.table('ec2/instances').size, 0);
  assert.equal(world.records.table('ec2/volumes').size, 0);
});

test('[E16] instances are found by filters and read page by page', async () => {
  const world = await openEc2();
  const tags = (Name: string) => ({
    TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: Name }] }],
  });
  await world.call('RunInstances', { ...ONE, MaxCount: 5, ...tags('web-1') });
  await world.call('RunInstances', {
    ...ONE,
    MaxCount: 2,
    ...tags('db'),
    SubnetId: 'subnet-0000000000000000b',
  });
  await world.settle();
  const found = async (Filters: object[]) => {
    const answer = await world.call<DescribeInstancesResult>('DescribeInstances', { Filters });
    return answer.Reservations!.flatMap(({ Instances }) => Instances!).length;
  };
  assert.equal(await found([{ Name: 'tag:Name', Values: ['web-*'] }]), 5);
  assert.equal(await found([{ Name: 'tag:Name', Values: ['web-1', 'db'] }]), 7);
  assert.equal(
    await found([
      { Name: 'tag-key', Values: ['Name'] },
      { Name: 'availability-zone', Values: ['us-east-1b'] },
    ]),
    2,
  );
  assert.equal(await found([{ Name: 'instance-state-name', Values: ['stopped'] }]), 0);
  assert.equal(
    await world.codeOf('DescribeInstances', { Filters: [{ Name: 'color', Values: ['red'] }] }),
    'InvalidParameterValue',
  );
  const ids = new Set<string>();
  let token: string | undefined;
  do {
    const page: DescribeInstancesResult = await world.call('DescribeInstances', {
      MaxResults: 5,
      NextToken: token,
    });
    for (const { InstanceId } of page.Reservations!.flatMap(({ Instances }) => Instances!))
      ids.add(InstanceId!);
    token = page.NextToken;
  } while (token !== undefined);
  assert.equal(ids.size, 7);
});

test('[E17] what an instance wrote can be read while it runs and after its end', async () => {
  const world = await openEc2();
  const instanceId = await runAndSettle(world);
  world.provider.write(instanceId, 'one\ntwo\nthree\n');
  assert.equal(world.ec2.compute.consoleTail(instanceId, 2), 'two\nthree');
  await world.call('TerminateInstances', { InstanceIds: [instanceId] });
  await world.settle();
  const { Output } = await world.call<{ Output: string }>('GetConsoleOutput', { InstanceId: instanceId });
  assert.match(Buffer.from(Output, 'base64').toString('utf8'), /two\nthree\n$/);
});

test('[E18] ids that are not there, and states that do not allow a call, have EC2’s codes', async () => {
  const world = await openEc2();
  const missing = { InstanceIds: ['i-0123456789abcdef0'] };
  for (const operation of [
    'DescribeInstances',
    'StopInstances',
    'StartInstances',
    'RebootInstances',
    'TerminateInstances',
  ]) {
    assert.equal(await world.codeOf(operation, missing), 'InvalidInstanceID.NotFound', operation);
  }
  assert.equal(await world.codeOf('StopInstances', { InstanceIds: ['x'] }), 'InvalidInstanceID.Malformed');
  const instanceId = await runAndSettle(world);
  await world.call('TerminateInstances', { InstanceIds: [instanceId] });
  await world.settle();
  assert.equal(await world.codeOf('StartInstances', { InstanceIds: [instanceId] }), 'IncorrectInstanceState');
  assert.equal(await world.codeOf('StopInstances', { InstanceIds: [instanceId] }), 'IncorrectInstanceState');
  assert.equal(await world.codeOf('TerminateInstances', { InstanceIds: [instanceId] }), 'none');
});
