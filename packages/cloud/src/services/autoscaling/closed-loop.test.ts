/** Metric, alarm, policy, group and instance together, on one clock: only EC2 is made up. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import type { RequestContext } from '../../contract/service.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import { MemoryRecords } from '../../testing/memory-records.ts';
import { createCloudWatch } from '../cloudwatch/index.ts';
import { createAutoScalingService } from './index.ts';
import { SimulatedCompute } from './testing/simulated-compute.ts';
import { GROUP } from './testing/test-cloud.ts';

const PLACE = { accountId: '000000000000', region: 'us-east-1' };

function open(speed = 1) {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const records = new MemoryRecords();
  const compute = new SimulatedCompute(clock);
  const time = { clock, speed };
  const call = async <Output>(service: string, operation: string, input: object): Promise<Output> => {
    const { operations } = service === 'monitoring' ? cloudWatch.service : scaling.service;
    const handler = operations[operation] as (input: object, context: RequestContext) => Promise<Output>;
    return handler(input, { ...PLACE, requestId: 'r', accessKeyId: 'internal', nowMs: clock.wallMs() });
  };
  const scaling = createAutoScalingService({
    ...PLACE,
    records,
    time,
    random: seededRandom(1),
    compute,
    services: { call },
  });
  const cloudWatch = createCloudWatch({
    ...PLACE,
    records,
    time,
    onAlarmAction: (event) => scaling.executeAlarmAction(event),
  });
  const desired = async (): Promise<number> => {
    const answer = await call<{ AutoScalingGroups: { DesiredCapacity: number }[] }>(
      'autoscaling',
      'DescribeAutoScalingGroups',
      {},
    );
    return answer.AutoScalingGroups[0]!.DesiredCapacity;
  };
  return { clock, compute, scaling, cloudWatch, call, desired };
}

test('[U19] target tracking follows a load up and down, and does nothing while the metric is silent', async () => {
  const { clock, compute, scaling, cloudWatch, call, desired } = open();
  await scaling.start();
  await cloudWatch.start();
  await call('autoscaling', 'CreateAutoScalingGroup', {
    ...GROUP,
    MinSize: 1,
    DesiredCapacity: 2,
    DefaultInstanceWarmup: 60,
  });
  await call('autoscaling', 'PutScalingPolicy', {
    AutoScalingGroupName: 'g',
    PolicyName: 'cpu',
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingConfiguration: {
      TargetValue: 50,
      PredefinedMetricSpecification: { PredefinedMetricType: 'ASGAverageCPUUtilization' },
    },
  });
  /** The load is spread over what serves. */
  const minutes = async (count: number, load: number | undefined): Promise<void> => {
    for (let i = 0; i < count; i++) {
      if (load !== undefined) {
        const Value = Math.min(100, load / Math.max(1, compute.living.length));
        const Dimensions = [{ Name: 'AutoScalingGroupName', Value: 'g' }];
        const datum = {
          MetricName: 'CPUUtilization',
          Dimensions,
          Value,
          Timestamp: new Date(clock.wallMs()),
        };
        await call('monitoring', 'PutMetricData', { Namespace: 'AWS/EC2', MetricData: [datum] });
      }
      await clock.run(60_000);
    }
  };
  await minutes(5, 100);
  assert.equal(await desired(), 2, 'at the target nothing moves');
  await minutes(12, 300);
  assert.equal(await desired(), 6, '300 over 50 each');
  await minutes(30, 100);
  assert.equal(await desired(), 2, 'down again after a quarter of an hour');
  await minutes(60, undefined);
  assert.equal(await desired(), 2, 'silence takes nothing away');
  assert.equal(compute.living.length, 2);
  await cloudWatch.stop();
  await scaling.stop();
});
