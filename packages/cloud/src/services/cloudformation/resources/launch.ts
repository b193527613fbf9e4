/** What groups and instances are launched from, and single instances. */
import type { Instance } from '@aws-sdk/client-ec2';
import { AwsError } from '../../../contract/service.ts';
import type { Tag } from '../state/stack-records.ts';
import { createNamed, listIn, mergeTags, pick, textIn, unless, untilTrue } from './handler-tools.ts';
import type { CreateRequest, Made, Properties, ResourceHandler, ResourceStep } from './resource-handler.ts';

interface TemplateDescription {
  readonly LaunchTemplateId?: string;
  readonly DefaultVersionNumber?: number;
  readonly LatestVersionNumber?: number;
}

interface TagSpecification {
  readonly ResourceType: string;
  readonly Tags?: readonly Tag[];
}

function madeTemplate(template: TemplateDescription): Made {
  const id = template.LaunchTemplateId ?? '';
  return {
    physicalId: id,
    attributes: {
      LaunchTemplateId: id,
      DefaultVersionNumber: String(template.DefaultVersionNumber ?? 1),
      LatestVersionNumber: String(template.LatestVersionNumber ?? 1),
    },
  };
}

async function describeTemplate(id: string, step: ResourceStep): Promise<TemplateDescription> {
  const { LaunchTemplates = [] } = await step.call<{ LaunchTemplates?: TemplateDescription[] }>(
    'ec2',
    'DescribeLaunchTemplates',
    {
      LaunchTemplateIds: [id],
    },
  );
  return LaunchTemplates[0] ?? {};
}

export const launchTemplate: ResourceHandler = {
  type: 'AWS::EC2::LaunchTemplate',

  create: async (request, step) => {
    const own = listIn<TagSpecification>(request.properties, 'TagSpecifications').find(
      ({ ResourceType }) => ResourceType === 'launch-template',
    );
    const answer = await step.call<{ LaunchTemplate?: TemplateDescription }>('ec2', 'CreateLaunchTemplate', {
      ClientToken: request.token,
      LaunchTemplateName: textIn(request.properties, 'LaunchTemplateName') ?? request.name(128),
      LaunchTemplateData: request.properties['LaunchTemplateData'],
      ...pick(request.properties, ['VersionDescription']),
      TagSpecifications: [
        { ResourceType: 'launch-template', Tags: mergeTags(own?.Tags ?? [], request.tags) },
      ],
    });
    request.made(answer.LaunchTemplate?.LaunchTemplateId ?? '');
    return madeTemplate(answer.LaunchTemplate ?? {});
  },

  update: async ({ physicalId, properties, updateToken }, step) => {
    await step.call('ec2', 'CreateLaunchTemplateVersion', {
      ClientToken: updateToken,
      LaunchTemplateId: physicalId,
      LaunchTemplateData: properties['LaunchTemplateData'],
      ...pick(properties, ['VersionDescription']),
    });
    return madeTemplate({ ...(await describeTemplate(physicalId, step)), LaunchTemplateId: physicalId });
  },

  remove: async ({ physicalId }, step) => {
    await unless(['InvalidLaunchTemplateId.*', 'InvalidLaunchTemplateName.*'], () =>
      step.call('ec2', 'DeleteLaunchTemplate', { LaunchTemplateId: physicalId }),
    );
  },
};

export const launchConfiguration: ResourceHandler = {
  type: 'AWS::AutoScaling::LaunchConfiguration',

  create: async (request, step) => {
    const { properties } = request;
    const name = textIn(properties, 'LaunchConfigurationName') ?? request.name();
    const create = (): Promise<unknown> =>
      step.call('autoscaling', 'CreateLaunchConfiguration', {
        ...properties,
        LaunchConfigurationName: name,
        ...(properties['InstanceMonitoring'] !== undefined && {
          InstanceMonitoring: { Enabled: properties['InstanceMonitoring'] },
        }),
      });
    await createNamed(request, ['AlreadyExists*'], create, async () => true);
    request.made(name);
    return { physicalId: name, attributes: {} };
  },

  remove: async ({ physicalId }, step) => {
    await unless(['ValidationError', 'ResourceNotFound*'], () =>
      step.call('autoscaling', 'DeleteLaunchConfiguration', { LaunchConfigurationName: physicalId }),
    );
  },
};

const INSTANCE_DIRECT = [
  'ImageId',
  'InstanceType',
  'UserData',
  'KeyName',
  'SecurityGroupIds',
  'SecurityGroups',
  'SubnetId',
  'BlockDeviceMappings',
  'MetadataOptions',
  'DisableApiTermination',
  'InstanceInitiatedShutdownBehavior',
];
const START_LIMIT_MS = 5 * 60_000;

function runInput(request: CreateRequest): Record<string, unknown> {
  const { properties } = request;
  const zone = textIn(properties, 'AvailabilityZone');
  const profile = textIn(properties, 'IamInstanceProfile');
  return {
    ClientToken: request.token,
    MinCount: 1,
    MaxCount: 1,
    ...pick(properties, INSTANCE_DIRECT),
    ...(properties['LaunchTemplate'] !== undefined && { LaunchTemplate: properties['LaunchTemplate'] }),
    ...(zone !== undefined && { Placement: { AvailabilityZone: zone } }),
    ...(profile !== undefined && { IamInstanceProfile: { Name: profile } }),
    ...(properties['Monitoring'] !== undefined && { Monitoring: { Enabled: properties['Monitoring'] } }),
    TagSpecifications: [
      { ResourceType: 'instance', Tags: mergeTags(listIn<Tag>(properties, 'Tags'), request.tags) },
    ],
  };
}

