/** Topics of SNS, their subscriptions and policies. */
import {
  flag,
  inert,
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

const NO_FIFO = 'FIFO topics are not done by this cloud';

const TOPIC: ResourceType = {
  name: 'AWS::SNS::Topic',
  reference: "the topic's ARN",
  attributes: ['TopicArn', 'TopicName'],
  properties: {
    TopicName: replaces(text()),
    DisplayName: text(),
    FifoTopic: refused(replaces(flag()), NO_FIFO),
    ContentBasedDeduplication: refused(flag(), NO_FIFO),
    FifoThroughputScope: refused(text(), NO_FIFO),
    ArchivePolicy: refused(json(), NO_FIFO),
    KmsMasterKeyId: inert(text(), 'encrypt the disk'),
    Subscription: listOf(record({ Endpoint: required(text()), Protocol: required(text()) })),
    Tags: TAGS,
    DataProtectionPolicy: inert(json()),
    DeliveryStatusLogging: inert(json()),
    SignatureVersion: inert(text(), 'messages are not signed'),
    TracingConfig: inert(text()),
  },
};

const SUBSCRIPTION: ResourceType = {
  name: 'AWS::SNS::Subscription',
  reference: "the subscription's ARN",
  attributes: ['Arn'],
  properties: {
    TopicArn: required(replaces(text())),
    Protocol: required(replaces(text())),
    Endpoint: replaces(text()),
    DeliveryPolicy: inert(json(), 'the default policy counts'),
    FilterPolicy: json(),
    FilterPolicyScope: text('MessageAttributes', 'MessageBody'),
    RawMessageDelivery: flag(),
    RedrivePolicy: json(),
    Region: inert(text(), 'there is one region'),
    ReplayPolicy: refused(json(), NO_FIFO),
    SubscriptionRoleArn: inert(text(), 'there are no roles'),
  },
};

const TOPIC_POLICY: ResourceType = {
  name: 'AWS::SNS::TopicPolicy',
  reference: 'an id of the policy',
  attributes: ['Id'],
  inert: 'every request is signed with the one key pair, which may do everything',
  properties: { PolicyDocument: required(json()), Topics: required(listOf(text())) },
};

export const SNS_TYPES: readonly ResourceType[] = [SUBSCRIPTION, TOPIC, TOPIC_POLICY];
