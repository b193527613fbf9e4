/** Subscriptions. Queues are confirmed at once; an endpoint of HTTP is sent what confirms it; others are kept and get nothing. */
import type {
  ConfirmSubscriptionInput,
  GetSubscriptionAttributesInput,
  ListSubscriptionsByTopicInput,
  ListSubscriptionsInput,
  SetSubscriptionAttributesInput,
  SubscribeInput,
  UnsubscribeInput,
} from '@aws-sdk/client-sns';
import { invalidParameter, noSuch } from './errors.ts';
import { assertFilterPolicy } from './filter-policy.ts';
import { recordDelivery } from './http-delivery.ts';
import { confirmationBody } from './message-bodies.ts';
import { type Operations, pageOf, type SnsWorld, uuid } from './sns-world.ts';
import type { SubscriptionRecord } from './topic-records.ts';
import { findTopic } from './topics.ts';

/** Those that are delivered to, and what an endpoint of each looks like. */
const DELIVERED: Readonly<Record<string, RegExp>> = {
  sqs: /^arn:aws:sqs:[^:]+:[^:]+:[\w.-]+$/,
  http: /^http:\/\/./,
  https: /^https:\/\/./,
};
/** Nobody here can be reached by them. */
const INERT = ['email', 'email-json', 'sms'];
const ATTRIBUTES = [
  'DeliveryPolicy',
  'FilterPolicy',
  'FilterPolicyScope',
  'RawMessageDelivery',
  'RedrivePolicy',
];

export function subscriptionOperations(world: SnsWorld): Operations {
  return {
    ConfirmSubscription: (input: ConfirmSubscriptionInput) => {
      findTopic(world, input.TopicArn);
      return { SubscriptionArn: confirm(world, input.Token ?? '', input.TopicArn) };
    },
    GetSubscriptionAttributes: (input: GetSubscriptionAttributesInput) => attributes(world, input),
    ListSubscriptions: ({ NextToken }: ListSubscriptionsInput) =>
      list(
        [...world.state.subscriptions.entries()].map(([, one]) => one),
        world,
        NextToken,
      ),
    ListSubscriptionsByTopic: ({ TopicArn, NextToken }: ListSubscriptionsByTopicInput) =>
      list(world.state.subscriptionsOf(findTopic(world, TopicArn).arn), world, NextToken),
    SetSubscriptionAttributes: (input: SetSubscriptionAttributesInput) => setAttribute(world, input),
    Subscribe: (input: SubscribeInput) => subscribe(world, input),
    Unsubscribe: ({ SubscriptionArn }: UnsubscribeInput) => {
      world.state.subscriptions.delete(SubscriptionArn ?? '');
      return {};
    },
  };
}

function subscribe(world: SnsWorld, input: SubscribeInput): object {
  const topic = findTopic(world, input.TopicArn);
  const { Protocol: protocol = '', Endpoint: endpoint = '', Attributes: given = {} } = input;
  assertEndpoint(protocol, endpoint);
  for (const [name, value] of Object.entries(given)) assertAttribute(name, value);
  const known = world.state
    .subscriptionsOf(topic.arn)
    .find((one) => one.protocol === protocol && one.endpoint === endpoint);
  if (known !== undefined && Object.entries(given).some(([name, value]) => known.attributes[name] !== value))
    throw invalidParameter('Attributes Reason: Subscription already exists with different attributes');
  const subscription = known ?? make(world, topic.arn, protocol, endpoint, given);
  const isShown = subscription.confirmed || input.ReturnSubscriptionArn === true;
  return { SubscriptionArn: isShown ? subscription.arn : 'pending confirmation' };
}

