import {
  flag,
  inert,
  integer,
  json,
  listOf,
  record,
  refused,
  replaces,
  required,
  TAGS,
  text,
} from '../property-shape.ts';
import type { ResourceType } from './resource-type.ts';

const KEY_SCHEMA = listOf(
  record({ AttributeName: required(text()), KeyType: required(text('HASH', 'RANGE')) }),
);
const PROJECTION = record({
  ProjectionType: text('ALL', 'KEYS_ONLY', 'INCLUDE'),
  NonKeyAttributes: listOf(text()),
});
const THROUGHPUT = record({
  ReadCapacityUnits: required(integer(1)),
  WriteCapacityUnits: required(integer(1)),
});
const NO_THROTTLE = 'nothing is throttled';
const NO_INSIGHTS = 'there are no insights';

const TABLE: ResourceType = {
  name: 'AWS::DynamoDB::Table',
  reference: "the table's name",
  attributes: ['Arn', 'StreamArn'],
  properties: {
    AttributeDefinitions: listOf(
      record({ AttributeName: required(text()), AttributeType: required(text('S', 'N', 'B')) }),
    ),
    BillingMode: text('PROVISIONED', 'PAY_PER_REQUEST'),
    ContributorInsightsSpecification: inert(json(), NO_INSIGHTS),
    DeletionProtectionEnabled: flag(),
    GlobalSecondaryIndexes: listOf(
      record({
        IndexName: required(text()),
        KeySchema: required(KEY_SCHEMA),
        Projection: required(PROJECTION),
        ProvisionedThroughput: THROUGHPUT,
        ContributorInsightsSpecification: inert(json(), NO_INSIGHTS),
        OnDemandThroughput: inert(json(), NO_THROTTLE),
        WarmThroughput: inert(json(), NO_THROTTLE),
      }),
    ),
    ImportSourceSpecification: refused(
      json(),
      'tables are not filled from a bucket here: write the items after the table is made',
    ),
    KeySchema: required(replaces(KEY_SCHEMA)),
    KinesisStreamSpecification: inert(json(), 'there is no Kinesis here'),
    LocalSecondaryIndexes: replaces(
      listOf(
        record({
          IndexName: required(text()),
          KeySchema: required(KEY_SCHEMA),
          Projection: required(PROJECTION),
        }),
      ),
    ),
    OnDemandThroughput: inert(json(), NO_THROTTLE),
    PointInTimeRecoverySpecification: record({
      PointInTimeRecoveryEnabled: flag(),
      RecoveryPeriodInDays: inert(integer(1, 35), 'there are no backups'),
    }),
    ProvisionedThroughput: THROUGHPUT,
    ResourcePolicy: inert(json(), 'the one key pair may do everything'),
    SSESpecification: record({
      SSEEnabled: required(flag()),
      SSEType: text(),
      KMSMasterKeyId: inert(text(), 'encrypt the disk'),
    }),
    StreamSpecification: record({
      StreamViewType: required(text('NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY')),
      ResourcePolicy: inert(json(), 'the one key pair may do everything'),
    }),
    TableClass: text('STANDARD', 'STANDARD_INFREQUENT_ACCESS'),
    TableName: replaces(text()),
    Tags: TAGS,
    TimeToLiveSpecification: record({ AttributeName: text(), Enabled: required(flag()) }),
    WarmThroughput: inert(json(), NO_THROTTLE),
  },
};

export const DYNAMODB_TYPES: readonly ResourceType[] = [TABLE];
