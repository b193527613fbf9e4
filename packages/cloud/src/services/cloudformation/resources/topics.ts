/** Topics of SNS and their subscriptions. */
import { AwsError } from '../../../contract/service.ts';
import type { Tag } from '../state/stack-records.ts';
import { createNamed, listIn, mergeTags, tagsAreOurs, textIn, unless } from './handler-tools.ts';
import type { Made, Properties, ResourceHandler, ResourceStep } from './resource-handler.ts';

const SERVICE = 'sns';
const GONE = ['NotFound'];

interface Endpoint {
  readonly Protocol: string;
  readonly Endpoint: string;
}

const endpointsOf = (properties: Properties): readonly Endpoint[] =>
  listIn<Endpoint>(properties, 'Subscription');
const sameEndpoint = (one: Endpoint, other: Partial<Endpoint>): boolean =>
  one.Protocol === other.Protocol && one.Endpoint === other.Endpoint;

function madeTopic(arn: string): Made {
  return { physicalId: arn, attributes: { TopicArn: arn, TopicName: arn.split(':').at(-1) } };
}

async function tagsOfTopic(ResourceArn: string, step: ResourceStep): Promise<readonly Tag[] | undefined> {
  const found = await unless(GONE, () =>
    step.call<{ Tags?: Tag[] }>(SERVICE, 'ListTagsForResource', { ResourceArn }),
  );
  return found?.Tags;
}

/** Its own list of subscriptions: one that was subscribed before is found again. */
async function subscribe(TopicArn: string, wanted: readonly Endpoint[], step: ResourceStep): Promise<void> {
  for (const { Protocol, Endpoint } of wanted)
    await step.call(SERVICE, 'Subscribe', { TopicArn, Protocol, Endpoint });
}

async function unsubscribe(
  TopicArn: string,
  unwanted: readonly Endpoint[],
  step: ResourceStep,
): Promise<void> {
  if (unwanted.length === 0) return;
  const { Subscriptions = [] } = await step.call<{
    Subscriptions?: (Partial<Endpoint> & { SubscriptionArn: string })[];
  }>(SERVICE, 'ListSubscriptionsByTopic', { TopicArn });
  for (const { SubscriptionArn, ...one } of Subscriptions)
    if (unwanted.some((other) => sameEndpoint(other, one)))
      await step.call(SERVICE, 'Unsubscribe', { SubscriptionArn });
}

export const topic: ResourceHandler = {
  type: 'AWS::SNS::Topic',

  create: async (request, step) => {
    const { properties } = request;
    const Name = textIn(properties, 'TopicName') ?? request.name(256);
    const arn = `arn:aws:sns:${step.region}:${step.accountId}:${Name}`;
    const create = async (): Promise<void> => {
      // A topic of that name would be answered as if it had been made.
      if ((await tagsOfTopic(arn, step)) !== undefined)
        throw new AwsError('AlreadyExists', `${Name} already exists`);
      const DisplayName = textIn(properties, 'DisplayName');
      await step.call(SERVICE, 'CreateTopic', {
        Name,
        ...(DisplayName === undefined ? {} : { Attributes: { DisplayName } }),
        Tags: mergeTags(listIn<Tag>(properties, 'Tags'), request.tags),
      });
    };
    await createNamed(request, ['AlreadyExists'], create, async () =>
      tagsAreOurs(await tagsOfTopic(arn, step), step),
    );
    request.made(arn);
    await subscribe(arn, endpointsOf(properties), step);
    return madeTopic(arn);
  },

  update: async ({ physicalId: TopicArn, properties, previous, tags }, step) => {
    const AttributeValue = textIn(properties, 'DisplayName') ?? '';
    await step.call(SERVICE, 'SetTopicAttributes', {
      TopicArn,
      AttributeName: 'DisplayName',
      AttributeValue,
    });
    const wanted = endpointsOf(properties);
    const unwanted = endpointsOf(previous).filter((one) => !wanted.some((other) => sameEndpoint(one, other)));
    await unsubscribe(TopicArn, unwanted, step);
    await subscribe(TopicArn, wanted, step);
    const Tags = mergeTags(listIn<Tag>(properties, 'Tags'), tags);
    const TagKeys = listIn<Tag>(previous, 'Tags')
      .map(({ Key }) => Key)
      .filter((key) => !Tags.some(({ Key }) => Key === key));
    await step.call(SERVICE, 'TagResource', { ResourceArn: TopicArn, Tags });
    if (TagKeys.length > 0) await step.call(SERVICE, 'UntagResource', { ResourceArn: TopicArn, TagKeys });
    return madeTopic(TopicArn);
  },

  remove: async ({ physicalId: TopicArn }, step) => {
    await step.call(SERVICE, 'DeleteTopic', { TopicArn });
  },
};

/** What a property stands for when a template does not have it any more. */
const WITHOUT: Readonly<Record<string, string>> = {
  FilterPolicy: '',
  FilterPolicyScope: 'MessageAttributes',
  RawMessageDelivery: 'false',
  RedrivePolicy: '',
};

function attributesOf(properties: Properties): Record<string, string> {
  const given = Object.keys(WITHOUT).filter((name) => properties[name] !== undefined);
  return Object.fromEntries(
    given.map((name) => {
      const value = properties[name];
      return [name, typeof value === 'object' ? JSON.stringify(value) : String(value)];
    }),
  );
}

const madeSubscription = (arn: string): Made => ({ physicalId: arn, attributes: { Arn: arn } });

export const subscription: ResourceHandler = {
  type: 'AWS::SNS::Subscription',

  create: async ({ properties, made }, step) => {
    const { SubscriptionArn } = await step.call<{ SubscriptionArn: string }>(SERVICE, 'Subscribe', {
      TopicArn: properties['TopicArn'],
      Protocol: properties['Protocol'],
      Endpoint: properties['Endpoint'],
      Attributes: attributesOf(properties),
      ReturnSubscriptionArn: true,
    });
    made(SubscriptionArn);
    return madeSubscription(SubscriptionArn);
  },

  update: async ({ physicalId: SubscriptionArn, properties }, step) => {
    for (const [AttributeName, AttributeValue] of Object.entries({ ...WITHOUT, ...attributesOf(properties) }))
      await step.call(SERVICE, 'SetSubscriptionAttributes', {
        SubscriptionArn,
        AttributeName,
        AttributeValue,
      });
    return madeSubscription(SubscriptionArn);
  },

  remove: async ({ physicalId: SubscriptionArn }, step) => {
    await step.call(SERVICE, 'Unsubscribe', { SubscriptionArn });
  },
};
