/** Parameters of the parameter store, and buckets of this cloud's own S3. */
import { AwsError } from '../../../contract/service.ts';
import type { BucketPort, QueueNotification } from '../ports.ts';
import { createNamed, inertHandler, pick, textIn, unless } from './handler-tools.ts';
import type { Made, Properties, ResourceHandler, ResourceStep } from './resource-handler.ts';

const PARAMETER_MEMBERS = ['Type', 'Value', 'Description', 'AllowedPattern', 'DataType', 'Tier'];

function madeParameter(name: string, properties: Properties): Made {
  return { physicalId: name, attributes: { Type: properties['Type'], Value: properties['Value'] } };
}

export const ssmParameter: ResourceHandler = {
  type: 'AWS::SSM::Parameter',

  create: async (request, step) => {
    const { properties } = request;
    const name = textIn(properties, 'Name') ?? `CFN-${request.name(1_000)}`;
    const own = Object.entries((properties['Tags'] ?? {}) as Record<string, string>).map(([Key, Value]) => ({
      Key,
      Value,
    }));
    const stackTags = request.tags.filter(({ Key }) => !own.some((tag) => tag.Key === Key));
    const put = (): Promise<unknown> =>
      step.call('ssm', 'PutParameter', {
        Name: name,
        ...pick(properties, PARAMETER_MEMBERS),
        Overwrite: false,
        Tags: [...own, ...stackTags],
      });
    await createNamed(
      request,
      ['ParameterAlreadyExists'],
      put,
      async () => (await storedValue(name, step)) === properties['Value'],
    );
    request.made(name);
    return madeParameter(name, properties);
  },

  update: async ({ physicalId, properties }, step) => {
    await step.call('ssm', 'PutParameter', {
      Name: physicalId,
      ...pick(properties, PARAMETER_MEMBERS),
      Overwrite: true,
    });
    return madeParameter(physicalId, properties);
  },

  remove: async ({ physicalId }, step) => {
    await unless(['ParameterNotFound'], () => step.call('ssm', 'DeleteParameter', { Name: physicalId }));
  },
};

async function storedValue(name: string, step: ResourceStep): Promise<string | undefined> {
  const answer = await step.call<{ Parameter?: { Value?: string } }>('ssm', 'GetParameter', { Name: name });
  return answer.Parameter?.Value;
}

function bucketsOf(step: ResourceStep): BucketPort {
  if (step.buckets !== undefined) return step.buckets;
  throw new AwsError(
    'ServiceUnavailable',
    'there is no store to make a bucket in: start one with "crescendo up"',
    503,
  );
}

function madeBucket(name: string, step: ResourceStep): Made {
  return {
    physicalId: name,
    attributes: {
      Arn: `arn:aws:s3:::${name}`,
      DomainName: `${name}.s3.amazonaws.com`,
      DualStackDomainName: `${name}.s3.dualstack.${step.region}.amazonaws.com`,
      RegionalDomainName: `${name}.s3.${step.region}.amazonaws.com`,
      WebsiteURL: `http://${name}.s3-website-${step.region}.amazonaws.com`,
    },
  };
}

async function setVersioning(name: string, properties: Properties, step: ResourceStep): Promise<void> {
  const wanted = properties['VersioningConfiguration'] as
    | { readonly Status: 'Enabled' | 'Suspended' }
    | undefined;
  if (wanted !== undefined) await bucketsOf(step).setVersioning(name, wanted.Status);
}

interface Notifications {
  readonly QueueConfigurations?: readonly QueueNotification[];
}

/** Also when nothing is asked for any more. */
async function setNotifications(
  name: string,
  properties: Properties,
  previous: Properties,
  step: ResourceStep,
): Promise<void> {
  const wanted = properties['NotificationConfiguration'] as Notifications | undefined;
  if (wanted === undefined && previous['NotificationConfiguration'] === undefined) return;
  await bucketsOf(step).setNotifications(name, wanted?.QueueConfigurations ?? []);
}

export const bucket: ResourceHandler = {
  type: 'AWS::S3::Bucket',

  create: async (request, step) => {
    const name = textIn(request.properties, 'BucketName') ?? request.name(63).toLowerCase();
    const buckets = bucketsOf(step);
    if (!request.again && (await buckets.exists(name)))
      throw new AwsError('AlreadyExists', `${name} already exists`);
    if (!(await buckets.exists(name))) await buckets.create(name);
    request.made(name);
    await setVersioning(name, request.properties, step);
    await setNotifications(name, request.properties, {}, step);
    return madeBucket(name, step);
  },

  update: async ({ physicalId, properties, previous }, step) => {
    const removed =
      previous['VersioningConfiguration'] !== undefined &&
      properties['VersioningConfiguration'] === undefined;
    if (removed) await bucketsOf(step).setVersioning(physicalId, 'Suspended');
    await setVersioning(physicalId, properties, step);
    await setNotifications(physicalId, properties, previous, step);
    return madeBucket(physicalId, step);
  },

  remove: async ({ physicalId }, step) => {
    const buckets = bucketsOf(step);
    if (await buckets.exists(physicalId)) await buckets.remove(physicalId);
  },
};

export const bucketPolicy: ResourceHandler = inertHandler('AWS::S3::BucketPolicy', ({ properties }) =>
  String(properties['Bucket']),
);
