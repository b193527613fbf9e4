import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  ActivitiesType,
  AutoScalingGroup,
  AutoScalingGroupsType,
  AutoScalingInstancesType,
  DescribeInstanceRefreshesAnswer,
  DescribeLifecycleHooksAnswer,
  PoliciesType,
  ScheduledActionsType,
  TagsType,
} from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../../contract/service.ts';
import { GROUP, TestCloud } from './testing/test-cloud.ts';

const NAME = { AutoScalingGroupName: 'g' };

async function describe(cloud: TestCloud, name = 'g'): Promise<AutoScalingGroup | undefined> {
  const answer = await cloud.call<AutoScalingGroupsType>('DescribeAutoScalingGroups', {
    AutoScalingGroupNames: [name],
  });
  return answer.AutoScalingGroups![0];
}

async function withGroup(more: object = {}): Promise<TestCloud> {
  const cloud = await TestCloud.started();
  await cloud.call('CreateAutoScalingGroup', { ...GROUP, ...more });
  await cloud.clock.run(10_000);
  return cloud;
}

const statesOf = (group: AutoScalingGroup | undefined): (string | undefined)[] =>
  (group?.Instances ?? []).map(({ LifecycleState }) => LifecycleState);

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

test('[U8] target tracking keeps two alarms, and acts when they call', async () => {
  const cloud = await withGroup({ DesiredCapacity: 4, DefaultInstanceWarmup: 0 });
  const policy = {
    ...NAME,
    PolicyName: 'cpu',
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingConfiguration: {
      TargetValue: 50,
      PredefinedMetricSpecification: { PredefinedMetricType: 'ASGAverageCPUUtilization' },
    },
  };
  const { PolicyARN, Alarms } = await cloud.call<{ PolicyARN: string; Alarms: { AlarmName: string }[] }>(
    'PutScalingPolicy',
    policy,
  );
  const [high, low] = cloud.called('PutMetricAlarm');
  assert.deepEqual(
    Alarms.map(({ AlarmName }) => AlarmName),
    [high?.['AlarmName'], low?.['AlarmName']],
  );
  assert.match(String(high?.['AlarmName']), /^TargetTracking-g-AlarmHigh-[0-9a-f-]{36}$/);
  assert.deepEqual(
    [high?.['Threshold'], high?.['EvaluationPeriods'], high?.['Period'], high?.['AlarmActions']],
    [50, 3, 60, [PolicyARN]],
  );
  assert.deepEqual(
    [low?.['Threshold'], low?.['EvaluationPeriods'], low?.['ComparisonOperator']],
    [45, 15, 'LessThanThreshold'],
  );
  const alarm = { actionArn: PolicyARN, state: 'ALARM', silent: false, threshold: 50 };
  cloud.scaling.executeAlarmAction({ ...alarm, alarmName: Alarms[0]!.AlarmName, metricValue: 75 });
  await cloud.clock.run(10_000);
  assert.equal(cloud.compute.living.length, 6);
  cloud.scaling.executeAlarmAction({
    ...alarm,
    alarmName: Alarms[1]!.AlarmName,
    metricValue: 20,
    silent: true,
  });
  await cloud.clock.run(10_000);
  assert.equal(cloud.compute.living.length, 6, 'silence takes nothing away');
  cloud.scaling.executeAlarmAction({ ...alarm, alarmName: Alarms[1]!.AlarmName, metricValue: 20 });
  await cloud.clock.run(10_000);
  assert.equal(cloud.compute.living.length, 3);
  const { ScalingPolicies } = await cloud.call<PoliciesType>('DescribePolicies', NAME);
  assert.deepEqual(
    ScalingPolicies![0]?.Alarms?.map(({ AlarmName }) => AlarmName),
    Alarms.map(({ AlarmName }) => AlarmName),
  );
  await cloud.call('PutScalingPolicy', {
    ...policy,
    TargetTrackingConfiguration: { ...policy.TargetTrackingConfiguration, DisableScaleIn: true },
  });
  assert.deepEqual([...cloud.alarms], [high?.['AlarmName']]);
  await cloud.call('DeletePolicy', { PolicyName: PolicyARN });
  assert.equal(cloud.alarms.size, 0);
  assert.throws(
    () => cloud.scaling.executeAlarmAction({ ...alarm, alarmName: 'x', metricValue: 1 }),
    /no scaling policy/,
  );
});

