import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DescribeVolumesResult } from '@aws-sdk/client-ec2';
import { SimulatedProvider } from '../../instances/simulated/simulated-provider.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { openEc2, runAndSettle, show } from './testing/ec2-world.ts';

test('[E11] after a loss of the cloud every recorded instance is taken over or started, and ends are finished', async () => {
  const clock = new ManualClock();
  const world = await openEc2({ clock, provider: new SimulatedProvider({ clock, haltMs: 5000 }) });
  const [kept, gone, ending] = [
    await runAndSettle(world),
    await runAndSettle(world),
    await runAndSettle(world),
  ];
  await world.call('TerminateInstances', { InstanceIds: [ending] });
  await world.settle();
  const disk = world.records.afterCrash();
  // What the machines look like to the next cloud: one still runs, one ended unseen.
  const provider = new SimulatedProvider({ clock });
  const spec = {
    imageId: 'ami-minimal',
    address: { host: '127.0.0.1', metadataPort: 0 },
    vcpus: 1,
    memoryBytes: 1,
  };
  await provider.boot({ ...spec, instanceId: kept, userData: undefined, volumes: [], environment: {} });
  const again = await openEc2({ records: disk, provider, clock });
  assert.ok(provider.isRunning(kept));
  assert.ok(provider.isRunning(gone));
  assert.equal(provider.journal.filter((line) => line.startsWith(`boot ${kept}`)).length, 1);
  await again.settle();
  assert.equal((await show(again, ending)).State?.Name, 'terminated');
});

test('[E12] a clean stop halts instances and remembers that they run', async () => {
  const world = await openEc2();
  const instanceId = await runAndSettle(world);
  await world.ec2.stop();
  assert.ok(!world.provider.isRunning(instanceId));
  const again = await openEc2({
    records: world.records.afterCrash(),
    provider: world.provider,
    clock: world.clock,
  });
  assert.equal((await show(again, instanceId)).State?.Name, 'running');
  assert.ok(again.provider.isRunning(instanceId));
});

test('[E12] a clean stop leaves nothing running that was about to be ended either', async () => {
  const world = await openEc2();
  const [one, other] = [await runAndSettle(world), await runAndSettle(world)];
  await Promise.all([
    world.call('TerminateInstances', { InstanceIds: [one] }),
    world.call('StopInstances', { InstanceIds: [other] }),
    world.ec2.stop(),
  ]);
  assert.ok(!world.provider.isRunning(one));
  assert.ok(!world.provider.isRunning(other));
  const again = await openEc2({
    records: world.records.afterCrash(),
    provider: world.provider,
    clock: world.clock,
  });
  await again.settle();
  assert.equal((await show(again, one)).State?.Name, 'terminated');
  assert.equal((await show(again, other)).State?.Name, 'stopped');
});

test('[E12] what ends instances and cloud together terminates no instance', async () => {
  const world = await openEc2();
  const instanceId = await runAndSettle(world);
  world.provider.kill(instanceId);
  await world.settle();
  await world.ec2.stop();
  await world.clock.run(10_000);
  const again = await openEc2({
    records: world.records.afterCrash(),
    provider: world.provider,
    clock: world.clock,
  });
  assert.equal((await show(again, instanceId)).State?.Name, 'running');
  assert.ok(again.provider.isRunning(instanceId));
});

test('[E13] a first boot that fails terminates the instance; a later one stops it and keeps its volume', async () => {
  const world = await openEc2();
  world.provider.failNextBoot('no room');
  const one = await runAndSettle(world);
  assert.equal((await show(world, one)).State?.Name, 'terminated');
  assert.match((await show(world, one)).StateReason!.Message!, /no room/);
  const other = await runAndSettle(world);
  await world.call('StopInstances', { InstanceIds: [other] });
  await world.settle();
  world.provider.failNextBoot('no room');
  await world.call('StartInstances', { InstanceIds: [other] });
  await world.settle();
  assert.equal((await show(world, other)).State?.Name, 'stopped');
  assert.equal((await world.call<DescribeVolumesResult>('DescribeVolumes')).Volumes?.length, 1);
});

test('[E14] an interrupted spot instance is told two minutes before, and then taken', async () => {
  const world = await openEc2();
  const instanceId = await runAndSettle(world, { InstanceMarketOptions: { MarketType: 'spot' } });
  await world.ec2.interruptSpot(instanceId);
  const again = await openEc2({
    records: world.records.afterCrash(),
    provider: world.provider,
    clock: world.clock,
  });
  await again.clock.run(119_000);
  assert.equal((await show(again, instanceId)).State?.Name, 'running');
  await again.clock.run(2000);
  const taken = await show(again, instanceId);
  assert.equal(taken.State?.Name, 'terminated');
  assert.equal(taken.StateReason?.Code, 'Server.SpotInstanceTermination');
  const onDemand = await runAndSettle(again);
  await assert.rejects(again.ec2.interruptSpot(onDemand), /not a spot instance/);
});

test('[E23] an instance whose address another program had when the cloud came back has its metadata once that lets go', async () => {
  const world = await openEc2();
  const instanceId = await runAndSettle(world);
  let isTaken = true;
  const opened: string[] = [];
  const again = await openEc2({
    records: world.records.afterCrash(),
    provider: world.provider,
    clock: world.clock,
    openMetadata: () => ({
      open: async (id) => {
        if (isTaken) throw new Error('EADDRINUSE');
        opened.push(id);
        return 0;
      },
      close: async () => undefined,
      stop: async () => undefined,
    }),
  });
  assert.equal((await show(again, instanceId)).State?.Name, 'running');
  isTaken = false;
  await world.clock.run(31_000);
  assert.ok(opened.includes(instanceId));
});