function make(
  world: SnsWorld,
  topicArn: string,
  protocol: string,
  endpoint: string,
  given: Readonly<Record<string, string>>,
): SubscriptionRecord {
  const { random } = world.ports;
  const subscription: SubscriptionRecord = {
    arn: `${topicArn}:${uuid(random)}`,
    topicArn,
    protocol,
    endpoint,
    attributes: given,
    confirmed: protocol === 'sqs',
    token: `${uuid(random)}${uuid(random)}`.replaceAll('-', ''),
  };
  world.state.subscriptions.put(subscription.arn, subscription);
  if (/^https?$/.test(protocol)) {
    const { id, body } = confirmationBody(world, subscription);
    recordDelivery(world, subscription, 'SubscriptionConfirmation', id, body);
  }
  return subscription;
}

function assertEndpoint(protocol: string, endpoint: string): void {
  if (INERT.includes(protocol)) {
    if (endpoint === '') throw invalidParameter('Endpoint');
    return;
  }
  const form = Object.hasOwn(DELIVERED, protocol) ? DELIVERED[protocol] : undefined;
  if (form === undefined)
    throw invalidParameter(
      `Protocol Reason: "${protocol}" is not done by this cloud; it delivers to ${Object.keys(DELIVERED).join(', ')} and keeps ${INERT.join(', ')}`,
    );
  if (!form.test(endpoint)) throw invalidParameter(`Endpoint Reason: "${endpoint}" is none of ${protocol}`);
}

function assertAttribute(name: string, value: string): void {
  if (!ATTRIBUTES.includes(name))
    throw invalidParameter(
      `AttributeName Reason: "${name}" is not done by this cloud; it takes ${ATTRIBUTES.join(', ')}`,
    );
  if (name === 'FilterPolicy' && value !== '') assertFilterPolicy(value);
  if (name === 'FilterPolicyScope' && !/^Message(Attributes|Body)$/.test(value))
    throw invalidParameter('FilterPolicyScope Reason: it is MessageAttributes or MessageBody');
}

/** Throws when the token confirms nothing. Returns the subscription's ARN. */
export function confirm({ state }: SnsWorld, token: string, topicArn?: string): string {
  const all = [...state.subscriptions.entries()].map(([, one]) => one);
  const found = all.find((one) => one.token === token && one.topicArn === (topicArn ?? one.topicArn));
  if (found === undefined || token === '') throw invalidParameter('Token');
  state.subscriptions.put(found.arn, { ...found, confirmed: true });
  return found.arn;
}

function find({ state }: SnsWorld, arn: string | undefined): SubscriptionRecord {
  const subscription = state.subscriptions.get(arn ?? '');
  if (subscription === undefined) throw noSuch('Subscription');
  return subscription;
}

function attributes(world: SnsWorld, { SubscriptionArn }: GetSubscriptionAttributesInput): object {
  const one = find(world, SubscriptionArn);
  return {
    Attributes: {
      RawMessageDelivery: 'false',
      ...one.attributes,
      SubscriptionArn: one.arn,
      TopicArn: one.topicArn,
      Protocol: one.protocol,
      Endpoint: one.endpoint,
      Owner: world.ports.accountId,
      ConfirmationWasAuthenticated: String(one.confirmed),
      PendingConfirmation: String(!one.confirmed),
    },
  };
}

function setAttribute(world: SnsWorld, input: SetSubscriptionAttributesInput): object {
  const one = find(world, input.SubscriptionArn);
  const { AttributeName: name = '', AttributeValue: value = '' } = input;
  assertAttribute(name, value);
  const { [name]: _, ...others } = one.attributes;
  world.state.subscriptions.put(one.arn, {
    ...one,
    attributes: value === '' ? others : { ...others, [name]: value },
  });
  return {};
}

function list(all: readonly SubscriptionRecord[], { ports }: SnsWorld, token: string | undefined): object {
  const { items, NextToken } = pageOf(all, ({ arn }) => arn, token);
  const Subscriptions = items.map((one) => ({
    SubscriptionArn: one.confirmed ? one.arn : 'PendingConfirmation',
    Owner: ports.accountId,
    Protocol: one.protocol,
    Endpoint: one.endpoint,
    TopicArn: one.topicArn,
  }));
  return { Subscriptions, NextToken };
}
