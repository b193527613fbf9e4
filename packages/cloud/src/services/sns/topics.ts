/** Topics: made, described, changed, tagged, deleted. */
import type {
  CreateTopicInput,
  DeleteTopicInput,
  GetTopicAttributesInput,
  ListTagsForResourceRequest,
  ListTopicsInput,
  SetTopicAttributesInput,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-sns';
import { INTERNAL_CALLER, type RequestContext } from '../../contract/service.ts';
import { invalidParameter, noSuch } from './errors.ts';
import { type Operations, pageOf, type SnsWorld } from './sns-world.ts';
import type { TopicRecord } from './topic-records.ts';

/** What clients may set. But for the names and the policy they are kept and shown, and have no effect. */
const ATTRIBUTES = [
  'DeliveryPolicy',
  'DisplayName',
  'KmsMasterKeyId',
  'Policy',
  'SignatureVersion',
  'TracingConfig',
];
const MOST_TAGS = 50;

export function topicOperations(world: SnsWorld): Operations {
  return {
    CreateTopic: (input: CreateTopicInput, context: RequestContext) => create(world, input, context),
    DeleteTopic: (input: DeleteTopicInput) => remove(world, input),
    GetTopicAttributes: (input: GetTopicAttributesInput) => attributes(world, input),
    ListTagsForResource: ({ ResourceArn }: ListTagsForResourceRequest) => ({
      Tags: Object.entries(tagged(world, ResourceArn).tags).map(([Key, Value]) => ({ Key, Value })),
    }),
    ListTopics: ({ NextToken: token }: ListTopicsInput) => {
      const all = [...world.state.topics.entries()].map(([TopicArn]) => ({ TopicArn }));
      const { items, NextToken } = pageOf(all, ({ TopicArn }) => TopicArn, token);
      return { Topics: items, NextToken };
    },
    SetTopicAttributes: (input: SetTopicAttributesInput) => setAttribute(world, input),
    TagResource: (input: TagResourceRequest, context: RequestContext) => tag(world, input, context),
    UntagResource: ({ ResourceArn, TagKeys }: UntagResourceRequest) => {
      const topic = tagged(world, ResourceArn);
      const left = Object.entries(topic.tags).filter(([key]) => !TagKeys?.includes(key));
      world.state.topics.put(topic.arn, { ...topic, tags: Object.fromEntries(left) });
      return {};
    },
  };
}

export function findTopic({ state }: SnsWorld, arn: string | undefined): TopicRecord {
  if (arn === undefined || !/^arn:aws:sns:[^:]*:[^:]*:[^:]+$/.test(arn))
    throw invalidParameter(`TopicArn Reason: "${arn ?? ''}" is no ARN of a topic`);
  const topic = state.topics.get(arn);
  if (topic === undefined) throw noSuch('Topic');
  return topic;
}

function tagged({ state }: SnsWorld, arn: string | undefined): TopicRecord {
  const topic = state.topics.get(arn ?? '');
  if (topic === undefined) throw noSuch('Resource');
  return topic;
}

function create(world: SnsWorld, input: CreateTopicInput, context: RequestContext): object {
  const { Name: name = '', Attributes: given = {} } = input;
  if (name.endsWith('.fifo') || given['FifoTopic'] === 'true')
    throw invalidParameter('FifoTopic Reason: FIFO topics are not done by this cloud');
  if (!/^[\w-]{1,256}$/.test(name)) throw invalidParameter('Topic Name');
  const { FifoTopic: _, ...wanted } = given;
  for (const key of Object.keys(wanted)) checkAttribute(key);
  const arn = `arn:aws:sns:${world.ports.region}:${world.ports.accountId}:${name}`;
  const tags = tagsOf({}, input.Tags, context);
  const known = world.state.topics.get(arn);
  if (known === undefined) {
    world.state.topics.put(arn, { arn, name, attributes: wanted, tags });
    return { TopicArn: arn };
  }
  const differs = Object.entries(wanted).some(([key, value]) => known.attributes[key] !== value);
  if (differs) throw invalidParameter('Attributes Reason: Topic already exists with different attributes');
  const otherTags =
    input.Tags !== undefined && Object.entries(tags).some(([key, value]) => known.tags[key] !== value);
  if (otherTags) throw invalidParameter('Tags Reason: Topic already exists with different tags');
  return { TopicArn: arn };
}

function checkAttribute(name: string): void {
  if (ATTRIBUTES.includes(name)) return;
  throw invalidParameter(
    `AttributeName Reason: "${name}" is not done by this cloud; it takes ${ATTRIBUTES.join(', ')}`,
  );
}

/** Without it as well; its subscriptions and what was to be delivered to them go with it. */
function remove({ state }: SnsWorld, { TopicArn = '' }: DeleteTopicInput): object {
  for (const { arn } of state.subscriptionsOf(TopicArn)) state.subscriptions.delete(arn);
  state.topics.delete(TopicArn);
  return {};
}

function attributes(world: SnsWorld, { TopicArn }: GetTopicAttributesInput): object {
  const topic = findTopic(world, TopicArn);
  const all = world.state.subscriptionsOf(topic.arn);
  const confirmed = all.filter((one) => one.confirmed).length;
  return {
    Attributes: {
      DisplayName: '',
      Policy: defaultPolicy(world, topic.arn),
      ...topic.attributes,
      Owner: world.ports.accountId,
      TopicArn: topic.arn,
      SubscriptionsConfirmed: String(confirmed),
      SubscriptionsPending: String(all.length - confirmed),
      SubscriptionsDeleted: '0',
      EffectiveDeliveryPolicy: topic.attributes['DeliveryPolicy'] ?? '{}',
    },
  };
}

function defaultPolicy({ ports }: SnsWorld, arn: string): string {
  return JSON.stringify({
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: ['SNS:Publish', 'SNS:Subscribe'],
        Resource: arn,
        Condition: { StringEquals: { 'AWS:SourceOwner': ports.accountId } },
      },
    ],
  });
}

function setAttribute(world: SnsWorld, input: SetTopicAttributesInput): object {
  const topic = findTopic(world, input.TopicArn);
  const { AttributeName: name = '', AttributeValue: value = '' } = input;
  checkAttribute(name);
  world.state.topics.put(topic.arn, { ...topic, attributes: { ...topic.attributes, [name]: value } });
  return {};
}

function tag(world: SnsWorld, { ResourceArn, Tags }: TagResourceRequest, context: RequestContext): object {
  const topic = tagged(world, ResourceArn);
  world.state.topics.put(topic.arn, { ...topic, tags: tagsOf(topic.tags, Tags, context) });
  return {};
}

function tagsOf(
  before: TopicRecord['tags'],
  given: CreateTopicInput['Tags'],
  { accessKeyId }: RequestContext,
): TopicRecord['tags'] {
  const tags = { ...before };
  for (const { Key = '', Value = '' } of given ?? []) {
    const isOwn = Key.startsWith('aws:') && accessKeyId !== INTERNAL_CALLER;
    if (Key === '' || Key.length > 128 || Value.length > 256 || isOwn)
      throw invalidParameter(`Tags Reason: "${Key}" is no key, or its value too long`);
    tags[Key] = Value;
  }
  if (Object.keys(tags).length > MOST_TAGS)
    throw invalidParameter(`Tags Reason: a topic has at most ${MOST_TAGS} tags`);
  return tags;
}
