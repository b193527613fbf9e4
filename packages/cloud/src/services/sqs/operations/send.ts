/** SendMessage and SendMessageBatch. */
import type {
  SendMessageBatchCommandInput,
  SendMessageBatchResultEntry,
  SendMessageCommandInput,
} from '@aws-sdk/client-sqs';
import { AwsError, type RequestContext } from '../../../contract/service.ts';
import type { Engine } from '../engine/engine.ts';
import type { LiveQueue } from '../engine/live-queue.ts';
import { type OutgoingMessage, sendMessage, sequenceNumberOf } from '../engine/send-messages.ts';
import { md5OfAttributes } from '../message-content.ts';
import { MAX_MESSAGE_BYTES } from '../queue-attributes.ts';
import { runBatch } from './batches.ts';
import { type OutgoingInput, outgoingOf } from './outgoing.ts';
import { queueOf } from './queue-calls.ts';

type Sent = Omit<SendMessageBatchResultEntry, 'Id'>;

export async function send(engine: Engine, input: SendMessageCommandInput, context: RequestContext) {
  const queue = queueOf(engine, input.QueueUrl);
  const { MD5OfMessageBody, ...sent } = sentOf(engine, queue, outgoingOf(queue, input, context));
  await engine.store.durable();
  // In the order of the model, which the answers of the query protocol keep.
  return { MD5OfMessageBody, ...sent };
}

export async function sendBatch(
  engine: Engine,
  { QueueUrl, Entries }: SendMessageBatchCommandInput,
  context: RequestContext,
) {
  const queue = queueOf(engine, QueueUrl);
  assertTotal(Entries ?? []);
  const answer = runBatch(Entries, (entry) => sentOf(engine, queue, outgoingOf(queue, entry, context)));
  await engine.store.durable();
  return answer;
}

function sentOf(engine: Engine, queue: LiveQueue, message: OutgoingMessage): Sent {
  const { id, seq } = sendMessage(engine, queue, message);
  const { md5, attributes, traceHeader } = message.head;
  const trace = { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader ?? '' } };
  return {
    MessageId: id,
    MD5OfMessageBody: md5,
    ...(attributes === undefined ? {} : { MD5OfMessageAttributes: md5OfAttributes(attributes) }),
    ...(traceHeader === undefined ? {} : { MD5OfMessageSystemAttributes: md5OfAttributes(trace) }),
    ...(queue.isFifo ? { SequenceNumber: sequenceNumberOf(seq) } : {}),
  };
}

function assertTotal(entries: readonly OutgoingInput[]): void {
  let bytes = 0;
  for (const { MessageBody, MessageAttributes } of entries) {
    bytes += Buffer.byteLength(MessageBody ?? '');
    for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(MessageAttributes ?? {})) {
      bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType ?? '');
      bytes += BinaryValue?.length ?? Buffer.byteLength(StringValue ?? '');
    }
  }
  if (bytes <= MAX_MESSAGE_BYTES) return;
  throw new AwsError(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${MAX_MESSAGE_BYTES} bytes. You have sent ${bytes} bytes.`,
  );
}
