/** What templates most often carry beside groups, queues and tables, and what one machine does without: logs, keys, endpoints of networks. */
import {
  flag,
  integer,
  json,
  listOf,
  number,
  record,
  replaces,
  required,
  TAGS,
  text,
} from '../property-shape.ts';
import type { ResourceType } from './resource-type.ts';

const NO_LOGS = 'logs are not collected: read the console of an instance';
const NO_KEYS = 'nothing is encrypted with keys of a service: encrypt the disk';
const NO_NETWORK = 'every service is reached at the one endpoint of this cloud';
const NO_THROTTLE = 'tables are not throttled, so their throughput need not follow the load';
const NO_IMAGES = 'nothing is run from containers, so there is no registry to push to';
const NO_IAM = 'every request is signed with the one key pair, which may do everything';

const LOG_TYPES: readonly ResourceType[] = [
  {
    name: 'AWS::Logs::LogGroup',
    reference: "the log group's name",
    attributes: ['Arn'],
    inert: NO_LOGS,
    properties: {
      BearerTokenAuthenticationEnabled: flag(),
      DataProtectionPolicy: json(),
      DeletionProtectionEnabled: flag(),
      FieldIndexPolicies: json(),
      KmsKeyId: text(),
      LogGroupClass: replaces(text()),
      LogGroupName: replaces(text()),
      ResourcePolicyDocument: json(),
      RetentionInDays: integer(1, 3_653),
      Tags: TAGS,
    },
  },
  {
    name: 'AWS::Logs::LogStream',
    reference: "the log stream's name",
    attributes: [],
    inert: NO_LOGS,
    properties: { LogGroupName: required(replaces(text())), LogStreamName: replaces(text()) },
  },
  {
    name: 'AWS::Logs::MetricFilter',
    reference: "the filter's name",
    attributes: [],
    inert: `${NO_LOGS}; its metric has no data`,
    properties: {
      ApplyOnTransformedLogs: flag(),
      EmitSystemFieldDimensions: listOf(text()),
      FieldSelectionCriteria: text(),
      FilterName: replaces(text()),
      FilterPattern: required(text()),
      LogGroupName: required(replaces(text())),
      MetricTransformations: required(
        listOf(
          record({
            DefaultValue: number(),
            Dimensions: listOf(record({ Key: required(text()), Value: required(text()) })),
            MetricName: required(text()),
            MetricNamespace: required(text()),
            MetricValue: required(text()),
            Unit: text(),
          }),
        ),
      ),
    },
  },
];

const KEY_TYPES: readonly ResourceType[] = [
  {
    name: 'AWS::KMS::Key',
    reference: "the key's id",
    attributes: ['Arn', 'KeyId'],
    inert: NO_KEYS,
    properties: {
      BypassPolicyLockoutSafetyCheck: flag(),
      Description: text(),
      Enabled: flag(),
      EnableKeyRotation: flag(),
      KeyPolicy: json(),
      KeySpec: replaces(text()),
      KeyUsage: replaces(text()),
      MultiRegion: replaces(flag()),
      Origin: replaces(text()),
      PendingWindowInDays: integer(7, 30),
      RotationPeriodInDays: integer(90, 2_560),
      Tags: TAGS,
    },
  },
  {
    name: 'AWS::KMS::Alias',
    reference: "the alias's name",
    attributes: [],
    inert: NO_KEYS,
    properties: { AliasName: required(replaces(text())), TargetKeyId: required(text()) },
  },
];

/** The registry of container images that `cdk bootstrap` makes whether it is used or not. */
const REGISTRY_TYPES: readonly ResourceType[] = [
  {
    name: 'AWS::ECR::Repository',
    reference: "the repository's name",
    attributes: ['Arn', 'RepositoryUri'],
    inert: NO_IMAGES,
    properties: {
      EmptyOnDelete: flag(),
      EncryptionConfiguration: replaces(record({ EncryptionType: required(text()), KmsKey: text() })),
      ImageScanningConfiguration: record({ ScanOnPush: flag() }),
      ImageTagMutability: text(),
      ImageTagMutabilityExclusionFilters: json(),
      LifecyclePolicy: record({ LifecyclePolicyText: text(), RegistryId: text() }),
      RepositoryName: replaces(text()),
      RepositoryPolicyText: json(),
      Tags: TAGS,
    },
  },
];

