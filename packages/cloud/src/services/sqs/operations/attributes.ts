/** What a queue is told, and what it tells of itself. */
import type { GetQueueAttributesCommandInput, SetQueueAttributesCommandInput } from '@aws-sdk/client-sqs';
import type { Engine } from '../engine/engine.ts';
import type { LiveQueue } from '../engine/live-queue.ts';
import { unknownAttribute } from '../errors.ts';
import { DEFAULTS, FIFO_DEFAULTS, type QueueFinder, withAttributes } from '../queue-attributes.ts';
import { arnOf, type QueueAttributes } from '../queue-record.ts';
import { queueOf } from './queue-calls.ts';

export function finderOf(engine: Engine): QueueFinder {
  return { ...engine.place, find: (name) => engine.queues.find(name)?.record };
}

export function setQueueAttributes(engine: Engine, input: SetQueueAttributesCommandInput): void {
  const queue = queueOf(engine, input.QueueUrl);
  const changes = { ...(input.Attributes as QueueAttributes | undefined) };
  if (changes['FifoQueue'] !== undefined) throw unknownAttribute('FifoQueue');
  const attributes = withAttributes(queue.record, changes, finderOf(engine));
  engine.queues.change(queue, { attributes, modifiedMs: engine.clock.wallMs() });
}

export function getQueueAttributes(engine: Engine, input: GetQueueAttributesCommandInput) {
  const queue = queueOf(engine, input.QueueUrl);
  const wanted: readonly string[] = input.AttributeNames ?? [];
  if (wanted.length === 0) return {};
  const all = attributesOf(engine, queue);
  const unknown = wanted.find((name) => name !== 'All' && !KNOWN.has(name));
  if (unknown !== undefined) throw unknownAttribute(unknown);
  const names = wanted.includes('All') ? Object.keys(all) : wanted;
  return {
    Attributes: Object.fromEntries(names.filter((name) => name in all).map((name) => [name, all[name]])),
  };
}

const KNOWN: ReadonlySet<string> = new Set([
  ...Object.keys(DEFAULTS),
  ...Object.keys(FIFO_DEFAULTS),
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
  'CreatedTimestamp',
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'LastModifiedTimestamp',
  'Policy',
  'QueueArn',
  'RedriveAllowPolicy',
  'RedrivePolicy',
]);

function attributesOf(engine: Engine, queue: LiveQueue): QueueAttributes {
  const { record } = queue;
  const index = engine.store.index(queue.number);
  index.advance(engine.clock.wallMs());
  const { ready, delayed, inFlight } = index.counts;
  const encrypted = record.attributes['KmsMasterKeyId'] !== undefined;
  return {
    ...DEFAULTS,
    ...(queue.isFifo ? FIFO_DEFAULTS : {}),
    ...(encrypted ? { KmsDataKeyReusePeriodSeconds: '300', SqsManagedSseEnabled: 'false' } : {}),
    ...record.attributes,
    ApproximateNumberOfMessages: String(ready),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    CreatedTimestamp: seconds(record.createdMs),
    LastModifiedTimestamp: seconds(record.modifiedMs),
    QueueArn: arnOf(engine.place, queue.name),
  };
}

function seconds(ms: number): string {
  return String(Math.floor(ms / 1_000));
}
