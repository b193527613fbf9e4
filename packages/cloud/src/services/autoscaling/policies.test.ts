import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PoliciesType, ScheduledActionsType } from '@aws-sdk/client-auto-scaling';
import { AwsError } from '../../contract/service.ts';
import { describe, GROUP, NAME, TestCloud, withGroup } from './testing/test-cloud.ts';

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

test('[U13] speed divides the minute, as alarms on these metrics count it', async () => {
  const cloud = await TestCloud.started(4);
  await cloud.call('CreateAutoScalingGroup', GROUP);
  await cloud.call('EnableMetricsCollection', { ...NAME, Granularity: '1Minute' });
  await cloud.clock.run(60_000);
  assert.equal(cloud.called('PutMetricData').length, 4);
});
