/** Messages as SNS writes them for endpoints. They are not signed: nobody but this cloud could check the signature. */
import type { MessageAttributeValue } from '@aws-sdk/client-sns';
import type { SnsWorld } from './sns-world.ts';
import { uuid } from './sns-world.ts';
import type { SubscriptionRecord } from './topic-records.ts';

export interface OutgoingMessage {
  readonly id: string;
  readonly subject: string | undefined;
  /** By protocol; `default` is always there. */
  readonly texts: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
}

export function textFor({ texts }: OutgoingMessage, { protocol }: SubscriptionRecord): string {
  return Object.hasOwn(texts, protocol) ? texts[protocol]! : texts['default']!;
}

/** The JSON around a message, for who has not asked for raw delivery. */
export function notificationBody(
  { ports }: SnsWorld,
  message: OutgoingMessage,
  subscription: SubscriptionRecord,
): string {
  const attributes = Object.entries(message.attributes).map(([name, value]) => [name, attributeBody(value)]);
  return JSON.stringify({
    Type: 'Notification',
    MessageId: message.id,
    TopicArn: subscription.topicArn,
    ...(message.subject === undefined ? {} : { Subject: message.subject }),
    Message: textFor(message, subscription),
    Timestamp: new Date(ports.clock.wallMs()).toISOString(),
    ...(attributes.length === 0 ? {} : { MessageAttributes: Object.fromEntries(attributes) }),
  });
}

function attributeBody({ DataType, StringValue, BinaryValue }: MessageAttributeValue): object {
  return {
    Type: DataType,
    Value: StringValue ?? (BinaryValue === undefined ? '' : Buffer.from(BinaryValue).toString('base64')),
  };
}

/** What an endpoint of HTTP is asked to confirm. */
export function confirmationBody(
  { ports }: SnsWorld,
  { topicArn, token }: SubscriptionRecord,
): { readonly id: string; readonly body: string } {
  const id = uuid(ports.random);
  const body = JSON.stringify({
    Type: 'SubscriptionConfirmation',
    MessageId: id,
    Token: token,
    TopicArn: topicArn,
    Message: `You have chosen to subscribe to the topic ${topicArn}. To confirm the subscription, visit the SubscribeURL included in this message.`,
    SubscribeURL: ports.confirmUrl(token),
    Timestamp: new Date(ports.clock.wallMs()).toISOString(),
  });
  return { id, body };
}
