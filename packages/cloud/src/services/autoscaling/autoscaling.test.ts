import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AutoScalingGroupsType, TagsType } from '@aws-sdk/client-auto-scaling';
import { describe, GROUP, NAME, statesOf, TestCloud, withGroup } from './testing/test-cloud.ts';

test('[U1] a group launches, grows, shrinks and is deleted through EC2', async () => {
  const tags = [
    {
      Key: 'role',
      Value: 'node',
      PropagateAtLaunch: true,
      ResourceId: 'g',
      ResourceType: 'auto-scaling-group',
    },
  ];
  const cloud = await withGroup({ DesiredCapacity: 2, Tags: tags });
  const group = await describe(cloud);
  assert.deepEqual(statesOf(group), ['InService', 'InService']);
  assert.equal(
    group?.AutoScalingGroupARN?.startsWith('arn:aws:autoscaling:us-east-1:000000000000:autoScalingGroup:'),
    true,
  );
  assert.deepEqual(
    group?.Instances?.map(({ LaunchTemplate }) => LaunchTemplate?.Version),
    ['1', '1'],
  );
  assert.deepEqual(cloud.compute.launches[0]?.tags, { role: 'node', 'aws:autoscaling:groupName': 'g' });
  assert.deepEqual(
    cloud.compute.launches.map(({ zone }) => zone),
    ['us-east-1a', 'us-east-1b'],
  );
  await cloud.call('SetDesiredCapacity', { ...NAME, DesiredCapacity: 3 });
  await cloud.clock.run(10_000);
  assert.equal(cloud.compute.living.length, 3);
  await cloud.call('UpdateAutoScalingGroup', { ...NAME, MaxSize: 1 });
  await cloud.clock.run(10_000);
  assert.equal(cloud.compute.living.length, 1);
  assert.equal((await cloud.refusal('DeleteAutoScalingGroup', NAME)).code, 'ResourceInUse');
  await cloud.call('DeleteAutoScalingGroup', { ...NAME, ForceDelete: true });
  assert.equal((await describe(cloud))?.Status, 'Delete in progress');
  await cloud.clock.run(10_000);
  assert.equal(await describe(cloud), undefined);
  assert.deepEqual(cloud.compute.living, []);
  assert.equal(cloud.clock.pendingCount, 1, 'the timer of the metrics is all that is left');
});

test("[U2] refusals have AWS's codes and words", async () => {
  const cloud = await withGroup({ MinSize: 1 });
  const say = async (operation: string, input: object): Promise<string> => {
    const { code, message } = await cloud.refusal(operation, input);
    return `${code}: ${message}`;
  };
  assert.match(
    await say('CreateAutoScalingGroup', GROUP),
    /^AlreadyExists: AutoScalingGroup by this name already exists/,
  );
  assert.match(
    await say('UpdateAutoScalingGroup', { AutoScalingGroupName: 'x' }),
    /^ValidationError: AutoScalingGroup name not found/,
  );
  assert.match(
    await say('CreateAutoScalingGroup', { ...GROUP, AutoScalingGroupName: 'h', MinSize: 3, MaxSize: 2 }),
    /Max bound, 2, must be greater/,
  );
  assert.match(
    await say('CreateAutoScalingGroup', { ...GROUP, AutoScalingGroupName: 'h', DesiredCapacity: 11 }),
    /Desired capacity:11 must be between/,
  );
  const { LaunchTemplate: _, ...bare } = GROUP;
  assert.match(
    await say('CreateAutoScalingGroup', { ...bare, AutoScalingGroupName: 'h' }),
    /Valid requests must contain either LaunchTemplate/,
  );
  assert.match(
    await say('CreateAutoScalingGroup', {
      ...GROUP,
      AutoScalingGroupName: 'h',
      LaunchTemplate: { LaunchTemplateId: 'lt-9' },
    }),
    /valid fully-formed launch template/,
  );
  assert.match(
    await say('CreateAutoScalingGroup', { ...GROUP, AutoScalingGroupName: 'h', AvailabilityZones: [] }),
    /At least one Availability Zone/,
  );
  assert.match(
    await say('SetDesiredCapacity', { ...NAME, DesiredCapacity: 11 }),
    /value 11 is above max value 10/,
  );
  assert.match(
    await say('SetDesiredCapacity', { ...NAME, DesiredCapacity: 0 }),
    /value 0 is below min value 1/,
  );
  assert.match(
    await say('TerminateInstanceInAutoScalingGroup', {
      InstanceId: 'i-1',
      ShouldDecrementDesiredCapacity: true,
    }),
    /No managed instance found/,
  );
  assert.match(await say('DescribeAutoScalingGroups', { NextToken: 'nonsense' }), /^InvalidNextToken/);
  assert.match(
    await say('PutLifecycleHook', {
      ...NAME,
      LifecycleHookName: 'h',
      HeartbeatTimeout: 5,
      LifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING',
    }),
    /between 30 and 7200/,
  );
  assert.match(await say('SuspendProcesses', { ...NAME, ScalingProcesses: ['Nothing'] }), /not supported/);
  assert.match(
    await say('PutScalingPolicy', { ...NAME, PolicyName: 'p', PolicyType: 'PredictiveScaling' }),
    /PredictiveScaling is not done here/,
  );
  assert.match(
    await say('StartInstanceRefresh', { ...NAME, Strategy: 'ReplaceRootVolume' }),
    /not done here/,
  );
});

