/**
 * The whole loop with AWS's own client: a metric is put, an alarm goes off, a policy acts, the group launches an instance, which is a
 * process of this machine; and back.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DeleteAutoScalingGroupCommand,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
  PutScalingPolicyCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { CreateLaunchTemplateCommand, DescribeInstancesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { type RunningCloud, startCloud } from '@crescendo/cloud';
import { eventually } from './testing/wait.ts';

const KEYS = { accessKeyId: 'AKIALOOP', secretAccessKey: 'the secret of the loop' };
const GROUP = 'workers';
/** Alarm periods of 10 seconds pass in half a second. */
const SPEED = 20;
const LIMIT_MS = 30_000;

describe('the scaling loop', () => {
  let folder: string;
  let cloud: RunningCloud;
  let autoScaling: AutoScalingClient;
  let cloudWatch: CloudWatchClient;
  let ec2: EC2Client;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crescendo-loop-'));
    await open();
  });
  after(async () => {
    await close();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  });

  async function open(): Promise<void> {
    cloud = await startCloud({
      dataDir: join(folder, 'cloud'),
      listen: { host: '127.0.0.1', port: 0 },
      credentials: [KEYS],
      devKeys: false,
      speed: SPEED,
      log: () => {},
    });
    const configuration = { endpoint: cloud.endpoint, region: 'us-east-1', credentials: KEYS };
    autoScaling = new AutoScalingClient(configuration);
    cloudWatch = new CloudWatchClient(configuration);
    ec2 = new EC2Client(configuration);
  }

  async function close(): Promise<void> {
    for (const client of [autoScaling, cloudWatch, ec2]) client?.destroy();
    await cloud?.stop();
  }

  async function group() {
    const answer = await autoScaling.send(
      new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [GROUP] }),
    );
    return answer.AutoScalingGroups?.[0];
  }

  /** The ids of the group's instances once so many are in service and no others are there. */
  function inService(count: number): Promise<readonly string[]> {
    return eventually(`${count} instances in service`, LIMIT_MS, async () => {
      const instances = (await group())?.Instances ?? [];
      const ready = instances.filter(({ LifecycleState }) => LifecycleState === 'InService');
      assert.equal(instances.length, count);
      assert.equal(ready.length, count);
      return ready.map(({ InstanceId }) => InstanceId!);
    });
  }

  async function putLoad(value: number): Promise<void> {
    const data = { MetricName: 'Load', Value: value, StorageResolution: 1 };
    await cloudWatch.send(new PutMetricDataCommand({ Namespace: 'Loop', MetricData: [data] }));
  }

  async function putPolicy(name: string, adjustment: number): Promise<string> {
    const policy = await autoScaling.send(
      new PutScalingPolicyCommand({
        AutoScalingGroupName: GROUP,
        PolicyName: name,
        PolicyType: 'StepScaling',
        AdjustmentType: 'ChangeInCapacity',
        EstimatedInstanceWarmup: 0,
        StepAdjustments: [
          adjustment > 0
            ? { MetricIntervalLowerBound: 0, ScalingAdjustment: adjustment }
            : { MetricIntervalUpperBound: 0, ScalingAdjustment: adjustment },
        ],
      }),
    );
    return policy.PolicyARN!;
  }

  async function putAlarm(name: string, comparison: 'high' | 'low', action: string): Promise<void> {
    await cloudWatch.send(
      new PutMetricAlarmCommand({
        AlarmName: name,
        Namespace: 'Loop',
        MetricName: 'Load',
        Statistic: 'Maximum',
        Period: 10,
        EvaluationPeriods: 1,
        Threshold: 50,
        ComparisonOperator: comparison === 'high' ? 'GreaterThanThreshold' : 'LessThanThreshold',
        AlarmActions: [action],
      }),
    );
  }

  async function alarmState(name: string): Promise<string | undefined> {
    const answer = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
    return answer.MetricAlarms?.[0]?.StateValue;
  }

  test('a group launches what it should have: processes on this machine', async () => {
    await ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: 'trivial',
        LaunchTemplateData: { ImageId: 'ami-minimal', InstanceType: 't3.nano' },
      }),
    );
    await autoScaling.send(
      new CreateAutoScalingGroupCommand({
        AutoScalingGroupName: GROUP,
        MinSize: 1,
        MaxSize: 3,
        LaunchTemplate: { LaunchTemplateName: 'trivial', Version: '$Latest' },
        AvailabilityZones: ['us-east-1a', 'us-east-1b'],
      }),
    );
    const [id] = await inService(1);
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id!] }));
    const instance = Reservations?.[0]?.Instances?.[0];
    assert.equal(instance?.State?.Name, 'running');
    assert.ok(
      instance?.Tags?.some(({ Key, Value }) => Key === 'aws:autoscaling:groupName' && Value === GROUP),
    );
  });

  test('a metric above the threshold sets off the alarm, and the policy adds an instance', async () => {
    await putAlarm('load-high', 'high', await putPolicy('grow', 1));
    await eventually('the alarm goes off', LIMIT_MS, async () => {
      await putLoad(90);
      return (await alarmState('load-high')) === 'ALARM';
    });
    await eventually('the group grows', LIMIT_MS, async () => {
      await putLoad(90);
      return ((await group())?.DesiredCapacity ?? 0) > 1;
    });
    const { Activities } = await autoScaling.send(
      new DescribeScalingActivitiesCommand({ AutoScalingGroupName: GROUP }),
    );
    assert.match(Activities?.[0]?.Cause ?? '', /alarm load-high/);
    assert.match(Activities?.[0]?.Description ?? '', /Launching a new EC2 instance: i-[0-9a-f]{17}/);
  });

  test('the group, its alarm and its instances are there after the cloud was stopped and started', async () => {
    const before = await eventually('all instances in service', LIMIT_MS, async () => {
      const now = await group();
      const ready = now?.Instances?.filter(({ LifecycleState }) => LifecycleState === 'InService') ?? [];
      return ready.length === now?.DesiredCapacity && ready.length === now?.Instances?.length
        ? ready.map(({ InstanceId }) => InstanceId!).sort()
        : undefined;
    });
    await close();
    await open();
    assert.deepEqual((await inService(before.length)).toSorted(), before);
    assert.notEqual(await alarmState('load-high'), undefined);
  });

  test('a metric below the threshold takes the instances away again, down to the minimum', async () => {
    await putAlarm('load-low', 'low', await putPolicy('shrink', -2));
    await eventually('the group shrinks', LIMIT_MS, async () => {
      await putLoad(10);
      return (await group())?.DesiredCapacity === 1;
    });
    await inService(1);
  });

  test('deleting the group ends every instance', async () => {
    await autoScaling.send(
      new DeleteAutoScalingGroupCommand({ AutoScalingGroupName: GROUP, ForceDelete: true }),
    );
    await eventually('the group is gone', LIMIT_MS, async () => (await group()) === undefined);
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({}));
    const states = Reservations?.flatMap(({ Instances }) => Instances ?? []).map(({ State }) => State?.Name);
    assert.ok(
      states?.every((state) => state === 'terminated' || state === 'shutting-down'),
      String(states),
    );
  });
});
