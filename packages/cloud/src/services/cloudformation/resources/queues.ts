/** Queues of SQS and the policies that stand in their attributes. */
import { AwsError } from '../../../contract/service.ts';
import type { Tag } from '../state/stack-records.ts';
import { createNamed, listIn, mergeTags, tagsAreOurs, textIn, unless } from './handler-tools.ts';
import type { Made, Properties, ResourceHandler, ResourceStep, UpdateRequest } from './resource-handler.ts';

const SERVICE = 'sqs';
const GONE = ['QueueDoesNotExist'];
const FIFO_SUFFIX = '.fifo';

/** What a property stands for when a template does not have it any more. */
const WITHOUT: Readonly<Record<string, string>> = {
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  DelaySeconds: '0',
  FifoThroughputLimit: 'perQueue',
  KmsDataKeyReusePeriodSeconds: '300',
  KmsMasterKeyId: '',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  RedriveAllowPolicy: '',
  RedrivePolicy: '',
  SqsManagedSseEnabled: 'true',
  VisibilityTimeout: '30',
};

function attributesOf(properties: Properties): Record<string, string> {
  const given = Object.keys(WITHOUT).filter((name) => properties[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, attributeText(properties[name])]));
}

function attributeText(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function tagMap(tags: readonly Tag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

function madeQueue(url: string, step: ResourceStep): Made {
  const name = url.slice(url.lastIndexOf('/') + 1);
  return {
    physicalId: url,
    attributes: {
      Arn: `arn:aws:sqs:${step.region}:${step.accountId}:${name}`,
      QueueName: name,
      QueueUrl: url,
    },
  };
}

async function urlOf(name: string, step: ResourceStep): Promise<string | undefined> {
  const found = await unless(GONE, () =>
    step.call<{ QueueUrl: string }>(SERVICE, 'GetQueueUrl', { QueueName: name }),
  );
  return found?.QueueUrl;
}

async function isOurs(name: string, step: ResourceStep): Promise<boolean> {
  const QueueUrl = await urlOf(name, step);
  if (QueueUrl === undefined) return false;
  const { Tags } = await step.call<{ Tags?: Record<string, string> }>(SERVICE, 'ListQueueTags', { QueueUrl });
  return tagsAreOurs(
    Object.entries(Tags ?? {}).map(([Key, Value]) => ({ Key, Value })),
    step,
  );
}

export const queue: ResourceHandler = {
  type: 'AWS::SQS::Queue',

  create: async (request, step) => {
    const { properties } = request;
    const isFifo = properties['FifoQueue'] === true;
    const suffix = isFifo ? FIFO_SUFFIX : '';
    const QueueName = textIn(properties, 'QueueName') ?? `${request.name(80 - suffix.length)}${suffix}`;
    const input = {
      QueueName,
      Attributes: { ...(isFifo ? { FifoQueue: 'true' } : {}), ...attributesOf(properties) },
      tags: tagMap(mergeTags(listIn<Tag>(properties, 'Tags'), request.tags)),
    };
    const create = async (): Promise<void> => {
      // A queue with the same attributes would be answered as if it had been made.
      if ((await urlOf(QueueName, step)) !== undefined)
        throw new AwsError('AlreadyExists', `${QueueName} already exists`);
      await step.call(SERVICE, 'CreateQueue', input);
    };
    await createNamed(request, ['AlreadyExists'], create, () => isOurs(QueueName, step));
    const url = (await urlOf(QueueName, step))!;
    request.made(url);
    return madeQueue(url, step);
  },

  update: async (request, step) => {
    const { physicalId: QueueUrl, properties, previous } = request;
    const gone = Object.keys(attributesOf(previous)).filter((name) => properties[name] === undefined);
    const reset = gone.map((name) => [name, WITHOUT[name]!] as const);
    const Attributes = { ...Object.fromEntries(reset), ...attributesOf(properties) };
    await step.call(SERVICE, 'SetQueueAttributes', { QueueUrl, Attributes });
    await updateTags(request, step);
    return madeQueue(QueueUrl, step);
  },

  remove: async ({ physicalId: QueueUrl }, step) => {
    await unless(GONE, () => step.call(SERVICE, 'DeleteQueue', { QueueUrl }));
  },
};

async function updateTags(
  { physicalId: QueueUrl, properties, previous, tags }: UpdateRequest,
  step: ResourceStep,
): Promise<void> {
  const Tags = tagMap(mergeTags(listIn<Tag>(properties, 'Tags'), tags));
  const TagKeys = listIn<Tag>(previous, 'Tags')
    .map(({ Key }) => Key)
    .filter((key) => Tags[key] === undefined);
  if (TagKeys.length > 0) await step.call(SERVICE, 'UntagQueue', { QueueUrl, TagKeys });
  await step.call(SERVICE, 'TagQueue', { QueueUrl, Tags });
}

async function setPolicy(urls: readonly string[], Policy: string, step: ResourceStep): Promise<void> {
  for (const QueueUrl of urls)
    await step.call(SERVICE, 'SetQueueAttributes', { QueueUrl, Attributes: { Policy } });
}

async function removePolicy(urls: readonly string[], step: ResourceStep): Promise<void> {
  for (const url of urls) await unless(GONE, () => setPolicy([url], '', step));
}

export const queuePolicy: ResourceHandler = {
  type: 'AWS::SQS::QueuePolicy',

  create: async (request, step) => {
    const id = request.name(64);
    request.made(id);
    await setPolicy(listIn(request.properties, 'Queues'), policyText(request.properties), step);
    return { physicalId: id, attributes: { Id: id } };
  },

  update: async ({ physicalId, properties, previous }, step) => {
    const queues = listIn(properties, 'Queues');
    await removePolicy(
      listIn(previous, 'Queues').filter((url) => !queues.includes(url)),
      step,
    );
    await setPolicy(queues, policyText(properties), step);
    return { physicalId, attributes: { Id: physicalId } };
  },

  remove: async ({ properties }, step) => removePolicy(listIn(properties, 'Queues'), step),
};

function policyText(properties: Properties): string {
  return JSON.stringify(properties['PolicyDocument']);
}
