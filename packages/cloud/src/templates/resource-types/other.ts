import {
  flag,
  inert,
  integer,
  json,
  listOf,
  mapOf,
  record,
  refused,
  replaces,
  required,
  TAGS,
  text,
} from '../property-shape.ts';
import type { ResourceType } from './resource-type.ts';

const PARAMETER: ResourceType = {
  name: 'AWS::SSM::Parameter',
  reference: "the parameter's name",
  attributes: ['Type', 'Value'],
  properties: {
    Name: replaces(text()),
    Type: required(text('String', 'StringList')),
    Value: required(text()),
    Description: text(),
    AllowedPattern: text(),
    DataType: replaces(text()),
    Tier: text(),
    Policies: inert(text(), 'parameters do not expire'),
    Tags: mapOf(text()),
  },
};

const NOT_BY_TEMPLATE = 'set it with the S3 operation of that name';

const QUEUES_ONLY = 'events go to SQS queues only: QueueConfigurations';
const NOTIFICATIONS = record({
  QueueConfigurations: listOf(
    record({
      Event: required(text()),
      Queue: required(text()),
      Filter: record({
        S3Key: required(
          record({ Rules: required(listOf(record({ Name: required(text()), Value: required(text()) }))) }),
        ),
      }),
    }),
  ),
  EventBridgeConfiguration: refused(json(), QUEUES_ONLY),
  LambdaConfigurations: refused(json(), QUEUES_ONLY),
  TopicConfigurations: refused(json(), QUEUES_ONLY),
});

const BUCKET: ResourceType = {
  name: 'AWS::S3::Bucket',
  reference: "the bucket's name",
  attributes: ['Arn', 'DomainName', 'DualStackDomainName', 'RegionalDomainName', 'WebsiteURL'],
  properties: {
    BucketName: replaces(text()),
    VersioningConfiguration: record({ Status: required(text('Enabled', 'Suspended')) }),
    Tags: inert(TAGS, 'they are kept with the stack'),
    AccelerateConfiguration: inert(json(), 'there is one place'),
    AccessControl: inert(text(), 'the one key pair may do everything'),
    AnalyticsConfigurations: inert(json()),
    BucketEncryption: inert(json(), 'encrypt the disk'),
    CorsConfiguration: inert(json(), NOT_BY_TEMPLATE),
    IntelligentTieringConfigurations: inert(json()),
    InventoryConfigurations: inert(json()),
    LifecycleConfiguration: inert(json(), NOT_BY_TEMPLATE),
    LoggingConfiguration: inert(json()),
    MetricsConfigurations: inert(json()),
    NotificationConfiguration: NOTIFICATIONS,
    ObjectLockConfiguration: inert(json()),
    ObjectLockEnabled: inert(replaces(flag())),
    OwnershipControls: inert(json(), 'the one key pair may do everything'),
    PublicAccessBlockConfiguration: inert(json(), 'the one key pair may do everything'),
    ReplicationConfiguration: inert(json(), 'copies are kept by the store itself'),
    WebsiteConfiguration: inert(json()),
  },
};

const BUCKET_POLICY: ResourceType = {
  name: 'AWS::S3::BucketPolicy',
  reference: "the bucket's name",
  attributes: [],
  inert: 'every request is signed with the one key pair, which may do everything',
  properties: { Bucket: required(replaces(text())), PolicyDocument: required(json()) },
};

const WAIT_HANDLE: ResourceType = {
  name: 'AWS::CloudFormation::WaitConditionHandle',
  reference: 'the URL that signals are sent to with PUT',
  attributes: [],
  properties: {},
};

const WAIT_CONDITION: ResourceType = {
  name: 'AWS::CloudFormation::WaitCondition',
  reference: "the wait condition's id",
  attributes: ['Data'],
  creationPolicy: true,
  properties: {
    Count: replaces(integer(0)),
    Handle: replaces(text()),
    Timeout: replaces(integer(1, 43_200)),
  },
};

const CDK_METADATA: ResourceType = {
  name: 'AWS::CDK::Metadata',
  reference: 'an id',
  attributes: [],
  inert: 'it tells AWS which constructs of its CDK a template was made with, and nobody is told here',
  properties: { Analytics: text() },
};

const NO_NAMES = 'names are not served: reach instances at their own addresses';
const RECORD = {
  AliasTarget: json(),
  CidrRoutingConfig: json(),
  Failover: text(),
  GeoLocation: json(),
  GeoProximityLocation: json(),
  HealthCheckId: text(),
  HostedZoneId: replaces(text()),
  HostedZoneName: replaces(text()),
  MultiValueAnswer: flag(),
  Name: required(replaces(text())),
  Region: text(),
  ResourceRecords: listOf(text()),
  SetIdentifier: text(),
  TTL: text(),
  Type: required(text()),
  Weight: integer(0, 255),
};

const RECORD_SET: ResourceType = {
  name: 'AWS::Route53::RecordSet',
  reference: 'the name',
  attributes: [],
  inert: NO_NAMES,
  properties: { ...RECORD, Comment: text() },
};

const RECORD_SET_GROUP: ResourceType = {
  name: 'AWS::Route53::RecordSetGroup',
  reference: 'an id of the group',
  attributes: [],
  inert: NO_NAMES,
  properties: {
    Comment: text(),
    HostedZoneId: replaces(text()),
    HostedZoneName: replaces(text()),
    RecordSets: listOf(record(RECORD)),
  },
};

export const OTHER_TYPES: readonly ResourceType[] = [
  BUCKET,
  BUCKET_POLICY,
  CDK_METADATA,
  PARAMETER,
  RECORD_SET,
  RECORD_SET_GROUP,
  WAIT_CONDITION,
  WAIT_HANDLE,
];
