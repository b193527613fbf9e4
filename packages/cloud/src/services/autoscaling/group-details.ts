/**
 * What a group shows beside what its state machine reads: tags, the inputs as they were given, and what is inert here.
 */
import type {
  EnabledMetric,
  InstanceMaintenancePolicy,
  MixedInstancesPolicy,
  TagDescription,
  TrafficSourceIdentifier,
} from '@aws-sdk/client-auto-scaling';

export interface GroupTag {
  readonly key: string;
  readonly value: string;
  readonly propagate: boolean;
}

export interface GroupDetails {
  /** A UUID: part of the group's ARN. */
  readonly id: string;
  readonly tags: readonly GroupTag[];
  readonly vpcZoneIdentifier: string;
  readonly mixedInstancesPolicy?: MixedInstancesPolicy;
  readonly maintenance?: InstanceMaintenancePolicy;
  readonly enabledMetrics: readonly string[];
  readonly loadBalancers: readonly string[];
  readonly targetGroups: readonly string[];
  readonly trafficSources: readonly TrafficSourceIdentifier[];
  /** Members of the request that are kept and shown, and do nothing. */
  readonly inert: Readonly<Record<string, unknown>>;
}

export function describeTag(groupName: string, tag: GroupTag): TagDescription {
  return {
    ResourceId: groupName,
    ResourceType: 'auto-scaling-group',
    Key: tag.key,
    Value: tag.value,
    PropagateAtLaunch: tag.propagate,
  };
}

export function describeEnabledMetrics(details: GroupDetails): EnabledMetric[] {
  return details.enabledMetrics.map((Metric) => ({ Metric, Granularity: '1Minute' }));
}
