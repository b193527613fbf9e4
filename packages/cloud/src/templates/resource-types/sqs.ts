import { flag, inert, integer, json, listOf, replaces, required, TAGS, text } from '../property-shape.ts';
import type { ResourceType } from './resource-type.ts';

const NOT_ENCRYPTED = 'messages are not encrypted';

const QUEUE: ResourceType = {
  name: 'AWS::SQS::Queue',
  reference: "the queue's URL",
  attributes: ['Arn', 'QueueName', 'QueueUrl'],
  properties: {
    QueueName: replaces(text()),
    FifoQueue: replaces(flag()),
    ContentBasedDeduplication: flag(),
    DeduplicationScope: text('messageGroup', 'queue'),
    DelaySeconds: integer(0, 900),
    FifoThroughputLimit: inert(text('perQueue', 'perMessageGroupId'), 'throughput is not limited'),
    KmsDataKeyReusePeriodSeconds: inert(integer(60, 86_400), NOT_ENCRYPTED),
    KmsMasterKeyId: inert(text(), NOT_ENCRYPTED),
    MaximumMessageSize: integer(1_024, 1_048_576),
    MessageRetentionPeriod: integer(60, 1_209_600),
    ReceiveMessageWaitTimeSeconds: integer(0, 20),
    RedriveAllowPolicy: json(),
    RedrivePolicy: json(),
    SqsManagedSseEnabled: inert(flag(), NOT_ENCRYPTED),
    Tags: TAGS,
    VisibilityTimeout: integer(0, 43_200),
  },
};

const QUEUE_POLICY: ResourceType = {
  name: 'AWS::SQS::QueuePolicy',
  reference: "the policy's id",
  attributes: ['Id'],
  inert:
    'the policy stands in the attributes of its queues, and every request is signed with the one key pair, which may do everything',
  properties: { PolicyDocument: required(json()), Queues: required(listOf(text())) },
};

export const SQS_TYPES: readonly ResourceType[] = [QUEUE, QUEUE_POLICY];
