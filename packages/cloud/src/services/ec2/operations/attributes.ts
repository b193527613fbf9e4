/** Attributes of single instances, and what they wrote to their console. */
import type {
  DescribeInstanceAttributeRequest,
  GetConsoleOutputRequest,
  GetLaunchTemplateDataRequest,
  InstanceAttribute,
  ModifyInstanceAttributeRequest,
  ModifyInstanceMetadataOptionsRequest,
} from '@aws-sdk/client-ec2';
import { ROOT_DEVICE } from '../block-devices.ts';
import type { Ec2World, Operations } from '../ec2-world.ts';
import { incorrectState, invalidCombination, invalidValue, missingParameter, notFound } from '../errors.ts';
import type { InstanceRecord, LaunchSettings } from '../instance-record.ts';
import { groupViews, metadataView } from '../instance-views.ts';
import { typeOf } from '../launch-settings.ts';
import { named } from './instances.ts';

export function attributeOperations(world: Ec2World): Operations {
  return {
    DescribeInstanceAttribute: (input: DescribeInstanceAttributeRequest) => describeAttribute(world, input),
    ModifyInstanceAttribute: (input: ModifyInstanceAttributeRequest) => modifyAttribute(world, input),
    ModifyInstanceMetadataOptions: (input: ModifyInstanceMetadataOptionsRequest) =>
      modifyMetadata(world, input),
    GetConsoleOutput: (input: GetConsoleOutputRequest) => consoleOutput(world, input),
    GetLaunchTemplateData: (input: GetLaunchTemplateDataRequest) => {
      return { LaunchTemplateData: one(world, input.InstanceId).launchData };
    },
  };
}

function one(world: Ec2World, instanceId: string | undefined): InstanceRecord {
  return named(world, { InstanceIds: instanceId === undefined ? [] : [instanceId] })[0]!;
}

function describeAttribute(world: Ec2World, input: DescribeInstanceAttributeRequest): InstanceAttribute {
  const { instanceId, settings, volumes, launchTimeMs } = one(world, input.InstanceId);
  const values: Readonly<Record<string, Omit<InstanceAttribute, 'InstanceId'>>> = {
    instanceType: { InstanceType: { Value: settings.instanceType } },
    userData: { UserData: { Value: settings.userData } },
    disableApiTermination: { DisableApiTermination: { Value: settings.disableApiTermination } },
    disableApiStop: { DisableApiStop: { Value: settings.disableApiStop } },
    instanceInitiatedShutdownBehavior: {
      InstanceInitiatedShutdownBehavior: { Value: settings.shutdownBehavior },
    },
    rootDeviceName: { RootDeviceName: { Value: ROOT_DEVICE } },
    groupSet: { Groups: groupViews(settings.securityGroupIds, world) },
    blockDeviceMapping: {
      BlockDeviceMappings: volumes.map(({ deviceName, volumeId, deleteOnTermination }) => ({
        DeviceName: deviceName,
        Ebs: {
          VolumeId: volumeId,
          Status: 'attached',
          AttachTime: new Date(launchTimeMs),
          DeleteOnTermination: deleteOnTermination,
        },
      })),
    },
    sourceDestCheck: { SourceDestCheck: { Value: true } },
    ebsOptimized: { EbsOptimized: { Value: false } },
  };
  const value = input.Attribute === undefined ? undefined : values[input.Attribute];
  if (value === undefined) {
    throw invalidValue(
      `Invalid attribute '${input.Attribute}'; known here: ${Object.keys(values).join(', ')}`,
    );
  }
  return { InstanceId: instanceId, ...value };
}

function modifyAttribute(world: Ec2World, input: ModifyInstanceAttributeRequest): void {
  const record = one(world, input.InstanceId);
  const change = settingsChange(world, record, fromNameAndValue(input));
  const devices = input.BlockDeviceMappings ?? [];
  if (Object.keys(change).length === 0 && devices.length === 0) {
    throw invalidCombination('No attributes specified, or none that can be changed here');
  }
  if ((change.instanceType !== undefined || change.userData !== undefined) && record.state !== 'stopped') {
    throw incorrectState(record.instanceId);
  }
  const volumes = record.volumes.map((volume) => {
    const wanted = devices.find(({ DeviceName }) => DeviceName === volume.deviceName)?.Ebs
      ?.DeleteOnTermination;
    return wanted === undefined ? volume : { ...volume, deleteOnTermination: wanted };
  });
  for (const { volumeId, deleteOnTermination } of volumes) {
    const volume = world.state.volumes.get(volumeId);
    if (volume !== undefined) world.state.volumes.put(volumeId, { ...volume, deleteOnTermination });
  }
  world.state.changeInstance(record.instanceId, { settings: { ...record.settings, ...change }, volumes });
}

