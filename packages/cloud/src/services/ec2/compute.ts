/** EC2 as Auto Scaling sees it. */
import type {
  Compute,
  ComputeInstance,
  LaunchRequest,
  LaunchTemplateReference,
} from '../../contract/compute.ts';
import type { Ec2World } from './ec2-world.ts';
import type { InstanceRecord } from './instance-record.ts';
import { terminated } from './instance-states.ts';
import { imageFor } from './launch-settings.ts';
import { findTemplate, findVersion } from './launch-templates.ts';
import { consoleOf } from './operations/attributes.ts';
import { tagList } from './tags.ts';

export function createCompute(world: Ec2World): Compute {
  const { state } = world;
  return {
    launch: (request) => launch(world, request),
    terminate: async (instanceId, reason) => {
      const record = state.instances.get(instanceId);
      const change = record && terminated(record, world.nowMs(), reason);
      if (change !== undefined) state.changeInstance(instanceId, change);
      await world.ports.records.durable();
    },
    describe: (instanceId) => {
      const record = state.instances.get(instanceId);
      return record && computeInstance(record, world);
    },
    setTargetLifecycleState: (instanceId, targetLifecycleState) => {
      const record = state.instances.get(instanceId);
      // Not a change of the instance's state: nobody is told.
      if (record !== undefined) state.instances.put(instanceId, { ...record, targetLifecycleState });
    },
    resolveLaunchTemplate: (reference) => resolve(world, reference),
    assertImage: (ImageId) => {
      if (!ImageId.startsWith('resolve:ssm:'))
        imageFor({ ImageId }, { images: world.ports.provider.images() });
    },
    consoleTail: (instanceId, lines) => {
      const record = state.instances.get(instanceId);
      const text = record === undefined ? '' : consoleOf(world, record);
      return text.trimEnd().split('\n').slice(-lines).join('\n');
    },
    onChange: (listener) => state.onInstance((record) => listener(computeInstance(record, world))),
  };
}

async function launch(world: Ec2World, request: LaunchRequest): Promise<ComputeInstance> {
  const { zone, subnetId, instanceType, spot, tags } = request;
  const records = await world.launcher.launch({
    launchTemplate: byIdFirst(request.launchTemplate),
    data: {
      Placement: { AvailabilityZone: zone },
      ...(subnetId === undefined ? {} : { NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: subnetId }] }),
      ...(instanceType === undefined ? {} : { InstanceType: instanceType as 't3.micro' }),
      ...(spot === true ? { InstanceMarketOptions: { MarketType: 'spot' } } : {}),
      TagSpecifications: [{ ResourceType: 'instance', Tags: tagList(tags) }],
    },
    minimum: 1,
    maximum: 1,
    clientToken: request.clientToken,
    accessKeyId: 'internal',
  });
  await world.ports.records.durable();
  return computeInstance(records[0]!, world);
}

/** Groups keep both; requests of clients may only give one. */
function byIdFirst({ launchTemplateName, ...rest }: LaunchTemplateReference): LaunchTemplateReference {
  if (rest.launchTemplateId !== undefined || launchTemplateName === undefined) return rest;
  return { ...rest, launchTemplateName };
}

function computeInstance(record: InstanceRecord, world: Ec2World): ComputeInstance {
  const { instanceId, state, settings } = record;
  return {
    instanceId,
    state,
    reason: record.stateReason?.message ?? record.transitionReason,
    zone: settings.zone,
    instanceType: settings.instanceType,
    imageId: settings.imageId,
    launchTimeMs: record.launchTimeMs,
    privateIpAddress: record.address.host,
    healthy: state === 'pending' || (state === 'running' && world.isHealthy(instanceId)),
  };
}

function resolve(world: Ec2World, reference: LaunchTemplateReference) {
  const template = findTemplate(world.state, byIdFirst(reference));
  const { number, data } = findVersion(world.state, template, reference.version);
  return {
    launchTemplateId: template.id,
    launchTemplateName: template.name,
    version: String(number),
    instanceType: data.InstanceType,
    imageId: data.ImageId,
  };
}
