/** ReceiveMessage: what is asked for, and how a message is shown. */
import type { ReceiveMessageCommandInput } from '@aws-sdk/client-sqs';
import { AwsError, type RequestContext } from '../../../contract/service.ts';
import type { Engine } from '../engine/engine.ts';
import type { LiveQueue } from '../engine/live-queue.ts';
import { type Delivery, type ReceiveRequest, receiveMessages } from '../engine/receive-messages.ts';
import { sequenceNumberOf } from '../engine/send-messages.ts';
import { checkedRange, unknownAttribute, wrongQueueType } from '../errors.ts';
import { type MessageAttributes, md5OfAttributes } from '../message-content.ts';
import { millisecondsOf } from '../queue-attributes.ts';
import { formatReceipt } from '../receipt-handle.ts';
import { assertToken } from './outgoing.ts';
import { queueOf } from './queue-calls.ts';

const MAX_VISIBILITY_SECONDS = 43_200;
const MAX_WAIT_SECONDS = 20;

export async function receive(engine: Engine, input: ReceiveMessageCommandInput, context: RequestContext) {
  const queue = queueOf(engine, input.QueueUrl);
  const request = requestOf(queue, input, context);
  const names = systemNames(input);
  const deliveries = await receiveMessages(engine, queue, request);
  if (deliveries.length === 0 && request.waitMs === 0) assertRoom(engine, queue);
  await engine.store.durable();
  queue.traffic.received(deliveries.length);
  if (deliveries.length === 0) return {};
  const wanted = input.MessageAttributeNames ?? [];
  return { Messages: deliveries.map((delivery) => messageOf(queue, delivery, names, wanted)) };
}

function requestOf(
  queue: LiveQueue,
  input: ReceiveMessageCommandInput,
  context: RequestContext,
): ReceiveRequest {
  const most = checkedRange('MaxNumberOfMessages', input.MaxNumberOfMessages, 1, 10) ?? 1;
  const visibility = checkedRange('VisibilityTimeout', input.VisibilityTimeout, 0, MAX_VISIBILITY_SECONDS);
  const wait = checkedRange('WaitTimeSeconds', input.WaitTimeSeconds, 0, MAX_WAIT_SECONDS);
  const { ReceiveRequestAttemptId: attemptId } = input;
  if (attemptId !== undefined) {
    if (!queue.isFifo) throw wrongQueueType('ReceiveRequestAttemptId', attemptId);
    assertToken('ReceiveRequestAttemptId', attemptId);
  }
  return {
    most,
    visibilityMs:
      visibility === undefined ? millisecondsOf(queue.record, 'VisibilityTimeout') : visibility * 1_000,
    waitMs: wait === undefined ? millisecondsOf(queue.record, 'ReceiveMessageWaitTimeSeconds') : wait * 1_000,
    ...(attemptId === undefined ? {} : { attemptId }),
    ...(context.whenGone === undefined ? {} : { whenGone: context.whenGone }),
  };
}

/** Standard queues say so when too much is in flight; FIFO queues and long polls give nothing. */
function assertRoom(engine: Engine, queue: LiveQueue): void {
  if (queue.isFifo || engine.store.index(queue.number).counts.inFlight < engine.maxInFlight) return;
  throw new AwsError(
    'OverLimit',
    `Too many messages are in flight in ${queue.name}: at most ${engine.maxInFlight} are allowed; delete what has been processed.`,
  );
}

const SYSTEM_ATTRIBUTES: Readonly<
  Record<string, (queue: LiveQueue, delivery: Delivery) => string | undefined>
> = {
  ApproximateFirstReceiveTimestamp: (_queue, { firstReceivedMs }) => String(firstReceivedMs),
  ApproximateReceiveCount: (_queue, { receiveCount }) => String(receiveCount),
  AWSTraceHeader: (_queue, { head }) => head.traceHeader,
  DeadLetterQueueSourceArn: (_queue, { head }) => head.deadLetterSource,
  MessageDeduplicationId: (_queue, { head }) => head.deduplicationId,
  MessageGroupId: (_queue, { head }) => head.group,
  SenderId: (_queue, { head }) => head.sender,
  SentTimestamp: (_queue, { sentMs }) => String(sentMs),
  SequenceNumber: (queue, { seq }) => (queue.isFifo ? sequenceNumberOf(seq) : undefined),
};

function systemNames({
  AttributeNames,
  MessageSystemAttributeNames,
}: ReceiveMessageCommandInput): readonly string[] {
  const wanted: readonly string[] = [...(AttributeNames ?? []), ...(MessageSystemAttributeNames ?? [])];
  if (wanted.includes('All')) return Object.keys(SYSTEM_ATTRIBUTES);
  const unknown = wanted.find((name) => !Object.hasOwn(SYSTEM_ATTRIBUTES, name));
  if (unknown !== undefined) throw unknownAttribute(unknown);
  return wanted;
}

function messageOf(
  queue: LiveQueue,
  delivery: Delivery,
  names: readonly string[],
  wanted: readonly string[],
): object {
  const { seq, receiveCount, head, body } = delivery;
  const system = names.flatMap((name) => {
    const value = SYSTEM_ATTRIBUTES[name]!(queue, delivery);
    return value === undefined ? [] : [[name, value] as const];
  });
  const attributes = chosenAttributes(head.attributes, wanted);
  return {
    MessageId: head.id,
    ReceiptHandle: formatReceipt({ queue: queue.number, seq, receiveCount }),
    MD5OfBody: head.md5,
    Body: body.toString('utf8'),
    ...(system.length === 0 ? {} : { Attributes: Object.fromEntries(system) }),
    ...(attributes === undefined
      ? {}
      : { MessageAttributes: attributes, MD5OfMessageAttributes: md5OfAttributes(attributes) }),
  };
}

/** By names, by `prefix.*`, or all by `All` or `.*`. */
function chosenAttributes(
  attributes: MessageAttributes | undefined,
  wanted: readonly string[],
): MessageAttributes | undefined {
  if (attributes === undefined || wanted.length === 0) return undefined;
  const isWanted = (name: string): boolean =>
    wanted.some(
      (pattern) =>
        pattern === 'All' ||
        pattern === name ||
        (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2))),
    );
  const chosen = Object.entries(attributes).filter(([name]) => isWanted(name));
  return chosen.length === 0 ? undefined : Object.fromEntries(chosen);
}
