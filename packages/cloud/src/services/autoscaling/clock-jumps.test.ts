import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AutoScalingGroupsType } from '@aws-sdk/client-auto-scaling';
import { GROUP, TestCloud } from './testing/test-cloud.ts';

const NAME = { AutoScalingGroupName: 'g' };
const DAY_MS = 24 * 3_600_000;

async function withWaitingInstance(): Promise<TestCloud> {
  const cloud = await TestCloud.started();
  await cloud.call('CreateAutoScalingGroup', { ...GROUP, DesiredCapacity: 0 });
  await cloud.call('PutLifecycleHook', {
    ...NAME,
    LifecycleHookName: 'joined',
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
    HeartbeatTimeout: 300,
  });
  await cloud.call('SetDesiredCapacity', { ...NAME, DesiredCapacity: 1 });
  await cloud.clock.run(10_000);
  return cloud;
}

async function statesOf(cloud: TestCloud): Promise<(string | undefined)[]> {
  const { AutoScalingGroups } = await cloud.call<AutoScalingGroupsType>('DescribeAutoScalingGroups', NAME);
  return AutoScalingGroups![0]!.Instances!.map(({ LifecycleState }) => LifecycleState);
}

for (const [name, byMs] of [
  ['forward', DAY_MS],
  ['back', -DAY_MS],
] as const) {
  test(`[U21] a clock that is set ${name} by a day ends no instance that waits, and keeps none`, async () => {
    const cloud = await withWaitingInstance();
    const before = cloud.compute.living;
    cloud.clock.setCalendar(byMs);
    await cloud.clock.run(280_000);
    assert.deepEqual(await statesOf(cloud), ['Pending:Wait']);
    assert.deepEqual(cloud.compute.living, before);
    // Its time-out comes when it would have come: the instance is replaced.
    await cloud.clock.run(60_000);
    assert.equal(
      cloud.compute.living.some((id) => before.includes(id)),
      false,
    );
    await cloud.clock.run(60_000);
    assert.deepEqual(await statesOf(cloud), ['Pending:Wait']);
    assert.equal(cloud.compute.living.length, 1);
  });
}

test('[U21] a cloud that comes back after a night gives hooks that wait another minute', async () => {
  const cloud = await withWaitingInstance();
  const before = cloud.compute.living;
  cloud.crash();
  cloud.clock.advance(DAY_MS);
  await cloud.scaling.start();
  await cloud.clock.run(50_000);
  assert.deepEqual(await statesOf(cloud), ['Pending:Wait']);
  await cloud.call('CompleteLifecycleAction', {
    ...NAME,
    LifecycleHookName: 'joined',
    InstanceId: before[0],
    LifecycleActionResult: 'CONTINUE',
  });
  await cloud.clock.run(5_000);
  assert.deepEqual(await statesOf(cloud), ['InService']);
});
