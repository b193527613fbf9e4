import { randomUUID } from 'node:crypto';
import {
  notificationDocument,
  type PutBucketNotificationConfiguration,
  parseNotificationRequest,
  S3Error,
  testEventMessage,
} from '@crescendo/s3';
import { refusalOf } from '../../events/sqs-queues.ts';
import type { DoorContext } from './door-context.ts';
import type { Exchange } from './exchange.ts';
import { declareBody, readDocument } from './request-body.ts';

const MAX_CONFIGURATION_BYTES = 512 * 1024;
const NO_WAY =
  'This store has no way to queues: set AWS_ENDPOINT_URL_SQS (or AWS_ENDPOINT_URL) and credentials where its nodes and this door are started';

export async function getNotifications(
  context: DoorContext,
  exchange: Exchange,
  bucket: string,
): Promise<void> {
  exchange.replyXml(notificationDocument(await context.store.getEventRules(bucket)));
}

/** Queues that the bucket did not have before are sent a test event, unless the client wants them taken at their word. */
export async function putNotifications(
  context: DoorContext,
  exchange: Exchange,
  { bucket, skipsValidation }: PutBucketNotificationConfiguration,
): Promise<void> {
  const text = await readDocument(exchange, declareBody(exchange), context.reading, MAX_CONFIGURATION_BYTES);
  const rules = parseNotificationRequest(text, randomUUID);
  const standing = await context.store.getEventRules(bucket);
  if (!skipsValidation) {
    const known = new Set(standing.map(({ destination }) => destination));
    const queues = new Set(rules.map(({ destination }) => destination).filter((queue) => !known.has(queue)));
    const message = testEventMessage(bucket, exchange.requestId, Date.now());
    for (const queue of queues) await validate(context, queue, message);
  }
  await context.store.putEventRules(bucket, rules);
  exchange.reply(200, ['content-length', 0]);
}

async function validate({ queues }: DoorContext, queue: string, message: string): Promise<void> {
  if (queues === undefined) throw cannotValidate(queue, NO_WAY);
  try {
    await queues.send(queue, message);
  } catch (cause) {
    throw cannotValidate(queue, refusalOf(cause), cause);
  }
}

function cannotValidate(queue: string, reason: string, cause?: unknown): S3Error {
  return new S3Error(
    'InvalidArgument',
    `Unable to validate the following destination configurations: ${queue} (${reason})`,
    { details: { ArgumentName: queue, ArgumentValue: reason }, cause },
  );
}