/** `Attribute` with `Value` is the older way to say the same. */
function fromNameAndValue(input: ModifyInstanceAttributeRequest): ModifyInstanceAttributeRequest {
  const { Attribute: name, Value: text } = input;
  if (name === undefined || text === undefined) return input;
  const flag = { Value: text === 'true' };
  if (name === 'disableApiTermination') return { ...input, DisableApiTermination: flag };
  if (name === 'disableApiStop') return { ...input, DisableApiStop: flag };
  if (name === 'instanceType') return { ...input, InstanceType: { Value: text } };
  if (name === 'userData') return { ...input, UserData: { Value: Buffer.from(text, 'base64') } };
  if (name === 'instanceInitiatedShutdownBehavior')
    return { ...input, InstanceInitiatedShutdownBehavior: { Value: text } };
  throw invalidValue(`The attribute '${name}' cannot be changed here`);
}

function settingsChange(
  world: Ec2World,
  { settings }: InstanceRecord,
  input: ModifyInstanceAttributeRequest,
): Partial<LaunchSettings> {
  const behavior = input.InstanceInitiatedShutdownBehavior?.Value;
  if (behavior !== undefined && behavior !== 'stop' && behavior !== 'terminate') {
    throw invalidValue(
      `Invalid value '${behavior}' for instanceInitiatedShutdownBehavior: use stop or terminate`,
    );
  }
  const missing = input.Groups?.find((id) => world.state.securityGroups.get(id) === undefined);
  if (missing !== undefined) throw notFound('InvalidGroup.NotFound', 'security group', [missing]);
  const type = input.InstanceType?.Value;
  const data = input.UserData?.Value;
  return {
    ...(input.DisableApiTermination === undefined
      ? {}
      : { disableApiTermination: input.DisableApiTermination.Value ?? settings.disableApiTermination }),
    ...(input.DisableApiStop === undefined
      ? {}
      : { disableApiStop: input.DisableApiStop.Value ?? settings.disableApiStop }),
    ...(behavior === undefined ? {} : { shutdownBehavior: behavior }),
    ...(type === undefined ? {} : { instanceType: typeOf(type).name }),
    ...(data === undefined ? {} : { userData: Buffer.from(data).toString('base64') }),
    ...(input.Groups === undefined ? {} : { securityGroupIds: input.Groups }),
  };
}

function modifyMetadata(world: Ec2World, input: ModifyInstanceMetadataOptionsRequest) {
  const record = one(world, input.InstanceId);
  const before = record.settings.metadata;
  const metadata = {
    enabled: input.HttpEndpoint === undefined ? before.enabled : input.HttpEndpoint === 'enabled',
    tokenRequired: input.HttpTokens === undefined ? before.tokenRequired : input.HttpTokens === 'required',
    hopLimit: input.HttpPutResponseHopLimit ?? before.hopLimit,
    tags: input.InstanceMetadataTags === undefined ? before.tags : input.InstanceMetadataTags === 'enabled',
  };
  const settings = { ...record.settings, metadata };
  world.state.changeInstance(record.instanceId, { settings });
  return { InstanceId: record.instanceId, InstanceMetadataOptions: metadataView({ ...record, settings }) };
}

function consoleOutput(world: Ec2World, { InstanceId: instanceId }: GetConsoleOutputRequest) {
  if (instanceId === undefined) throw missingParameter('InstanceId');
  const record = one(world, instanceId);
  const text = consoleOf(world, record);
  return {
    InstanceId: instanceId,
    Output: Buffer.from(text).toString('base64'),
    Timestamp: new Date(world.nowMs()),
  };
}

export function consoleOf(world: Pick<Ec2World, 'state' | 'ports'>, { instanceId }: InstanceRecord): string {
  return world.state.consoles.get(instanceId) ?? world.ports.provider.console(instanceId);
}