test('[U3] pages, filters and tags', async () => {
  const cloud = await TestCloud.started();
  for (let i = 0; i < 7; i++) {
    const name = `g${i}`;
    await cloud.call('CreateAutoScalingGroup', {
      ...GROUP,
      AutoScalingGroupName: name,
      Tags: [{ Key: 'half', Value: String(i % 2), ResourceId: name, PropagateAtLaunch: false }],
    });
  }
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const page: AutoScalingGroupsType = await cloud.call('DescribeAutoScalingGroups', {
      MaxRecords: 3,
      NextToken,
    });
    names.push(...page.AutoScalingGroups!.map(({ AutoScalingGroupName }) => AutoScalingGroupName!));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  assert.deepEqual(names, ['g0', 'g1', 'g2', 'g3', 'g4', 'g5', 'g6']);
  const odd: AutoScalingGroupsType = await cloud.call('DescribeAutoScalingGroups', {
    Filters: [{ Name: 'tag:half', Values: ['1'] }],
  });
  assert.equal(odd.AutoScalingGroups!.length, 3);
  await cloud.call('CreateOrUpdateTags', {
    Tags: [{ ResourceId: 'g0', Key: 'half', Value: 'x', PropagateAtLaunch: true }],
  });
  await cloud.call('DeleteTags', { Tags: [{ ResourceId: 'g1', Key: 'half' }] });
  const tags: TagsType = await cloud.call('DescribeTags', { Filters: [{ Name: 'key', Values: ['half'] }] });
  assert.deepEqual(
    tags.Tags!.map(({ ResourceId, Value }) => `${ResourceId}=${Value}`),
    ['g0=x', 'g2=0', 'g3=1', 'g4=0', 'g5=1', 'g6=0'],
  );
});

test('[U4] subnets give zones, and instances are launched in them', async () => {
  const { AvailabilityZones: _, ...group } = GROUP;
  const cloud = await TestCloud.started();
  await cloud.call('CreateAutoScalingGroup', {
    ...group,
    VPCZoneIdentifier: 'subnet-a, subnet-b',
    DesiredCapacity: 2,
  });
  await cloud.clock.run(10_000);
  assert.deepEqual(
    cloud.compute.launches.map(({ subnetId, zone }) => `${subnetId} ${zone}`),
    ['subnet-a us-east-1a', 'subnet-b us-east-1b'],
  );
  assert.deepEqual((await describe(cloud))?.AvailabilityZones, ['us-east-1a', 'us-east-1b']);
  const other = { ...group, AutoScalingGroupName: 'h', VPCZoneIdentifier: 'subnet-x' };
  assert.match((await cloud.refusal('CreateAutoScalingGroup', other)).message, /subnet-x.* does not exist/);
});

