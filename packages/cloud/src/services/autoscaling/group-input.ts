/** Requests that make or change a group, read into settings of the state machine and details to show. */
import type {
  CreateAutoScalingGroupType,
  Tag,
  UpdateAutoScalingGroupType,
} from '@aws-sdk/client-auto-scaling';
import {
  type GroupSettings,
  type Subnet,
  TERMINATION_POLICIES,
  type TerminationPolicy,
} from '@crescendo/scaling';
import { checkOneOf, checkRange, given, invalid } from './checks.ts';
import type { GroupDetails, GroupTag } from './group-details.ts';
import type { GroupKeeper } from './group-keeper.ts';
import { readSource, requireSource } from './launch-source-input.ts';

type GroupRequest = CreateAutoScalingGroupType & UpdateAutoScalingGroupType;

const MAX_SIZE = 100_000;
const MIN_LIFETIME_SECONDS = 86_400;
const MAX_LIFETIME_SECONDS = 31_536_000;

/** Members of requests that are kept and shown and that no state machine reads. */
const SHOWN_MEMBERS = ['DeletionProtection'] as const;

/** Members of requests that are kept and shown and do nothing here; the reference page lists them. */
export const INERT_GROUP_MEMBERS = [
  'AvailabilityZoneDistribution',
  'AvailabilityZoneImpairmentPolicy',
  'CapacityRebalance',
  'CapacityReservationSpecification',
  'Context',
  'DesiredCapacityType',
  'Operator',
  'PlacementGroup',
  'ServiceLinkedRoleARN',
] as const;

export interface ReadGroup {
  readonly settings: GroupSettings;
  readonly details: Omit<GroupDetails, 'id' | 'tags' | 'enabledMetrics'>;
}

export interface PresentGroup {
  readonly settings: GroupSettings;
  readonly details: GroupDetails;
}

