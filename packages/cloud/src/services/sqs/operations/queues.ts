/** Queues are made, found, listed, emptied and deleted. */
import type {
  CreateQueueCommandInput,
  DeleteQueueCommandInput,
  GetQueueUrlCommandInput,
  ListDeadLetterSourceQueuesCommandInput,
  ListQueuesCommandInput,
  PurgeQueueCommandInput,
} from '@aws-sdk/client-sqs';
import { AwsError, type RequestContext } from '../../../contract/service.ts';
import type { Engine } from '../engine/engine.ts';
import type { LiveQueue } from '../engine/live-queue.ts';
import { dismissReceivers } from '../engine/receive-messages.ts';
import { invalidParameter, missingParameter, noSuchQueue, unknownAttribute } from '../errors.ts';
import { attributeOf, redrivePolicyOf, withAttributes } from '../queue-attributes.ts';
import { arnOf, assertName, type QueueAttributes } from '../queue-record.ts';
import { finderOf } from './attributes.ts';
import { pageOf } from './paging.ts';
import { queueOf, urlOf } from './queue-calls.ts';
import { checkedTags } from './tags.ts';

const PURGE_PAUSE_MS = 60_000;

/** A queue that exists is answered when all given attributes are as they are. */
export function createQueue(
  engine: Engine,
  { QueueName, Attributes, tags }: CreateQueueCommandInput,
  context: RequestContext,
) {
  const name = QueueName ?? '';
  const given: Record<string, string> = { ...(Attributes as QueueAttributes | undefined) };
  if (name === '') throw missingParameter('QueueName');
  const fifo = given['FifoQueue']?.toLowerCase();
  if (fifo === 'false') throw unknownAttribute('FifoQueue');
  assertName(name, fifo === 'true' || name.endsWith('.fifo'));
  if (name.endsWith('.fifo') && fifo !== 'true') {
    throw invalidParameter(
      'QueueName',
      name,
      'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length; a FIFO queue needs the attribute FifoQueue with the value true',
    );
  }
  const nowMs = engine.clock.wallMs();
  const known = engine.queues.find(name);
  const attributes = withAttributes({ name, attributes: {} }, given, finderOf(engine));
  if (known !== undefined) assertSame(known, attributes);
  else {
    const record = {
      name,
      attributes,
      tags: checkedTags({}, tags ?? {}, context),
      createdMs: nowMs,
      modifiedMs: nowMs,
    };
    engine.store.addQueue(engine.queues.create(record));
  }
  return { QueueUrl: urlOf(engine, name) };
}

function assertSame({ record }: LiveQueue, attributes: QueueAttributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (attributeOf(record, name) === value) continue;
    throw new AwsError(
      'QueueNameExists',
      `A queue already exists with the same name and a different value for attribute ${name}`,
    );
  }
}

export function deleteQueue(engine: Engine, { QueueUrl }: DeleteQueueCommandInput): void {
  const queue = queueOf(engine, QueueUrl);
  dismissReceivers(queue);
  engine.queues.delete(queue);
  engine.store.dropQueue(queue.number);
}

export function getQueueUrl(engine: Engine, input: GetQueueUrlCommandInput) {
  const { QueueName, QueueOwnerAWSAccountId: owner } = input;
  if (QueueName === undefined || QueueName === '') throw missingParameter('QueueName');
  if (owner !== undefined && owner !== engine.place.accountId) throw noSuchQueue();
  return { QueueUrl: urlOf(engine, engine.queues.get(QueueName).name) };
}

export function listQueues(engine: Engine, input: ListQueuesCommandInput) {
  const names = engine.queues.all(input.QueueNamePrefix ?? '').map(({ name }) => name);
  const { items, nextToken } = pageOf(names, input);
  return {
    QueueUrls: items.map((name) => urlOf(engine, name)),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

export function listDeadLetterSourceQueues(engine: Engine, input: ListDeadLetterSourceQueuesCommandInput) {
  const queue = queueOf(engine, input.QueueUrl);
  const { items, nextToken } = pageOf(sourcesOf(engine, queue), input);
  return {
    queueUrls: items.map((name) => urlOf(engine, name)),
    ...(nextToken === undefined ? {} : { NextToken: nextToken }),
  };
}

/** Names of the queues whose dead letters it takes. */
export function sourcesOf(engine: Engine, { name }: LiveQueue): string[] {
  const arn = arnOf(engine.place, name);
  return engine.queues
    .all()
    .filter(({ record }) => redrivePolicyOf(record)?.deadLetterTargetArn === arn)
    .map((source) => source.name);
}

export async function purgeQueue(engine: Engine, { QueueUrl }: PurgeQueueCommandInput): Promise<void> {
  const queue = queueOf(engine, QueueUrl);
  const nowMs = engine.clock.wallMs();
  const { purgedMs } = queue.record;
  if (purgedMs !== undefined && nowMs - purgedMs < PURGE_PAUSE_MS) {
    throw new AwsError(
      'PurgeQueueInProgress',
      `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`,
    );
  }
  engine.store.purge(queue.number);
  engine.queues.change(queue, { purgedMs: nowMs });
  await engine.store.durable();
}
