/** What a client sends, held against AWS's rules for messages. */

import { createHash } from 'node:crypto';
import type { SendMessageCommandInput } from '@aws-sdk/client-sqs';
import { AwsError, type RequestContext } from '../../../contract/service.ts';
import type { LiveQueue } from '../engine/live-queue.ts';
import type { OutgoingMessage } from '../engine/send-messages.ts';
import { checkedRange, invalidParameter, missingParameter, wrongQueueType } from '../errors.ts';
import { type MessageAttribute, type MessageAttributes, md5Of } from '../message-content.ts';
import { attributeOf } from '../queue-attributes.ts';

export type OutgoingInput = Omit<SendMessageCommandInput, 'QueueUrl'>;

const MAX_ATTRIBUTES = 10;
const MAX_DELAY_SECONDS = 900;
/** What XML 1.0 can write. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that are meant
const NOT_ALLOWED = /[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const TOKEN = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

export function outgoingOf(queue: LiveQueue, input: OutgoingInput, context: RequestContext): OutgoingMessage {
  const body = bodyOf(input);
  const attributes = checkedAttributes(input.MessageAttributes);
  const sizeBytes = body.length + (attributes === undefined ? 0 : bytesOf(attributes));
  const limit = Number(attributeOf(queue.record, 'MaximumMessageSize'));
  if (sizeBytes > limit) {
    throw new AwsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes; it has ${sizeBytes}.`,
    );
  }
  const traceHeader = traceHeaderOf(input);
  return {
    body,
    sizeBytes,
    delayMs: delayOf(queue, input.DelaySeconds) * 1_000,
    head: {
      md5: md5Of(body),
      sender: context.accessKeyId,
      ...(attributes === undefined ? {} : { attributes }),
      ...(traceHeader === undefined ? {} : { traceHeader }),
      ...orderingOf(queue, input, body),
    },
  };
}

function bodyOf({ MessageBody }: OutgoingInput): Buffer {
  if (MessageBody === undefined || MessageBody === '') throw missingParameter('MessageBody');
  if (NOT_ALLOWED.test(MessageBody))
    throw invalidContents(
      'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
    );
  return Buffer.from(MessageBody);
}

function invalidContents(message: string): AwsError {
  return new AwsError('InvalidMessageContents', message);
}

function delayOf(queue: LiveQueue, seconds: number | undefined): number {
  if (queue.isFifo && seconds !== undefined && seconds !== 0) throw wrongQueueType('DelaySeconds', seconds);
  const own = queue.isFifo ? undefined : checkedRange('DelaySeconds', seconds, 0, MAX_DELAY_SECONDS);
  return own ?? Number(attributeOf(queue.record, 'DelaySeconds'));
}

/** Group and deduplication id. Standard queues take a group too, for fairness among tenants, which has no effect here. */
function orderingOf(
  queue: LiveQueue,
  { MessageGroupId: group, MessageDeduplicationId: given }: OutgoingInput,
  body: Buffer,
): { readonly group?: string; readonly deduplicationId?: string } {
  if (group !== undefined) assertToken('MessageGroupId', group);
  if (!queue.isFifo) {
    if (given !== undefined) throw wrongQueueType('MessageDeduplicationId', given);
    return group === undefined ? {} : { group };
  }
  if (group === undefined) throw missingParameter('MessageGroupId');
  if (given !== undefined) assertToken('MessageDeduplicationId', given);
  const byContent = attributeOf(queue.record, 'ContentBasedDeduplication') === 'true';
  if (given === undefined && !byContent) {
    throw invalidParameter(
      'MessageDeduplicationId',
      '',
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }
  return { group, deduplicationId: given ?? createHash('sha256').update(body).digest('hex') };
}

export function assertToken(name: string, value: string): void {
  if (TOKEN.test(value)) return;
  throw invalidParameter(
    name,
    value,
    `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length`,
  );
}

function traceHeaderOf({ MessageSystemAttributes }: OutgoingInput): string | undefined {
  for (const [name, { DataType, StringValue }] of Object.entries(MessageSystemAttributes ?? {})) {
    if (name !== 'AWSTraceHeader')
      throw invalidParameter('MessageSystemAttributes', name, 'Only AWSTraceHeader is allowed');
    if (DataType !== 'String' || StringValue === undefined || StringValue === '')
      throw invalidParameter(name, DataType ?? '', 'It must be a String with a value');
    return StringValue;
  }
  return undefined;
}

function checkedAttributes(given: OutgoingInput['MessageAttributes']): MessageAttributes | undefined {
  const entries = Object.entries(given ?? {});
  if (entries.length === 0) return undefined;
  if (entries.length > MAX_ATTRIBUTES) {
    throw new AwsError(
      'InvalidParameterValue',
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`,
    );
  }
  return Object.fromEntries(entries.map(([name, value]) => [name, checkedAttribute(name, value)]));
}

type GivenAttribute = NonNullable<OutgoingInput['MessageAttributes']>[string];

function checkedAttribute(
  name: string,
  { DataType, StringValue, BinaryValue }: GivenAttribute,
): MessageAttribute {
  const bad = (reason: string): AwsError => new AwsError('InvalidParameterValue', reason);
  if (!/^[A-Za-z0-9_\-.]{1,256}$/.test(name) || /^\.|\.\.|\.$|^(aws|amazon)\./i.test(name)) {
    throw bad(
      `The message attribute name '${name.slice(0, 300)}' is not valid: 1 to 256 letters, digits, _, - and single dots inside, not beginning with AWS. or Amazon.`,
    );
  }
  const type = /^(String|Number|Binary)(\..+)?$/.exec(DataType ?? '')?.[1];
  if (type === undefined || DataType!.length > 256) {
    throw bad(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  }
  if (type === 'Binary') {
    if (BinaryValue === undefined || BinaryValue.length === 0)
      throw bad(
        `The message attribute '${name}' must contain a non-empty message attribute value of type Binary.`,
      );
    return { DataType: DataType!, BinaryValue };
  }
  if (StringValue === undefined || StringValue === '')
    throw bad(
      `The message attribute '${name}' must contain a non-empty message attribute value of type String.`,
    );
  if (NOT_ALLOWED.test(StringValue))
    throw invalidContents(`The message attribute '${name}' has characters that are not allowed`);
  if (type === 'Number' && !isNumber(StringValue))
    throw bad(`Can't cast the value of message attribute '${name}' to a number.`);
  return { DataType: DataType!, StringValue };
}

/** Up to 38 digits of precision, from 1e-128 to 1e126. */
function isNumber(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) && Math.abs(Number(text)) < 1e127;
}

function bytesOf(attributes: MessageAttributes): number {
  let bytes = 0;
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(DataType);
    bytes += BinaryValue?.length ?? Buffer.byteLength(StringValue ?? '');
  }
  return bytes;
}
