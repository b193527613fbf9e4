import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PutMetricDataInput } from '@aws-sdk/client-cloudwatch';
import type { ServiceCaller } from '../contract/service.ts';
import { DEFAULT_AGENT } from '../instances/process/images.ts';
import { SimulatedProvider } from '../instances/simulated/simulated-provider.ts';
import { anInstance } from '../instances/testing/provider-contract.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import type { SampledInstance } from './index.ts';
import { createAgent } from './index.ts';

interface Point {
  readonly series: string;
  readonly value: number;
  readonly resolution: number | undefined;
}

interface Options {
  readonly agent?: unknown;
  readonly speed?: number;
  readonly instances?: readonly Partial<SampledInstance>[];
  readonly fails?: boolean;
  readonly warming?: Set<string>;
}

async function world({ agent, speed = 1, instances = [{}], fails = false, warming }: Options = {}) {
  const clock = new ManualClock();
  const image = {
    imageId: 'ami-minimal',
    name: 'm',
    description: '',
    ...(agent === undefined ? {} : { agent }),
  };
  const provider = new SimulatedProvider({ clock, images: [image] });
  const points: Point[] = [];
  const told: string[] = [];
  const services: ServiceCaller = {
    call: async <Output>(_service: string, operation: string, input: object) => {
      if (operation === 'GetParameter')
        return { Parameter: { Value: JSON.stringify(DEFAULT_AGENT) } } as Output;
      if (fails) throw new Error('no');
      const { Namespace, MetricData } = input as PutMetricDataInput;
      for (const { MetricName, Value, Dimensions, StorageResolution } of MetricData ?? []) {
        const dimensions = (Dimensions ?? [])
          .map(({ Name, Value: text }) => `${Name}=${text}`)
          .sort()
          .join(',');
        points.push({
          series: `${Namespace} ${MetricName} ${dimensions}`,
          value: Value!,
          resolution: StorageResolution,
        });
      }
      return {} as Output;
    },
  };
  const sampled: SampledInstance[] = instances.map((more, index) => ({
    instanceId: anInstance(index + 1).instanceId,
    imageId: 'ami-minimal',
    instanceType: 't3.micro',
    vcpus: 2,
    memoryBytes: 1000,
    groupName: 'g',
    healthy: true,
    ...more,
  }));
  for (const [index] of sampled.entries()) await provider.boot(anInstance(index + 1));
  const sampler = createAgent({
    clock,
    speed,
    provider,
    services,
    instances: () => sampled,
    isWarming: (instanceId) => warming?.has(instanceId) === true,
    log: (line) => told.push(line),
  });
  await sampler.start();
  const take = () => points.splice(0).map(({ series, value }) => `${series}: ${value}`);
  return { clock, provider, sampler, points, told, take, id: sampled[0]!.instanceId };
}

const ID = anInstance(1).instanceId;

test('[T1] EC2’s own metrics come every minute by instance and by group, the processor’s use from the second sample on', async () => {
  const { clock, provider, take } = await world();
  provider.setMeasurement(ID, { cpuMs: 1000 });
  await clock.run(1000);
  assert.deepEqual(take(), [
    `AWS/EC2 StatusCheckFailed InstanceId=${ID}: 0`,
    'AWS/EC2 StatusCheckFailed AutoScalingGroupName=g: 0',
    `AWS/EC2 StatusCheckFailed_Instance InstanceId=${ID}: 0`,
    'AWS/EC2 StatusCheckFailed_Instance AutoScalingGroupName=g: 0',
    `AWS/EC2 StatusCheckFailed_System InstanceId=${ID}: 0`,
    'AWS/EC2 StatusCheckFailed_System AutoScalingGroupName=g: 0',
  ]);
  provider.setMeasurement(ID, { cpuMs: 1000 + 60_000 });
  await clock.run(60_000);
  const cpu = take().filter((line) => line.includes('CPUUtilization'));
  assert.deepEqual(cpu, [
    `AWS/EC2 CPUUtilization InstanceId=${ID}: 50`,
    'AWS/EC2 CPUUtilization AutoScalingGroupName=g: 50',
  ]);
});

test('[T2] the agent’s configuration says names, dimensions, aggregations and intervals', async () => {
  const agent = {
    agent: { metrics_collection_interval: 30 },
    metrics: {
      namespace: 'Mine',
      append_dimensions: {
        AutoScalingGroupName: `\${aws:AutoScalingGroupName}`,
        InstanceId: `\${aws:InstanceId}`,
      },
      aggregation_dimensions: [['AutoScalingGroupName'], []],
      metrics_collected: {
        disk: {
          measurement: ['used_percent', { name: 'disk_free', rename: 'Free' }],
          drop_device: true,
          resources: ['/'],
        },
        mem: {
          measurement: ['mem_used_percent'],
          metrics_collection_interval: 10,
          append_dimensions: { role: 'node' },
        },
      },
    },
  };
  const { clock, provider, points, take } = await world({ agent });
  provider.setMeasurement(ID, { memoryBytes: 250, volumeUsedBytes: 2 ** 28 });
  await clock.run(1000);
  const mine = take().filter((line) => line.startsWith('Mine'));
  assert.deepEqual(mine, [
    `Mine disk_used_percent AutoScalingGroupName=g,InstanceId=${ID},fstype=ext4,path=/: 25`,
    'Mine disk_used_percent AutoScalingGroupName=g: 25',
    'Mine disk_used_percent : 25',
    `Mine Free AutoScalingGroupName=g,InstanceId=${ID},fstype=ext4,path=/: ${3 * 2 ** 28}`,
    `Mine Free AutoScalingGroupName=g: ${3 * 2 ** 28}`,
    `Mine Free : ${3 * 2 ** 28}`,
    `Mine mem_used_percent AutoScalingGroupName=g,InstanceId=${ID},role=node: 25`,
    'Mine mem_used_percent AutoScalingGroupName=g: 25',
    'Mine mem_used_percent : 25',
  ]);
  await clock.run(31_000);
  const series = points.filter((point) => point.series.startsWith('Mine'));
  assert.equal(
    series.filter((point) => point.series.includes('mem_used') && point.series.includes('role')).length,
    3,
  );
  assert.equal(
    series.filter((point) => point.series.includes('disk_used') && point.series.includes('path')).length,
    1,
  );
  assert.ok(points.every(({ resolution, series: name }) => name.startsWith('AWS/') || resolution === 1));
});

