import type { Property } from '../property-shape.ts';
import {
  anything,
  flag,
  inert,
  integer,
  json,
  listOf,
  number,
  record,
  refused,
  replaces,
  required,
  text,
} from '../property-shape.ts';
import type { ResourceType } from './resource-type.ts';

/** One topic, or several in a list. */
const NOTIFICATION: Property = record({ TopicARN: required(anything()), NotificationTypes: listOf(text()) });

export const LAUNCH_TEMPLATE_REFERENCE: Property = record({
  LaunchTemplateId: text(),
  LaunchTemplateName: text(),
  Version: required(text()),
});

const OVERRIDE = record({
  InstanceType: text(),
  WeightedCapacity: inert(text(), 'every instance weighs one'),
  LaunchTemplateSpecification: LAUNCH_TEMPLATE_REFERENCE,
  InstanceRequirements: refused(json(), 'name the instance types'),
});

const MIXED_INSTANCES = record({
  InstancesDistribution: record({
    OnDemandAllocationStrategy: text(),
    OnDemandBaseCapacity: integer(0),
    OnDemandPercentageAboveBaseCapacity: integer(0, 100),
    SpotAllocationStrategy: text(),
    SpotInstancePools: inert(integer(0), 'there are no pools'),
    SpotMaxPrice: inert(text(), 'there are no prices'),
  }),
  LaunchTemplate: required(
    record({ LaunchTemplateSpecification: required(LAUNCH_TEMPLATE_REFERENCE), Overrides: listOf(OVERRIDE) }),
  ),
});

const GROUP_HOOK = record({
  LifecycleHookName: required(text()),
  LifecycleTransition: required(
    text('autoscaling:EC2_INSTANCE_LAUNCHING', 'autoscaling:EC2_INSTANCE_TERMINATING'),
  ),
  DefaultResult: text('ABANDON', 'CONTINUE'),
  HeartbeatTimeout: integer(30, 7200),
  NotificationMetadata: text(),
  NotificationTargetARN: text(),
  RoleARN: inert(text(), 'there are no roles'),
});

const GROUP: ResourceType = {
  name: 'AWS::AutoScaling::AutoScalingGroup',
  reference: "the group's name",
  attributes: ['AutoScalingGroupARN'],
  creationPolicy: true,
  updatePolicy: true,
  properties: {
    AutoScalingGroupName: replaces(text()),
    MinSize: required(integer(0)),
    MaxSize: required(integer(0)),
    DesiredCapacity: integer(0),
    DesiredCapacityType: inert(text(), 'capacity counts instances'),
    LaunchTemplate: LAUNCH_TEMPLATE_REFERENCE,
    LaunchConfigurationName: text(),
    MixedInstancesPolicy: MIXED_INSTANCES,
    InstanceId: refused(text(), 'name a launch template'),
    AvailabilityZones: listOf(text()),
    VPCZoneIdentifier: listOf(text()),
    Cooldown: integer(0),
    DefaultInstanceWarmup: integer(-1),
    HealthCheckType: text(),
    HealthCheckGracePeriod: integer(0),
    TerminationPolicies: listOf(text()),
    NewInstancesProtectedFromScaleIn: flag(),
    MaxInstanceLifetime: integer(0),
    CapacityRebalance: inert(flag(), 'nothing here rebalances spot instances before they are taken'),
    LifecycleHookSpecificationList: listOf(GROUP_HOOK),
    InstanceMaintenancePolicy: record({
      MinHealthyPercentage: integer(-1, 100),
      MaxHealthyPercentage: integer(-1, 200),
    }),
    InstanceLifecyclePolicy: record({
      RetentionTriggers: record({ TerminateHookAbandon: text('retain', 'terminate') }),
    }),
    MetricsCollection: listOf(record({ Granularity: required(text('1Minute')), Metrics: listOf(text()) })),
    Tags: listOf(
      record({ Key: required(text()), Value: required(text()), PropagateAtLaunch: required(flag()) }),
    ),
    TargetGroupARNs: inert(listOf(text()), 'load balancers carry no traffic'),
    LoadBalancerNames: inert(listOf(text()), 'load balancers carry no traffic'),
    PlacementGroup: inert(text(), 'there is one machine'),
    ServiceLinkedRoleARN: inert(text(), 'there are no roles'),
    Context: inert(text()),
    NotificationConfigurations: listOf(NOTIFICATION),
    NotificationConfiguration: NOTIFICATION,
    AvailabilityZoneDistribution: inert(
      record({ CapacityDistributionStrategy: text() }),
      'zones are balanced as far as they can be',
    ),
    AvailabilityZoneImpairmentPolicy: inert(json(), 'zones of one machine fail together'),
    CapacityReservationSpecification: inert(json(), 'nothing is reserved'),
    TrafficSources: inert(json(), 'load balancers carry no traffic'),
    SkipZonalShiftValidation: inert(flag()),
  },
};

/** Of a launch template or a launch configuration: a volume of an instance. */
export const BLOCK_DEVICE: Property = record({
  DeviceName: required(text()),
  Ebs: record({
    DeleteOnTermination: flag(),
    Encrypted: inert(flag(), 'volumes are folders of this machine'),
    Iops: inert(integer(), 'volumes are folders of this machine'),
    KmsKeyId: inert(text(), 'volumes are folders of this machine'),
    SnapshotId: inert(text(), 'there are no snapshots'),
    Throughput: inert(integer(), 'volumes are folders of this machine'),
    VolumeSize: integer(1),
    VolumeType: inert(text(), 'volumes are folders of this machine'),
  }),
  NoDevice: inert(anything()),
  VirtualName: inert(text()),
});

