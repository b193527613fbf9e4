/** Publishing: to queues before the publisher is answered, to endpoints of HTTP from records. */
import type { MessageAttributeValue, PublishBatchInput, PublishInput } from '@aws-sdk/client-sns';
import { messageOf } from '@crescendo/base';
import { AwsError } from '../../contract/service.ts';
import { invalidParameter } from './errors.ts';
import { passes } from './filter-policy.ts';
import { recordDelivery } from './http-delivery.ts';
import { notificationBody, type OutgoingMessage, textFor } from './message-bodies.ts';
import { type Operations, type SnsWorld, uuid } from './sns-world.ts';
import type { SubscriptionRecord } from './topic-records.ts';
import { findTopic } from './topics.ts';

const MOST_BYTES = 262_144;
const MOST_IN_A_BATCH = 10;

export function publishOperations(world: SnsWorld): Operations {
  return {
    Publish: (input: PublishInput) => publish(world, input),
    PublishBatch: (input: PublishBatchInput) => publishBatch(world, input),
  };
}

type Entry = Pick<PublishInput, 'Message' | 'Subject' | 'MessageStructure' | 'MessageAttributes'>;

export async function publish(world: SnsWorld, input: PublishInput): Promise<{ MessageId: string }> {
  if (input.PhoneNumber !== undefined)
    throw invalidParameter('PhoneNumber Reason: messages to telephones are not done by this cloud');
  const topic = findTopic(world, input.TopicArn ?? input.TargetArn);
  return { MessageId: await send(world, topic.arn, input) };
}

async function publishBatch(world: SnsWorld, input: PublishBatchInput): Promise<object> {
  const topic = findTopic(world, input.TopicArn);
  const entries = input.PublishBatchRequestEntries ?? [];
  if (entries.length === 0)
    throw new AwsError('EmptyBatchRequest', 'The batch request does not contain any entries.');
  if (entries.length > MOST_IN_A_BATCH)
    throw new AwsError('TooManyEntriesInBatchRequest', `A batch has at most ${MOST_IN_A_BATCH} entries.`);
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw new AwsError('BatchEntryIdsNotDistinct', 'Two or more entries of the batch have the same Id.');
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const { Id, ...entry } of entries) {
    try {
      Successful.push({ Id, MessageId: await send(world, topic.arn, entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
}

async function send(world: SnsWorld, topicArn: string, entry: Entry): Promise<string> {
  const message = messageFrom(world, entry);
  const takers = world.state.subscriptionsOf(topicArn).filter((one) => one.confirmed && wants(one, message));
  await Promise.all(takers.map((one) => sendTo(world, one, message)));
  return message.id;
}

function messageFrom(world: SnsWorld, entry: Entry): OutgoingMessage {
  const { Message: text = '', Subject: subject, MessageAttributes: attributes = {} } = entry;
  if (text === '') throw invalidParameter('Empty message');
  if (Buffer.byteLength(text) > MOST_BYTES)
    throw invalidParameter(
      `Message too long: it has ${Buffer.byteLength(text)} bytes, ${MOST_BYTES} are allowed`,
    );
  if (subject !== undefined && !/^[\x20-\x7e]{1,100}$/.test(subject))
    throw invalidParameter('Subject Reason: it has 1 to 100 printable characters of ASCII');
  attributeValues(attributes);
  const texts = entry.MessageStructure === 'json' ? textsByProtocol(text) : { default: text };
  return { id: uuid(world.ports.random), subject, texts, attributes };
}

function textsByProtocol(text: string): Record<string, string> {
  try {
    const texts = JSON.parse(text) as Record<string, unknown>;
    if (typeof texts['default'] === 'string') {
      const all = Object.entries(texts).filter(([, value]) => typeof value === 'string');
      return Object.fromEntries(all) as Record<string, string>;
    }
  } catch {
    throw invalidParameter('Message Structure - JSON message body failed to parse');
  }
  throw invalidParameter('Message Structure - No default entry in JSON message body');
}

function wants(subscription: SubscriptionRecord, message: OutgoingMessage): boolean {
  const { FilterPolicy: policy, FilterPolicyScope: scope } = subscription.attributes;
  if (policy === undefined) return true;
  if (scope !== 'MessageBody') return passes(policy, attributeValues(message.attributes));
  try {
    const body: unknown = JSON.parse(textFor(message, subscription));
    return typeof body === 'object' && body !== null && passes(policy, body as Record<string, unknown>);
  } catch {
    return false; // What is no JSON matches no policy over bodies.
  }
}

function attributeValues(attributes: OutgoingMessage['attributes']): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, valueIn(name, value)]));
}

/** As filter policies compare it. Throws when it is not what its type says. */
function valueIn(name: string, { DataType, StringValue = '', BinaryValue }: MessageAttributeValue): unknown {
  const wrong = (): Error =>
    invalidParameter(
      `The message attribute '${name}' must have a type (String, String.Array, Number or Binary) and a value of it`,
    );
  switch (DataType) {
    case 'String':
      if (StringValue === '') throw wrong();
      return StringValue;
    case 'Number':
      if (StringValue === '' || Number.isNaN(Number(StringValue))) throw wrong();
      return Number(StringValue);
    case 'Binary':
      if (BinaryValue === undefined) throw wrong();
      return undefined; // No policy sees it.
    case 'String.Array':
      return listIn(StringValue) ?? throwing(wrong());
    default:
      throw wrong();
  }
}

function listIn(text: string): unknown[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : undefined;
  } catch {
    return undefined;
  }
}

function throwing(error: Error): never {
  throw error;
}

async function sendTo(
  world: SnsWorld,
  subscription: SubscriptionRecord,
  message: OutgoingMessage,
): Promise<void> {
  const isRaw = subscription.attributes['RawMessageDelivery'] === 'true';
  const body = isRaw ? textFor(message, subscription) : notificationBody(world, message, subscription);
  if (subscription.protocol !== 'sqs') {
    recordDelivery(world, subscription, 'Notification', message.id, body);
    return;
  }
  try {
    await sendToQueue(world, subscription.endpoint, body, isRaw ? message.attributes : {});
  } catch (error) {
    world.ports.log?.(`a message to ${subscription.endpoint} was not taken: ${messageOf(error)}`);
    await toDeadLetters(world, subscription, body);
  }
}

export async function sendToQueue(
  { ports }: SnsWorld,
  queueArn: string,
  MessageBody: string,
  MessageAttributes: OutgoingMessage['attributes'] = {},
): Promise<void> {
  const [, , , , QueueOwnerAWSAccountId, QueueName] = queueArn.split(':');
  const { QueueUrl } = await ports.services.call<{ QueueUrl: string }>('sqs', 'GetQueueUrl', {
    QueueName,
    QueueOwnerAWSAccountId,
  });
  await ports.services.call('sqs', 'SendMessage', { QueueUrl, MessageBody, MessageAttributes });
}

/** To the queue that the subscription names for what cannot be delivered, if any. */
export async function toDeadLetters(
  world: SnsWorld,
  { attributes }: SubscriptionRecord,
  body: string,
): Promise<void> {
  const policy = attributes['RedrivePolicy'];
  if (policy === undefined) return;
  try {
    const { deadLetterTargetArn } = JSON.parse(policy) as { deadLetterTargetArn?: string };
    if (deadLetterTargetArn !== undefined) await sendToQueue(world, deadLetterTargetArn, body);
  } catch (error) {
    world.ports.log?.(`the queue for dead letters took nothing: ${messageOf(error)}`);
  }
}