const NETWORK_TYPES: readonly ResourceType[] = [
  {
    name: 'AWS::EC2::VPCEndpoint',
    reference: "the endpoint's id",
    attributes: ['CreationTimestamp', 'DnsEntries', 'Id', 'NetworkInterfaceIds'],
    inert: NO_NETWORK,
    properties: {
      DnsOptions: json(),
      IpAddressType: text(),
      PolicyDocument: json(),
      PrivateDnsEnabled: flag(),
      ResourceConfigurationArn: replaces(text()),
      RouteTableIds: listOf(text()),
      SecurityGroupIds: listOf(text()),
      ServiceName: replaces(text()),
      ServiceNetworkArn: replaces(text()),
      ServiceRegion: replaces(text()),
      SubnetIds: listOf(text()),
      Tags: TAGS,
      VpcEndpointType: replaces(text()),
      VpcId: required(replaces(text())),
    },
  },
  {
    name: 'AWS::EC2::FlowLog',
    reference: "the flow log's id",
    attributes: ['Id'],
    inert: 'the traffic of instances is not recorded',
    properties: {
      DeliverCrossAccountRole: replaces(text()),
      DeliverLogsPermissionArn: replaces(text()),
      DestinationOptions: replaces(json()),
      LogDestination: replaces(text()),
      LogDestinationType: replaces(text()),
      LogFormat: replaces(text()),
      LogGroupName: replaces(text()),
      MaxAggregationInterval: replaces(integer(60, 600)),
      ResourceId: required(replaces(text())),
      ResourceType: required(replaces(text())),
      Tags: TAGS,
      TrafficType: replaces(text('ACCEPT', 'ALL', 'REJECT')),
    },
  },
  {
    name: 'AWS::EC2::PlacementGroup',
    reference: "the placement group's name",
    attributes: ['GroupName'],
    inert: 'instances are processes of one machine',
    properties: {
      PartitionCount: replaces(integer(1, 7)),
      SpreadLevel: replaces(text()),
      Strategy: replaces(text()),
      Tags: TAGS,
    },
  },
];

/** Throughput of tables that follows the load; other targets would look as if they were scaled. */
const TABLE_TARGET = required(replaces(text('dynamodb')));
const TABLE_DIMENSION = text(
  'dynamodb:table:ReadCapacityUnits',
  'dynamodb:table:WriteCapacityUnits',
  'dynamodb:index:ReadCapacityUnits',
  'dynamodb:index:WriteCapacityUnits',
);

const TABLE_SCALING_TYPES: readonly ResourceType[] = [
  {
    name: 'AWS::ApplicationAutoScaling::ScalableTarget',
    reference: 'the resource, its dimension and its service, with bars between them',
    attributes: ['Id'],
    inert: NO_THROTTLE,
    properties: {
      MaxCapacity: required(integer(0)),
      MinCapacity: required(integer(0)),
      ResourceId: required(replaces(text())),
      RoleARN: text(),
      ScalableDimension: required(replaces(TABLE_DIMENSION)),
      ScheduledActions: json(),
      ServiceNamespace: TABLE_TARGET,
      SuspendedState: json(),
    },
  },
  {
    name: 'AWS::ApplicationAutoScaling::ScalingPolicy',
    reference: "the policy's ARN",
    attributes: ['Arn'],
    inert: NO_THROTTLE,
    properties: {
      PolicyName: required(replaces(text())),
      PolicyType: required(text()),
      PredictiveScalingPolicyConfiguration: json(),
      ResourceId: replaces(text()),
      ScalableDimension: replaces(TABLE_DIMENSION),
      ScalingTargetId: replaces(text()),
      ServiceNamespace: replaces(text('dynamodb')),
      StepScalingPolicyConfiguration: json(),
      TargetTrackingScalingPolicyConfiguration: json(),
    },
  },
];

const NAMED_POLICIES = listOf(record({ PolicyName: required(text()), PolicyDocument: required(json()) }));

const PEOPLE_TYPES: readonly ResourceType[] = [
  {
    name: 'AWS::IAM::User',
    reference: "the user's name",
    attributes: ['Arn'],
    inert: NO_IAM,
    iamName: 'UserName',
    properties: {
      Groups: listOf(text()),
      LoginProfile: json(),
      ManagedPolicyArns: listOf(text()),
      Path: text(),
      PermissionsBoundary: text(),
      Policies: NAMED_POLICIES,
      Tags: TAGS,
      UserName: replaces(text()),
    },
  },
  {
    name: 'AWS::IAM::Group',
    reference: "the group's name",
    attributes: ['Arn'],
    inert: NO_IAM,
    iamName: 'GroupName',
    properties: {
      GroupName: replaces(text()),
      ManagedPolicyArns: listOf(text()),
      Path: text(),
      Policies: NAMED_POLICIES,
    },
  },
  {
    name: 'AWS::IAM::AccessKey',
    reference: 'nothing',
    attributes: [],
    properties: {},
    refused:
      'there is one key pair, which "crescendo env" prints: give it to those who need one as a parameter',
  },
];

export const SIDE_TYPES: readonly ResourceType[] = [
  ...KEY_TYPES,
  ...LOG_TYPES,
  ...REGISTRY_TYPES,
  ...NETWORK_TYPES,
  ...PEOPLE_TYPES,
  ...TABLE_SCALING_TYPES,
];