async function describeInstance(id: string, step: ResourceStep): Promise<Instance | undefined> {
  const answer = await unless(['InvalidInstanceID.*'], () =>
    step.call<{ Reservations?: { Instances?: Instance[] }[] }>('ec2', 'DescribeInstances', {
      InstanceIds: [id],
    }),
  );
  return answer?.Reservations?.[0]?.Instances?.[0];
}

function madeInstance(physicalId: string, instance: Instance | undefined): Made {
  return {
    physicalId,
    attributes: {
      InstanceId: physicalId,
      AvailabilityZone: instance?.Placement?.AvailabilityZone ?? '',
      PrivateDnsName: instance?.PrivateDnsName ?? '',
      PrivateIp: instance?.PrivateIpAddress ?? '',
      PublicDnsName: instance?.PublicDnsName ?? '',
      PublicIp: instance?.PublicIpAddress ?? instance?.PrivateIpAddress ?? '',
      VpcId: instance?.VpcId ?? '',
    },
  };
}

export const instance: ResourceHandler = {
  type: 'AWS::EC2::Instance',

  create: async (request, step) => {
    const answer = await step.call<{ Instances?: Instance[] }>('ec2', 'RunInstances', runInput(request));
    const id = answer.Instances?.[0]?.InstanceId ?? '';
    request.made(id);
    let last: Instance | undefined;
    await untilTrue(
      step,
      START_LIMIT_MS,
      () => `instance ${id} did not run within ${START_LIMIT_MS / 1000} s`,
      async () => {
        last = await describeInstance(id, step);
        const state = last?.State?.Name;
        if (state === 'running') return true;
        if (state === 'pending') return false;
        throw new AwsError(
          'NotStabilized',
          `instance ${id} is ${state ?? 'gone'}: ${last?.StateReason?.Message ?? 'no reason was given'}`,
        );
      },
    );
    return madeInstance(id, last);
  },

  update: async ({ physicalId, properties, previous, tags }, step) => {
    await syncEc2Tags(
      physicalId,
      listIn<Tag>(previous, 'Tags'),
      mergeTags(listIn<Tag>(properties, 'Tags'), tags),
      step,
    );
    if (properties['DisableApiTermination'] !== previous['DisableApiTermination']) {
      await step.call('ec2', 'ModifyInstanceAttribute', {
        InstanceId: physicalId,
        DisableApiTermination: { Value: properties['DisableApiTermination'] === true },
      });
    }
    return madeInstance(physicalId, await describeInstance(physicalId, step));
  },

  remove: async ({ physicalId }, step) => {
    await unless(['InvalidInstanceID.*'], () =>
      step.call('ec2', 'TerminateInstances', { InstanceIds: [physicalId] }),
    );
    await untilTrue(
      step,
      60 * 60_000,
      () => `instance ${physicalId} did not end`,
      async () => {
        const state = (await describeInstance(physicalId, step))?.State?.Name;
        return state === undefined || state === 'terminated';
      },
    );
  },
};

/** Brings an EC2 resource's tags from one list to another. */
export async function syncEc2Tags(
  id: string,
  had: readonly Tag[],
  wanted: readonly Tag[],
  step: ResourceStep,
): Promise<void> {
  const surplus = had.filter(({ Key }) => !wanted.some((tag) => tag.Key === Key)).map(({ Key }) => ({ Key }));
  if (surplus.length > 0) await step.call('ec2', 'DeleteTags', { Resources: [id], Tags: surplus });
  if (wanted.length > 0) await step.call('ec2', 'CreateTags', { Resources: [id], Tags: wanted });
}

export const keyPair: ResourceHandler = {
  type: 'AWS::EC2::KeyPair',

  create: async (request, step) => {
    const name = textIn(request.properties, 'KeyName') ?? request.name();
    const material = textIn(request.properties, 'PublicKeyMaterial');
    const tags = {
      TagSpecifications: [
        { ResourceType: 'key-pair', Tags: mergeTags(listIn<Tag>(request.properties, 'Tags'), request.tags) },
      ],
    };
    const create = (): Promise<unknown> =>
      material === undefined
        ? step.call('ec2', 'CreateKeyPair', {
            KeyName: name,
            ...pick(request.properties, ['KeyType', 'KeyFormat']),
            ...tags,
          })
        : step.call('ec2', 'ImportKeyPair', {
            KeyName: name,
            PublicKeyMaterial: Buffer.from(material, 'utf8'),
            ...tags,
          });
    await createNamed(request, ['InvalidKeyPair.Duplicate'], create, async () => true);
    request.made(name);
    return { physicalId: name, attributes: await keyPairAttributes(name, step) };
  },

  remove: async ({ physicalId }, step) => {
    await unless(['InvalidKeyPair.NotFound'], () =>
      step.call('ec2', 'DeleteKeyPair', { KeyName: physicalId }),
    );
  },
};

async function keyPairAttributes(name: string, step: ResourceStep): Promise<Properties> {
  const { KeyPairs = [] } = await step.call<{ KeyPairs?: { KeyPairId?: string; KeyFingerprint?: string }[] }>(
    'ec2',
    'DescribeKeyPairs',
    {
      KeyNames: [name],
    },
  );
  return { KeyPairId: KeyPairs[0]?.KeyPairId ?? '', KeyFingerprint: KeyPairs[0]?.KeyFingerprint ?? '' };
}
