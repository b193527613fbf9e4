/**
 * What a virtual cloud does about resources that its groups only name: queues, tables and buckets get the names, ARNs and URLs that AWS
 * gives them, and nothing lies behind. Who simulates their load publishes their metrics.
 */

import { inertHandler, textIn } from '../services/cloudformation/resources/handler-tools.ts';
import { HANDLERS } from '../services/cloudformation/resources/handlers.ts';
import type { ResourceHandler } from '../services/cloudformation/resources/resource-handler.ts';

/** A queue of the template: its name and properties as they stand there, worked out. */
export interface VirtualQueue {
  readonly name: string;
  readonly logicalId: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

function queueHandler(tell: (queue: VirtualQueue) => void): ResourceHandler {
  const handler = inertHandler(
    'AWS::SQS::Queue',
    ({ properties, name }, step) => {
      const suffix = properties['FifoQueue'] === true ? '.fifo' : '';
      const own = textIn(properties, 'QueueName') ?? `${name(80 - suffix.length)}${suffix}`;
      return `https://sqs.${step.region}.amazonaws.com/${step.accountId}/${own}`;
    },
    (url, _properties, step) => {
      const own = nameOf(url);
      return { Arn: `arn:aws:sqs:${step.region}:${step.accountId}:${own}`, QueueName: own, QueueUrl: url };
    },
  );
  return {
    ...handler,
    create: async (request, step) => {
      const made = await handler.create(request, step);
      const { logicalId } = step;
      tell({ name: nameOf(made.physicalId), logicalId, properties: request.properties });
      return made;
    },
  };
}

function nameOf(url: string): string {
  return url.split('/').at(-1) ?? '';
}

const table = inertHandler(
  'AWS::DynamoDB::Table',
  ({ properties, name }) => textIn(properties, 'TableName') ?? name(255),
  (own, _properties, step) => {
    const arn = `arn:aws:dynamodb:${step.region}:${step.accountId}:table/${own}`;
    return { Arn: arn, StreamArn: `${arn}/stream/2026-01-01T00:00:00.000` };
  },
);

const bucket = inertHandler(
  'AWS::S3::Bucket',
  ({ properties, name }) => textIn(properties, 'BucketName') ?? name(63).toLowerCase(),
  (own, _properties, step) => ({
    Arn: `arn:aws:s3:::${own}`,
    DomainName: `${own}.s3.amazonaws.com`,
    DualStackDomainName: `${own}.s3.dualstack.${step.region}.amazonaws.com`,
    RegionalDomainName: `${own}.s3.${step.region}.amazonaws.com`,
    WebsiteURL: `http://${own}.s3-website-${step.region}.amazonaws.com`,
  }),
);

const queuePolicy = inertHandler('AWS::SQS::QueuePolicy', ({ name }) => name());

/** Those of the cloud, but for what lies outside a virtual one; told of each queue that is made. */
export function virtualHandlers(
  onQueue: (queue: VirtualQueue) => void,
): ReadonlyMap<string, ResourceHandler> {
  const own = [queueHandler(onQueue), queuePolicy, table, bucket];
  return new Map([...HANDLERS, ...own.map((handler) => [handler.type, handler] as const)]);
}
