/** EC2 of the local cloud: launch templates, instances and what belongs to them, over an instance provider. */
import { randomBytes } from 'node:crypto';
import type { SampledInstance } from '../../agent/index.ts';
import type { Compute } from '../../contract/compute.ts';
import type { AwsService, OperationHandler, RequestContext } from '../../contract/service.ts';
import { AwsError } from '../../contract/service.ts';
import type { LimitReport } from '../../instances/instance-provider.ts';
import { MetadataServer } from '../../instances/metadata/metadata-server.ts';
import { createCompute } from './compute.ts';
import { allOf, Ec2State } from './ec2-state.ts';
import type { Ec2World, Operations } from './ec2-world.ts';
import { metadataOf } from './instance-metadata.ts';
import { InstanceRunner } from './instance-runner.ts';
import { findInstanceType } from './instance-types.ts';
import { Launcher } from './launcher.ts';
import { attributeOperations } from './operations/attributes.ts';
import { catalogueOperations } from './operations/catalogue.ts';
import { instanceOperations } from './operations/instances.ts';
import { keyPairOperations } from './operations/key-pairs.ts';
import { launchTemplateOperations } from './operations/launch-templates.ts';
import { networkViewOperations } from './operations/network-views.ts';
import { ensureDefaultGroup, securityGroupOperations } from './operations/security-groups.ts';
import { volumeAndTagOperations } from './operations/volumes-and-tags.ts';
import type { Ec2Ports } from './ports.ts';
import { interruptSpot, recommendRebalance } from './spot.ts';

export type { InstanceType } from './instance-types.ts';
export { findInstanceType } from './instance-types.ts';
export type { Ec2Ports } from './ports.ts';

export interface Ec2 {
  readonly service: AwsService;
  readonly compute: Compute;
  /** Takes over or starts every recorded instance that should run, and finishes what was under way. */
  start(): Promise<void>;
  /** Stops all instances, keeps their volumes, and remembers that they should run. */
  stop(): Promise<void>;
  /** What the market does to spot instances: a notice in the instance's metadata, two minutes before it is taken. */
  interruptSpot(instanceId: string, noticeMs?: number): Promise<void>;
  recommendRebalance(instanceId: string): Promise<void>;
  /** The instances that run now, as the metrics agent sees them. */
  runningInstances(): readonly SampledInstance[];
  /** Which limits of its type and volume the instance is held to. */
  limitsOf(instanceId: string): readonly LimitReport[];
}

export function createEc2Service(ports: Ec2Ports): Ec2 {
  const state = new Ec2State(ports);
  ensureDefaultGroup(state, ports);
  const metadataOfId = (instanceId: string) => {
    const record = state.instances.get(instanceId);
    return record && metadataOf(record, state, ports);
  };
  const openMetadata = ports.openMetadata ?? listenForMetadata(ports);
  const runner = new InstanceRunner(ports, state, openMetadata(metadataOfId));
  const world: Ec2World = {
    ports,
    state,
    runner,
    launcher: new Launcher(ports, state),
    region: ports.region,
    accountId: ports.accountId,
    isHealthy: (instanceId) => ports.provider.isHealthy(instanceId),
    nowMs: () => ports.clock.wallMs(),
  };
  return {
    service: { signingName: 'ec2', operations: withDryRun(operationsOf(world)) },
    compute: createCompute(world),
    start: async () => {
      world.launcher.forgetOldTokens();
      await runner.start();
    },
    stop: () => runner.stop(),
    interruptSpot: (instanceId, noticeMs) => interruptSpot(world, instanceId, noticeMs),
    recommendRebalance: (instanceId) => recommendRebalance(world, instanceId),
    runningInstances: () => runningInstances(world),
    limitsOf: () => ports.provider.limits({ vcpus: 1 }),
  };
}

function listenForMetadata({ clock }: Ec2Ports): NonNullable<Ec2Ports['openMetadata']> {
  return (metadataOfId) =>
    new MetadataServer({ key: randomBytes(32), wallMs: () => clock.wallMs(), metadataOf: metadataOfId });
}

function operationsOf(world: Ec2World): Operations {
  return {
    ...instanceOperations(world),
    ...attributeOperations(world),
    ...launchTemplateOperations(world),
    ...securityGroupOperations(world),
    ...keyPairOperations(world),
    ...catalogueOperations(world),
    ...networkViewOperations(world),
    ...volumeAndTagOperations(world),
  };
}

function runningInstances(world: Ec2World): SampledInstance[] {
  return allOf(world.state.instances)
    .filter(({ state }) => state === 'running')
    .map(({ instanceId, settings }) => ({
      instanceId,
      imageId: settings.imageId,
      instanceType: settings.instanceType,
      vcpus: findInstanceType(settings.instanceType)?.vcpus ?? 1,
      memoryBytes: (findInstanceType(settings.instanceType)?.memoryMiB ?? 1024) * 2 ** 20,
      groupName: world.state.tagsOf(instanceId)['aws:autoscaling:groupName'],
      healthy: world.isHealthy(instanceId),
    }));
}

/** `DryRun` asks whether a request would be allowed, and everything is; EC2 answers with an error that says so. */
function withDryRun(operations: Operations): Operations {
  return Object.fromEntries(
    Object.entries(operations).map(([name, handler]) => {
      const run = handler as OperationHandler<{ readonly DryRun?: boolean }>;
      const guarded = (input: { readonly DryRun?: boolean }, context: RequestContext) => {
        if (input.DryRun !== true) return run(input, context);
        throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
      };
      return [name, guarded];
    }),
  );
}
