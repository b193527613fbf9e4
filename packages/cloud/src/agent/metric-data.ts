/** From what was measured of an instance to data for CloudWatch. Pure. */
import type { MetricDatum } from '@aws-sdk/client-cloudwatch';
import type { InstanceMeasurement } from '../instances/instance-provider.ts';
import type { AgentConfig, MeasurementConfig, PluginConfig } from './agent-config.ts';

/** An instance as the sampler sees it. */
export interface SampledInstance {
  readonly instanceId: string;
  readonly imageId: string;
  readonly instanceType: string;
  readonly vcpus: number;
  readonly memoryBytes: number;
  readonly groupName: string | undefined;
  readonly healthy: boolean;
}

export interface Sample {
  readonly measured: InstanceMeasurement;
  /** Share of its processors that the instance used since the sample before; undefined for the first one. */
  readonly cpuPercent: number | undefined;
  readonly atMs: number;
  /** 1 when samples come more often than once a minute. */
  readonly resolution: 1 | 60;
}

export type NamedDatum = { readonly namespace: string; readonly datum: MetricDatum };

/** What EC2 itself publishes of an instance, by instance and by group. */
export function basicData(instance: SampledInstance, sample: Sample): NamedDatum[] {
  const failed = instance.healthy ? 0 : 1;
  const values: readonly (readonly [string, number | undefined, string])[] = [
    ['CPUUtilization', sample.cpuPercent, 'Percent'],
    ['StatusCheckFailed', failed, 'Count'],
    ['StatusCheckFailed_Instance', failed, 'Count'],
    ['StatusCheckFailed_System', 0, 'Count'],
  ];
  const own = { InstanceId: instance.instanceId };
  const group = instance.groupName === undefined ? undefined : { AutoScalingGroupName: instance.groupName };
  return values.flatMap(([name, value, unit]) => {
    if (value === undefined) return [];
    const series = group === undefined ? [own] : [own, group];
    return series.map((dimensions) => ({
      namespace: 'AWS/EC2',
      datum: datumOf(name, value, unit, dimensions, sample),
    }));
  });
}

/** True of a series that gathers a group's instances: it names the group and no instance. */
export function isOfWholeGroup({ datum }: NamedDatum): boolean {
  const names = datum.Dimensions?.map(({ Name }) => Name) ?? [];
  return names.includes('AutoScalingGroupName') && !names.includes('InstanceId');
}

/** What the agent publishes for one plugin. */
export function pluginData(
  config: AgentConfig,
  plugin: PluginConfig,
  instance: SampledInstance,
  sample: Sample,
): NamedDatum[] {
  const dimensions = { ...plugin.dimensions, ...placeholders(config.appendDimensions, instance) };
  return plugin.measurements.flatMap((measurement) => {
    const value = measuredValue(plugin, measurement, instance, sample);
    if (value === undefined) return [];
    const full = `${plugin.plugin}_${measurement.measurement}`;
    const series = [
      ...(plugin.dropped.includes(full) ? [] : [dimensions]),
      ...aggregated(config, dimensions),
    ];
    return series.map((one) => ({
      namespace: config.namespace,
      datum: datumOf(measurement.metricName, value, measurement.unit, one, sample),
    }));
  });
}

/** A list of which the instance lacks a dimension makes no series. */
function aggregated(
  config: AgentConfig,
  dimensions: Readonly<Record<string, string>>,
): Record<string, string>[] {
  return config.aggregations
    .filter((names) => names.every((name) => dimensions[name] !== undefined))
    .map((names) => Object.fromEntries(names.map((name) => [name, dimensions[name]!])));
}

function measuredValue(
  { plugin }: PluginConfig,
  { measurement }: MeasurementConfig,
  { memoryBytes }: SampledInstance,
  { measured, cpuPercent }: Sample,
): number | undefined {
  if (plugin === 'cpu') {
    if (cpuPercent === undefined) return undefined;
    return measurement === 'usage_idle' ? 100 - cpuPercent : cpuPercent;
  }
  const used = plugin === 'mem' ? measured.memoryBytes : measured.volumeUsedBytes;
  const total = plugin === 'mem' ? memoryBytes : measured.volumeBytes;
  return used === undefined || total <= 0 ? undefined : ofTotal(measurement, used, total);
}

function ofTotal(measurement: string, used: number, total: number): number {
  const free = Math.max(0, total - used);
  if (measurement === 'used_percent') return Math.min(100, (100 * used) / total);
  if (measurement === 'available_percent') return (100 * free) / total;
  if (measurement === 'used') return used;
  return measurement === 'total' ? total : free;
}

/** A placeholder that has no value for the instance drops its dimension. */
function placeholders(
  dimensions: Readonly<Record<string, string>>,
  instance: SampledInstance,
): Record<string, string> {
  const values: Readonly<Record<string, string | undefined>> = {
    InstanceId: instance.instanceId,
    ImageId: instance.imageId,
    InstanceType: instance.instanceType,
    AutoScalingGroupName: instance.groupName,
  };
  return Object.fromEntries(
    Object.entries(dimensions).flatMap(([name, text]) => {
      const placeholder = /^\$\{aws:(\w+)\}$/.exec(text)?.[1];
      const value = placeholder === undefined ? text : values[placeholder];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function datumOf(
  name: string,
  value: number,
  unit: string,
  dimensions: Readonly<Record<string, string>>,
  { atMs, resolution }: Sample,
): MetricDatum {
  return {
    MetricName: name,
    Value: value,
    Unit: unit as MetricDatum['Unit'],
    Timestamp: new Date(atMs),
    StorageResolution: resolution,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
  };
}