/** What the request leaves out stays as it is, or is AWS's default for a new group. */
export function readGroup(
  keeper: GroupKeeper,
  name: string,
  input: Partial<GroupRequest>,
  asked: Place | undefined,
  present: PresentGroup | undefined,
): ReadGroup {
  const place = asked ?? placeOfPresent(present);
  const before = present?.settings;
  const min = checkRange(input.MinSize, 'MinSize', 0, MAX_SIZE) ?? before?.min ?? 0;
  const max = checkRange(input.MaxSize, 'MaxSize', 0, MAX_SIZE) ?? before?.max ?? 0;
  if (max < min) throw invalid(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
  const settings = {
    name,
    min,
    max,
    source: readSource(keeper, input) ?? requireSource(before?.source),
    zones: place.zones,
    subnets: place.subnets,
    defaultCooldownSeconds:
      checkRange(input.DefaultCooldown, 'DefaultCooldown', 0, MAX_LIFETIME_SECONDS) ??
      before?.defaultCooldownSeconds ??
      300,
    defaultWarmupSeconds: cleared(input.DefaultInstanceWarmup, -1, before?.defaultWarmupSeconds),
    healthCheckType: readHealthCheckType(input.HealthCheckType) ?? before?.healthCheckType ?? 'EC2',
    healthCheckGraceSeconds:
      checkRange(input.HealthCheckGracePeriod, 'HealthCheckGracePeriod', 0, MAX_LIFETIME_SECONDS) ??
      before?.healthCheckGraceSeconds ??
      0,
    terminationPolicies: readTerminationPolicies(input.TerminationPolicies) ??
      before?.terminationPolicies ?? ['Default'],
    protectNewInstances: input.NewInstancesProtectedFromScaleIn ?? before?.protectNewInstances ?? false,
    maxInstanceLifetimeSeconds: readLifetime(input.MaxInstanceLifetime, before?.maxInstanceLifetimeSeconds),
    maintenance: readMaintenance(input, before),
    onTerminateHookAbandon:
      checkOneOf(
        input.InstanceLifecyclePolicy?.RetentionTriggers?.TerminateHookAbandon,
        'InstanceLifecyclePolicy.RetentionTriggers.TerminateHookAbandon',
        ['retain', 'terminate'],
      ) ??
      before?.onTerminateHookAbandon ??
      'terminate',
    createdMs: before?.createdMs ?? keeper.nowMs,
  };
  return {
    settings: given(settings) as GroupSettings,
    details: readDetails(input, present?.details, place.identifier),
  };
}

/** A value that stands for "no value any more". */
function cleared(value: number | undefined, none: number, before: number | undefined): number | undefined {
  if (value === none) return undefined;
  return checkRange(value, 'DefaultInstanceWarmup', 0, MAX_LIFETIME_SECONDS) ?? before;
}

function readLifetime(value: number | undefined, before: number | undefined): number | undefined {
  if (value === 0) return undefined;
  return checkRange(value, 'MaxInstanceLifetime', MIN_LIFETIME_SECONDS, MAX_LIFETIME_SECONDS) ?? before;
}

function readHealthCheckType(value: string | undefined): string | undefined {
  const known = ['EC2', 'ELB', 'VPC_LATTICE', 'EBS'];
  const unknown = value?.split(',').find((one) => !known.includes(one.trim()));
  if (unknown !== undefined) {
    throw invalid(`HealthCheckType must be a list of ${known.join(', ')}, but it names ${unknown}.`);
  }
  return value;
}

function readTerminationPolicies(
  policies: readonly string[] | undefined,
): readonly TerminationPolicy[] | undefined {
  if (policies === undefined || policies.length === 0) return undefined;
  return policies.map((policy) => {
    const known = TERMINATION_POLICIES.find((one) => one === policy);
    if (known !== undefined) return known;
    throw invalid(
      `Termination policy ${policy} is not supported. Valid values are: ${TERMINATION_POLICIES.join(', ')}.`,
    );
  });
}

function readMaintenance(
  { InstanceMaintenancePolicy: policy }: Partial<GroupRequest>,
  before: GroupSettings | undefined,
): GroupSettings['maintenance'] {
  if (policy === undefined) return before?.maintenance;
  const { MinHealthyPercentage: min, MaxHealthyPercentage: max } = policy;
  if (min === -1 && max === -1) return undefined;
  if (min === undefined || max === undefined) {
    throw invalid('Both MinHealthyPercentage and MaxHealthyPercentage must be specified.');
  }
  checkRange(min, 'MinHealthyPercentage', 0, 100);
  checkRange(max, 'MaxHealthyPercentage', 100, 200);
  if (max - min > 100) {
    throw invalid(
      'The difference between MinHealthyPercentage and MaxHealthyPercentage cannot be greater than 100.',
    );
  }
  return { minHealthyPercent: min, maxHealthyPercent: max };
}

export interface Place {
  readonly zones: readonly string[];
  readonly subnets: readonly Subnet[];
  readonly identifier: string;
}

/** Where the request says that instances go; undefined when it says nothing. Read first: EC2 is asked, and much may happen meanwhile. */
export async function readPlace(
  keeper: GroupKeeper,
  input: Partial<GroupRequest>,
): Promise<Place | undefined> {
  const { AvailabilityZones: zones, VPCZoneIdentifier: identifier } = input;
  if ((input.AvailabilityZoneIds ?? []).length > 0) {
    throw invalid('Zones are not named by id here: give AvailabilityZones or VPCZoneIdentifier.');
  }
  if (identifier !== undefined && identifier !== '') return placeOfSubnets(keeper, identifier, zones);
  if (zones === undefined || zones.length === 0) return undefined;
  const { region } = keeper.ports;
  const unknown = zones.find((zone) => !new RegExp(`^${region}[a-z]$`).test(zone));
  if (unknown !== undefined) throw invalid(`Invalid Availability Zones: [${unknown}]; this is ${region}.`);
  return { zones: [...new Set(zones)], subnets: [], identifier: '' };
}

function placeOfPresent(present: PresentGroup | undefined): Place {
  if (present === undefined) throw invalid('At least one Availability Zone or VPC Subnet is required.');
  const { settings, details } = present;
  return { zones: settings.zones, subnets: settings.subnets, identifier: details.vpcZoneIdentifier };
}

async function placeOfSubnets(
  keeper: GroupKeeper,
  identifier: string,
  zones: readonly string[] | undefined,
): Promise<Place> {
  const ids = identifier.split(',').map((id) => id.trim());
  const answer = await keeper.ports.services.call<{
    Subnets?: { SubnetId?: string; AvailabilityZone?: string }[];
  }>('ec2', 'DescribeSubnets', { SubnetIds: ids });
  const subnets = ids.map((subnetId): Subnet => {
    const zone = answer.Subnets?.find((one) => one.SubnetId === subnetId)?.AvailabilityZone;
    if (zone === undefined) throw invalid(`The subnet ID '${subnetId}' does not exist`);
    return { subnetId, zone };
  });
  const found = [...new Set(subnets.map(({ zone }) => zone))];
  if (zones?.some((zone) => !found.includes(zone))) {
    throw invalid('The availability zones of the specified subnets and the AutoScalingGroup do not match');
  }
  return { zones: found, subnets, identifier };
}

function readDetails(
  input: Partial<GroupRequest>,
  before: GroupDetails | undefined,
  vpcZoneIdentifier: string,
): ReadGroup['details'] {
  const inert = Object.fromEntries(
    [...SHOWN_MEMBERS, ...INERT_GROUP_MEMBERS]
      .filter((member) => input[member] !== undefined)
      .map((member) => [member, input[member]]),
  );
  const sourceChanges = (input.LaunchTemplate ?? input.LaunchConfigurationName) !== undefined;
  const details = {
    vpcZoneIdentifier,
    mixedInstancesPolicy:
      input.MixedInstancesPolicy ?? (sourceChanges ? undefined : before?.mixedInstancesPolicy),
    loadBalancers: input.LoadBalancerNames ?? before?.loadBalancers ?? [],
    targetGroups: input.TargetGroupARNs ?? before?.targetGroups ?? [],
    trafficSources: input.TrafficSources ?? before?.trafficSources ?? [],
    inert: { ...before?.inert, ...inert },
  };
  return given(details) as ReadGroup['details'];
}

export function readTag(tag: Tag): GroupTag {
  const key = tag.Key ?? '';
  if (key === '' || key.length > 128) throw invalid('A tag key must have 1 to 128 characters.');
  if (key.startsWith('aws:') && !key.startsWith('aws:cloudformation:')) {
    throw invalid(`The tag key '${key}' is reserved: keys do not begin with aws:.`);
  }
  return { key, value: tag.Value ?? '', propagate: tag.PropagateAtLaunch ?? false };
}
