import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import { VirtualClock } from './virtual-clock.ts';
import { startVirtualCloud } from './virtual-cloud.ts';

const TEMPLATE = JSON.stringify({
  Resources: {
    Files: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'files' } },
    Template: {
      Type: 'AWS::EC2::LaunchTemplate',
      Properties: { LaunchTemplateData: { ImageId: 'ami-mine', InstanceType: 't3.micro' } },
    },
    Group: {
      Type: 'AWS::AutoScaling::AutoScalingGroup',
      DependsOn: 'Files',
      Properties: {
        MinSize: '1',
        MaxSize: '3',
        AvailabilityZones: { 'Fn::GetAZs': '' },
        LaunchTemplate: {
          LaunchTemplateId: { Ref: 'Template' },
          Version: { 'Fn::GetAtt': ['Template', 'LatestVersionNumber'] },
        },
      },
    },
    Policy: {
      Type: 'AWS::AutoScaling::ScalingPolicy',
      Properties: {
        AutoScalingGroupName: { Ref: 'Group' },
        AdjustmentType: 'ChangeInCapacity',
        ScalingAdjustment: 2,
      },
    },
    Alarm: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        Namespace: 'App',
        MetricName: 'Load',
        Statistic: 'Average',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 5,
        ComparisonOperator: 'GreaterThanThreshold',
        AlarmActions: [{ Ref: 'Policy' }],
      },
    },
  },
});

/** What happened to instances, with seconds since the start. */
async function history(metricDelayMs: number): Promise<string[]> {
  const clock = new VirtualClock(Date.UTC(2026, 0, 5));
  const startMs = clock.nowMs();
  const cloud = await startVirtualCloud({
    clock,
    random: seededRandom(1),
    bootMs: () => 30_000,
    haltMs: () => 5_000,
    images: ['ami-mine'],
    metricDelayMs,
  });
  const told: string[] = [];
  cloud.onInstance(({ instanceId, state }) =>
    told.push(`${Math.round((clock.nowMs() - startMs) / 1_000)} ${state} ${instanceId}`),
  );
  await cloud.services.call('cloudformation', 'CreateStack', { StackName: 'one', TemplateBody: TEMPLATE });
  await clock.runUntil(startMs + 300_000);
  const metric = { namespace: 'App', name: 'Load', dimensions: [] };
  cloud.putSamples([{ metric, timeMs: clock.nowMs(), data: { type: 'value', value: 9 } }]);
  await clock.runUntil(startMs + 600_000);
  return told;
}

test('[V2] a template scales as it says, in virtual time', async () => {
  const told = await history(0);
  assert.deepEqual(
    told.map((line) => line.split(' ').slice(0, 2).join(' ')),
    ['0 pending', '30 running', '360 pending', '360 pending', '390 running', '390 running'],
  );
});

test('[V2] the same seed gives the same history', async () => {
  assert.deepEqual(await history(0), await history(0));
});

test('[V3] a measurement is seen when its delay is over', async () => {
  const seconds = (await history(70_000)).map((line) => Number(line.split(' ')[0]));
  assert.ok(seconds.includes(420) && !seconds.includes(360), seconds.join());
});