const LAUNCH_CONFIGURATION: ResourceType = {
  name: 'AWS::AutoScaling::LaunchConfiguration',
  reference: "the launch configuration's name",
  attributes: [],
  properties: {
    LaunchConfigurationName: replaces(text()),
    ImageId: required(replaces(text())),
    InstanceType: required(replaces(text())),
    UserData: replaces(text()),
    KeyName: inert(replaces(text()), 'nobody logs in'),
    SecurityGroups: inert(replaces(listOf(text())), 'everything on this machine reaches everything'),
    BlockDeviceMappings: replaces(listOf(BLOCK_DEVICE)),
    IamInstanceProfile: replaces(text()),
    InstanceMonitoring: inert(replaces(flag()), 'instances are measured every minute'),
    SpotPrice: inert(replaces(text()), 'there are no prices'),
    MetadataOptions: replaces(
      record({
        HttpEndpoint: text(),
        HttpPutResponseHopLimit: inert(integer(), 'there are no hops'),
        HttpTokens: text(),
      }),
    ),
    AssociatePublicIpAddress: inert(replaces(flag()), 'instances have loopback addresses'),
    EbsOptimized: inert(replaces(flag()), 'volumes are folders of this machine'),
    PlacementTenancy: inert(replaces(text()), 'there is one machine'),
    KernelId: inert(replaces(text())),
    RamDiskId: inert(replaces(text())),
    InstanceId: refused(text(), 'give ImageId and InstanceType'),
    ClassicLinkVPCId: refused(text(), 'it was retired'),
    ClassicLinkVPCSecurityGroups: refused(listOf(text()), 'it was retired'),
  },
};

const METRIC_DIMENSIONS = listOf(record({ Name: required(text()), Value: required(text()) }));
const METRIC_STAT = record({
  Metric: required(
    record({ Namespace: text(), MetricName: required(text()), Dimensions: METRIC_DIMENSIONS }),
  ),
  Stat: required(text()),
  Unit: text(),
  Period: integer(1),
});

const TARGET_TRACKING = record({
  TargetValue: required(number()),
  DisableScaleIn: flag(),
  PredefinedMetricSpecification: record({ PredefinedMetricType: required(text()), ResourceLabel: text() }),
  CustomizedMetricSpecification: record({
    MetricName: text(),
    Namespace: text(),
    Dimensions: METRIC_DIMENSIONS,
    Statistic: text(),
    Unit: text(),
    Period: integer(1),
    Metrics: listOf(
      record({
        Id: required(text()),
        Expression: text(),
        Label: text(),
        ReturnData: flag(),
        MetricStat: METRIC_STAT,
      }),
    ),
  }),
});

const SCALING_POLICY: ResourceType = {
  name: 'AWS::AutoScaling::ScalingPolicy',
  reference: "the policy's ARN",
  attributes: ['Arn', 'PolicyName'],
  properties: {
    AutoScalingGroupName: required(replaces(text())),
    PolicyType: text('SimpleScaling', 'StepScaling', 'TargetTrackingScaling', 'PredictiveScaling'),
    AdjustmentType: text('ChangeInCapacity', 'ExactCapacity', 'PercentChangeInCapacity'),
    ScalingAdjustment: integer(),
    MinAdjustmentMagnitude: integer(),
    Cooldown: integer(0),
    EstimatedInstanceWarmup: integer(0),
    MetricAggregationType: text('Minimum', 'Maximum', 'Average'),
    StepAdjustments: listOf(
      record({
        MetricIntervalLowerBound: number(),
        MetricIntervalUpperBound: number(),
        ScalingAdjustment: required(integer()),
      }),
    ),
    TargetTrackingConfiguration: TARGET_TRACKING,
    PredictiveScalingConfiguration: refused(json(), 'predictive scaling is not done by this cloud'),
  },
};

const SCHEDULED_ACTION: ResourceType = {
  name: 'AWS::AutoScaling::ScheduledAction',
  reference: "the scheduled action's name",
  attributes: ['ScheduledActionName'],
  properties: {
    AutoScalingGroupName: required(replaces(text())),
    MinSize: integer(0),
    MaxSize: integer(0),
    DesiredCapacity: integer(0),
    Recurrence: text(),
    StartTime: text(),
    EndTime: text(),
    TimeZone: text(),
  },
};

const LIFECYCLE_HOOK: ResourceType = {
  name: 'AWS::AutoScaling::LifecycleHook',
  reference: "the hook's name",
  attributes: [],
  properties: {
    AutoScalingGroupName: required(replaces(text())),
    LifecycleHookName: replaces(text()),
    LifecycleTransition: required(
      text('autoscaling:EC2_INSTANCE_LAUNCHING', 'autoscaling:EC2_INSTANCE_TERMINATING'),
    ),
    DefaultResult: text('ABANDON', 'CONTINUE'),
    HeartbeatTimeout: integer(30, 7200),
    NotificationMetadata: text(),
    NotificationTargetARN: text(),
    RoleARN: inert(text(), 'there are no roles'),
  },
};

const WARM_POOL: ResourceType = {
  name: 'AWS::AutoScaling::WarmPool',
  reference: "the group's name",
  attributes: [],
  properties: {},
  refused: 'an instance here starts in well under a second, so there are no warm pools',
};

export const AUTO_SCALING_TYPES: readonly ResourceType[] = [
  GROUP,
  LAUNCH_CONFIGURATION,
  LIFECYCLE_HOOK,
  SCALING_POLICY,
  SCHEDULED_ACTION,
  WARM_POOL,
];
