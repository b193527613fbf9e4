import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  ActivitiesType,
  AutoScalingInstancesType,
  DescribeInstanceRefreshesAnswer,
  DescribeLifecycleHooksAnswer,
} from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../../contract/service.ts';
import { describe, NAME, statesOf, withGroup } from './testing/test-cloud.ts';

test('[U5] hooks: instances wait, are completed by token or id, and their targets are told', async () => {
  const hook = {
    LifecycleHookName: 'h',
    LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
    NotificationTargetARN: 'arn:aws:sns:us-east-1:000000000000:t',
  };
  const cloud = await withGroup({ LifecycleHookSpecificationList: [hook], DesiredCapacity: 1 });
  const id = (await describe(cloud))!.Instances![0]!.InstanceId!;
  assert.deepEqual(statesOf(await describe(cloud)), ['Pending:Wait']);
  assert.equal(cloud.compute.targets.get(id), 'InService');
  assert.equal(cloud.published[0]?.message['EC2InstanceId'], id);
  await cloud.call('RecordLifecycleActionHeartbeat', { ...NAME, LifecycleHookName: 'h', InstanceId: id });
  const token = cloud.published[0]?.message['LifecycleActionToken'];
  await cloud.call('CompleteLifecycleAction', {
    ...NAME,
    LifecycleHookName: 'h',
    LifecycleActionToken: token,
    LifecycleActionResult: 'CONTINUE',
  });
  await cloud.clock.run(10);
  assert.deepEqual(statesOf(await describe(cloud)), ['InService']);
  const hooks: DescribeLifecycleHooksAnswer = await cloud.call('DescribeLifecycleHooks', NAME);
  assert.deepEqual(
    hooks.LifecycleHooks!.map(({ GlobalTimeout, HeartbeatTimeout, DefaultResult }) => [
      HeartbeatTimeout,
      GlobalTimeout,
      DefaultResult,
    ]),
    [[3600, 172_800, 'ABANDON']],
  );
});

test('[U6] a process that is gone is replaced at once; a launch that dies shows its console', async () => {
  const cloud = await withGroup({ DesiredCapacity: 1 });
  cloud.compute.change(cloud.compute.living[0]!, 'terminated', 'killed', false);
  await cloud.clock.run(10_000);
  assert.deepEqual(statesOf(await describe(cloud)), ['InService']);
  cloud.compute.refusal = new AwsError('InvalidAMIID.NotFound', "The image id '[ami-1]' does not exist");
  await cloud.call('SetDesiredCapacity', { ...NAME, DesiredCapacity: 2 });
  await cloud.clock.run(1000);
  const { Activities } = await cloud.call<ActivitiesType>('DescribeScalingActivities', NAME);
  assert.equal(Activities![0]?.StatusCode, 'Failed');
  assert.match(Activities![0]?.StatusMessage ?? '', /'\[ami-1\]' does not exist/);
  cloud.compute.refusal = undefined;
  await cloud.clock.run(9500);
  cloud.compute.change(cloud.compute.living.at(-1)!, 'terminated', 'exit status 7', false);
  await cloud.clock.run(100);
  const again = await cloud.call<ActivitiesType>('DescribeScalingActivities', NAME);
  assert.match(
    again.Activities!.map(({ StatusMessage }) => StatusMessage).join('\n'),
    /exit status 7\nThe last lines of its console:\nthe last line/,
  );
});

test('[U7] standby, detach, attach, protection, health and termination', async () => {
  const cloud = await withGroup({ DesiredCapacity: 3, AvailabilityZones: ['us-east-1a'] });
  const [one, two, three] = cloud.compute.living as [string, string, string];
  const entered = await cloud.call<ActivitiesType>('EnterStandby', {
    ...NAME,
    InstanceIds: [one],
    ShouldDecrementDesiredCapacity: true,
  });
  assert.deepEqual(
    [entered.Activities![0]?.StatusCode, entered.Activities![0]?.Progress],
    ['InProgress', 50],
  );
  await cloud.clock.run(100);
  assert.equal(cloud.compute.targets.get(one), 'Standby');
  await cloud.call('ExitStandby', { ...NAME, InstanceIds: [one] });
  await cloud.call('DetachInstances', { ...NAME, InstanceIds: [two], ShouldDecrementDesiredCapacity: true });
  await cloud.clock.run(100);
  assert.equal((await describe(cloud))?.DesiredCapacity, 2);
  await cloud.call('AttachInstances', { ...NAME, InstanceIds: [two] });
  await cloud.clock.run(100);
  assert.deepEqual(statesOf(await describe(cloud)), ['InService', 'InService', 'InService']);
  await cloud.call('SetInstanceProtection', {
    ...NAME,
    InstanceIds: [one, two, three],
    ProtectedFromScaleIn: true,
  });
  await cloud.call('SetDesiredCapacity', { ...NAME, DesiredCapacity: 2 });
  await cloud.clock.run(10_000);
  assert.equal(cloud.compute.living.length, 3);
  await cloud.call('SetInstanceProtection', { ...NAME, InstanceIds: [three], ProtectedFromScaleIn: false });
  await cloud.clock.run(10_000);
  assert.deepEqual(cloud.compute.living, [one, two]);
  await cloud.call('SetInstanceHealth', { InstanceId: one, HealthStatus: 'Unhealthy' });
  await cloud.clock.run(10_000);
  const described = await cloud.call<AutoScalingInstancesType>('DescribeAutoScalingInstances', {});
  assert.deepEqual(
    described.AutoScalingInstances!.map(({ HealthStatus }) => HealthStatus),
    ['HEALTHY', 'HEALTHY'],
  );
  await cloud.call('TerminateInstanceInAutoScalingGroup', {
    InstanceId: two,
    ShouldDecrementDesiredCapacity: true,
  });
  await cloud.clock.run(10_000);
  assert.equal(cloud.compute.living.length, 1);
});

test('[U12] an instance refresh to another version, and its description', async () => {
  const cloud = await withGroup({
    DesiredCapacity: 2,
    LaunchTemplate: { LaunchTemplateId: 'lt-1', Version: '1' },
  });
  const started = await cloud.call<{ InstanceRefreshId: string }>('StartInstanceRefresh', {
    ...NAME,
    DesiredConfiguration: { LaunchTemplate: { LaunchTemplateId: 'lt-1', Version: '2' } },
    Preferences: { MinHealthyPercentage: 50, InstanceWarmup: 10 },
  });
  assert.equal((await cloud.refusal('StartInstanceRefresh', NAME)).code, 'InstanceRefreshInProgress');
  await cloud.clock.run(120_000);
  const { InstanceRefreshes } = await cloud.call<DescribeInstanceRefreshesAnswer>(
    'DescribeInstanceRefreshes',
    NAME,
  );
  assert.deepEqual(
    InstanceRefreshes!.map(({ InstanceRefreshId, Status, PercentageComplete }) => [
      InstanceRefreshId,
      Status,
      PercentageComplete,
    ]),
    [[started.InstanceRefreshId, 'Successful', 100]],
  );
  assert.equal((await describe(cloud))?.LaunchTemplate?.Version, '2');
  assert.equal((await cloud.refusal('CancelInstanceRefresh', NAME)).code, 'ActiveInstanceRefreshNotFound');
});
