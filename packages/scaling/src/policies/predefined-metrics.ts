/** The metrics that target tracking knows by name. */

export interface MetricDescription {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: 'Average' | 'Sum';
}

const GROUP_METRICS: Readonly<Record<string, string>> = {
  ASGAverageCPUUtilization: 'CPUUtilization',
  ASGAverageCPUUtilizationHighResolution: 'CPUUtilization',
  ASGAverageNetworkIn: 'NetworkIn',
  ASGAverageNetworkOut: 'NetworkOut',
};

export const PREDEFINED_METRIC_TYPES: readonly string[] = [
  ...Object.keys(GROUP_METRICS),
  'ALBRequestCountPerTarget',
];

/**
 * What CloudWatch calls a predefined metric of a group; undefined for an unknown type, or for `ALBRequestCountPerTarget` without a
 * resource label (`app/NAME/ID/targetgroup/NAME/ID`).
 */
export function predefinedMetric(
  type: string,
  groupName: string,
  resourceLabel: string | undefined,
): MetricDescription | undefined {
  const name = GROUP_METRICS[type];
  if (name !== undefined) {
    return {
      namespace: 'AWS/EC2',
      name,
      dimensions: { AutoScalingGroupName: groupName },
      statistic: 'Average',
    };
  }
  const label = /^(app\/[^/]+\/[^/]+)\/(targetgroup\/[^/]+\/[^/]+)$/.exec(resourceLabel ?? '');
  if (type !== 'ALBRequestCountPerTarget' || label === null) return undefined;
  return {
    namespace: 'AWS/ApplicationELB',
    name: 'RequestCountPerTarget',
    dimensions: { LoadBalancer: label[1]!, TargetGroup: label[2]! },
    statistic: 'Sum',
  };
}