test('[U2] an image that is missing is told when a group, its template or a launch configuration names it', async () => {
  const cloud = await withGroup({});
  const configuration = { LaunchConfigurationName: 'lc', ImageId: 'ami-2', InstanceType: 't3.small' };
  assert.match(
    (await cloud.refusal('CreateLaunchConfiguration', configuration)).message,
    /^The image id '\[ami-2\]' does not exist/,
  );
  cloud.compute.images.clear();
  const words =
    /^You must use a valid fully-formed launch template\. The image id '\[ami-1\]' does not exist/;
  assert.match(
    (await cloud.refusal('CreateAutoScalingGroup', { ...GROUP, AutoScalingGroupName: 'h' })).message,
    words,
  );
  const change = { ...NAME, LaunchTemplate: { LaunchTemplateId: 'lt-1' } };
  assert.match((await cloud.refusal('UpdateAutoScalingGroup', change)).message, words);
  await cloud.call('UpdateAutoScalingGroup', { ...NAME, MaxSize: 9 });
});

test('[U11] launch configurations launch through a template of their own', async () => {
  const cloud = await TestCloud.started();
  await cloud.call('CreateLaunchConfiguration', {
    LaunchConfigurationName: 'lc',
    ImageId: 'ami-1',
    InstanceType: 't3.small',
    UserData: 'eA==',
  });
  assert.equal(
    (
      await cloud.refusal('CreateLaunchConfiguration', {
        LaunchConfigurationName: 'lc',
        ImageId: 'a',
        InstanceType: 'b',
      })
    ).code,
    'AlreadyExists',
  );
  const { LaunchTemplate: _, ...group } = GROUP;
  await cloud.call('CreateAutoScalingGroup', { ...group, LaunchConfigurationName: 'lc', DesiredCapacity: 1 });
  await cloud.clock.run(10_000);
  assert.equal(cloud.compute.launches[0]?.launchTemplate.launchTemplateId, 'lt-made');
  assert.equal((await describe(cloud))?.Instances?.[0]?.LaunchConfigurationName, 'lc');
  assert.equal(
    (await cloud.refusal('DeleteLaunchConfiguration', { LaunchConfigurationName: 'lc' })).code,
    'ResourceInUse',
  );
  await cloud.call('UpdateAutoScalingGroup', { ...NAME, LaunchTemplate: { LaunchTemplateId: 'lt-1' } });
  await cloud.call('DeleteLaunchConfiguration', { LaunchConfigurationName: 'lc' });
});

test('[U14] suspended processes, notifications, load balancers and what is inert are kept and shown', async () => {
  const cloud = await withGroup({ CapacityRebalance: true, Context: 'c', DesiredCapacity: 1 });
  await cloud.call('SuspendProcesses', { ...NAME, ScalingProcesses: ['Launch'] });
  await cloud.call('AttachLoadBalancerTargetGroups', { ...NAME, TargetGroupARNs: ['arn:tg'] });
  await cloud.call('PutNotificationConfiguration', {
    ...NAME,
    TopicARN: 'arn:t',
    NotificationTypes: ['autoscaling:EC2_INSTANCE_TERMINATE'],
  });
  await cloud.call('SetDesiredCapacity', { ...NAME, DesiredCapacity: 0 });
  await cloud.clock.run(10_000);
  const group = await describe(cloud);
  assert.deepEqual(
    group?.SuspendedProcesses?.map(({ ProcessName }) => ProcessName),
    ['Launch'],
  );
  assert.deepEqual(
    [group?.TargetGroupARNs, group?.CapacityRebalance, group?.Context],
    [['arn:tg'], true, 'c'],
  );
  assert.deepEqual(
    cloud.published.map(({ message }) => message['Event']),
    ['autoscaling:TEST_NOTIFICATION', 'autoscaling:EC2_INSTANCE_TERMINATE'],
  );
});