test('[T3] speed divides intervals, and then points are kept by the second', async () => {
  const { clock, provider, points } = await world({ agent: DEFAULT_AGENT, speed: 60 });
  provider.setMeasurement(ID, { volumeUsedBytes: 1 });
  await clock.run(10_050);
  const disk = points.filter(({ series }) => series === 'CWAgent disk_used_percent AutoScalingGroupName=g');
  assert.ok(disk.length >= 9 && disk.length <= 11, String(disk.length));
  assert.ok(disk.every(({ resolution }) => resolution === 1));
});

test('[T4] what was not measured is not published, and what cannot be is said once', async () => {
  const { clock, provider, told, take } = await world({
    agent: {
      metrics: {
        metrics_collected: {
          cpu: { measurement: ['usage_active', 'usage_steal'] },
          net: { measurement: ['x'] },
        },
      },
    },
  });
  provider.kill(ID);
  await provider.halt(ID);
  await clock.run(120_000);
  assert.deepEqual(take(), []);
  assert.deepEqual(told, ['cpu_usage_steal is not measured here', 'metrics of net are not measured here']);
});

test('[T5] an instance’s own configuration wins over its image’s; one that is broken is told once and counts as none', async () => {
  const { clock, provider, told, take } = await world({ agent: DEFAULT_AGENT, instances: [{}, {}, {}] });
  provider.setAgentConfiguration(anInstance(1).instanceId, { json: '{' });
  provider.setAgentConfiguration(anInstance(2).instanceId, { parameter: 'AmazonCloudWatch-x' });
  await clock.run(5000);
  const all = take().filter((line) => line.startsWith('CWAgent'));
  const from = (number: number) => all.filter((line) => line.includes(anInstance(number).instanceId)).length;
  assert.equal(from(1), 0);
  assert.equal(from(2), 2);
  assert.equal(from(3), 2);
  assert.equal(told.length, 1);
  assert.match(told[0]!, new RegExp(`${ID}: the agent's configuration`));
});

test('[T6] an instance without a group has no group’s series, and a failing service is told', async () => {
  const { clock, take } = await world({ agent: DEFAULT_AGENT, instances: [{ groupName: undefined }] });
  await clock.run(1000);
  assert.ok(take().every((line) => !line.includes('AutoScalingGroupName')));
  const failing = await world({ fails: true });
  await failing.clock.run(61_000);
  assert.equal(failing.told.length, 2);
  await failing.sampler.stop();
});

test('[T7] an instance that warms up is left out of its group’s series, and stays in its own', async () => {
  const metrics = {
    append_dimensions: {
      AutoScalingGroupName: `\${aws:AutoScalingGroupName}`,
      InstanceId: `\${aws:InstanceId}`,
    },
    aggregation_dimensions: [['AutoScalingGroupName'], []],
    metrics_collected: { mem: { measurement: ['used_percent'], metrics_collection_interval: 60 } },
  };
  const warming = new Set([ID]);
  const { clock, provider, take } = await world({ agent: { metrics }, instances: [{}, {}], warming });
  const other = anInstance(2).instanceId;
  provider.setMeasurement(ID, { memoryBytes: 900 });
  provider.setMeasurement(other, { memoryBytes: 100 });
  const seen = () => take().filter((line) => /mem_used|Failed /.test(line));
  await clock.run(1000);
  assert.deepEqual(seen(), [
    `AWS/EC2 StatusCheckFailed InstanceId=${ID}: 0`,
    `AWS/EC2 StatusCheckFailed InstanceId=${other}: 0`,
    'AWS/EC2 StatusCheckFailed AutoScalingGroupName=g: 0',
    `CWAgent mem_used_percent AutoScalingGroupName=g,InstanceId=${ID}: 90`,
    'CWAgent mem_used_percent : 90',
    `CWAgent mem_used_percent AutoScalingGroupName=g,InstanceId=${other}: 10`,
    'CWAgent mem_used_percent AutoScalingGroupName=g: 10',
    'CWAgent mem_used_percent : 10',
  ]);
  warming.clear();
  await clock.run(60_000);
  assert.equal(seen().filter((line) => / AutoScalingGroupName=g: /.test(line)).length, 4);
});