test('[U8] customized metrics and metric math reach CloudWatch; what it refuses leaves no policy', async () => {
  const cloud = await withGroup();
  const Metrics = [
    {
      Id: 'm',
      MetricStat: { Metric: { Namespace: 'AWS/SQS', MetricName: 'Visible', Dimensions: [] }, Stat: 'Sum' },
      ReturnData: false,
    },
    { Id: 'e', Expression: 'm / 2', ReturnData: true },
  ];
  const put = (CustomizedMetricSpecification: object): Promise<unknown> =>
    cloud.call('PutScalingPolicy', {
      ...NAME,
      PolicyName: 'p',
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingConfiguration: { TargetValue: 100, CustomizedMetricSpecification },
    });
  cloud.alarmRefusal = new AwsError('ValidationError', 'no');
  await assert.rejects(put({ Metrics }), /no/);
  const none = await cloud.call<PoliciesType>('DescribePolicies', NAME);
  assert.deepEqual(none.ScalingPolicies, []);
  cloud.alarmRefusal = undefined;
  await put({ Metrics });
  const sent = cloud.called('PutMetricAlarm').at(-1)?.['Metrics'] as {
    Id: string;
    MetricStat?: { Period: number };
  }[];
  assert.deepEqual(
    sent.map(({ Id, MetricStat }) => [Id, MetricStat?.Period]),
    [
      ['m', 60],
      ['e', undefined],
    ],
  );
  await put({
    Namespace: 'App',
    MetricName: 'Backlog',
    Statistic: 'Average',
    Dimensions: [{ Name: 'q', Value: 'x' }],
  });
  assert.equal(cloud.called('PutMetricAlarm').at(-1)?.['Namespace'], 'App');
});

test('[U9] simple and step policies: put, described, executed', async () => {
  const cloud = await withGroup({ DesiredCapacity: 1, DefaultInstanceWarmup: 0 });
  const simple = {
    ...NAME,
    PolicyName: 's',
    AdjustmentType: 'ChangeInCapacity',
    ScalingAdjustment: 1,
    Cooldown: 60,
  };
  await cloud.call('PutScalingPolicy', simple);
  await cloud.call('PutScalingPolicy', {
    ...NAME,
    PolicyName: 't',
    PolicyType: 'StepScaling',
    AdjustmentType: 'PercentChangeInCapacity',
    StepAdjustments: [{ MetricIntervalLowerBound: 0, ScalingAdjustment: 100 }],
  });
  await cloud.call('ExecutePolicy', { ...NAME, PolicyName: 's' });
  await cloud.clock.run(10_000);
  assert.equal(
    (await cloud.refusal('ExecutePolicy', { ...NAME, PolicyName: 's', HonorCooldown: true })).code,
    'ScalingActivityInProgress',
  );
  await cloud.call('ExecutePolicy', { ...NAME, PolicyName: 't', MetricValue: 9, BreachThreshold: 5 });
  assert.equal((await describe(cloud))?.DesiredCapacity, 4);
  const { ScalingPolicies } = await cloud.call<PoliciesType>('DescribePolicies', {
    PolicyTypes: ['StepScaling'],
  });
  assert.deepEqual(
    ScalingPolicies!.map(({ PolicyName }) => PolicyName),
    ['t'],
  );
});

test('[U10] scheduled actions', async () => {
  const cloud = await withGroup();
  const failed = await cloud.call('BatchPutScheduledUpdateGroupAction', {
    ...NAME,
    ScheduledUpdateGroupActions: [
      { ScheduledActionName: 'ok', Recurrence: '*/5 * * * *', DesiredCapacity: 2, TimeZone: 'Europe/Berlin' },
      { ScheduledActionName: 'bad', Recurrence: 'never', DesiredCapacity: 2 },
    ],
  });
  assert.equal(
    (failed as { FailedScheduledUpdateGroupActions: unknown[] }).FailedScheduledUpdateGroupActions.length,
    1,
  );
  const { ScheduledUpdateGroupActions } = await cloud.call<ScheduledActionsType>(
    'DescribeScheduledActions',
    NAME,
  );
  assert.equal(ScheduledUpdateGroupActions![0]?.StartTime?.toISOString(), '2026-01-01T00:05:00.000Z');
  await cloud.clock.run(400_000);
  assert.equal(cloud.compute.living.length, 2);
  await cloud.call('DeleteScheduledAction', { ...NAME, ScheduledActionName: 'ok' });
  assert.equal(
    (await cloud.refusal('DeleteScheduledAction', { ...NAME, ScheduledActionName: 'ok' })).code,
    'ValidationError',
  );
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

test('[U13] enabled metrics are published every minute', async () => {
  const cloud = await withGroup({ DesiredCapacity: 2 });
  await cloud.call('EnableMetricsCollection', {
    ...NAME,
    Granularity: '1Minute',
    Metrics: ['GroupInServiceInstances', 'GroupDesiredCapacity'],
  });
  await cloud.clock.run(120_000);
  const sent = cloud.called('PutMetricData');
  assert.equal(sent.length, 2);
  assert.equal(sent[0]?.['Namespace'], 'AWS/AutoScaling');
  const data = sent[0]?.['MetricData'] as { MetricName: string; Value: number; Timestamp: Date }[];
  assert.deepEqual(
    data.map(({ MetricName, Value }) => [MetricName, Value]),
    [
      ['GroupInServiceInstances', 2],
      ['GroupDesiredCapacity', 2],
    ],
  );
  assert.equal(data[0]!.Timestamp.getTime() % 60_000, 0);
  await cloud.call('DisableMetricsCollection', NAME);
  await cloud.clock.run(120_000);
  assert.equal(cloud.called('PutMetricData').length, 2);
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
