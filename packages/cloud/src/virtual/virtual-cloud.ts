/**
 * The local cloud in virtual time: CloudFormation, Auto Scaling, CloudWatch and EC2 are the ones that run live; clock, records and instances
 * are made up. It decides nothing, and neither system nor network is asked for anything, so one seed gives one history.
 *
 * (B1) Queues, tables and buckets have names and nothing behind them. Who simulates a load publishes its metrics with `putSamples`.
 */
import type { Random } from '@crescendo/base';
import type { MetricSample } from '@crescendo/scaling';
import type { SampledInstance } from '../agent/index.ts';
import type { Compute, ComputeInstance } from '../contract/compute.ts';
import type { ServiceCaller } from '../contract/service.ts';
import type { MetadataDoor } from '../instances/metadata/metadata-server.ts';
import { SimulatedProvider } from '../instances/simulated/simulated-provider.ts';
import { createAutoScalingService } from '../services/autoscaling/index.ts';
import { type BucketPort, createCloudFormationService } from '../services/cloudformation/index.ts';
import { type AlarmActionEvent, createCloudWatch } from '../services/cloudwatch/index.ts';
import { createEc2Service, type Ec2 } from '../services/ec2/index.ts';
import { createSecretBox, createSsmService } from '../services/ssm/index.ts';
import { createStsService } from '../services/sts/index.ts';
import { ServiceRegistry } from '../wire/service-registry.ts';
import { FleetingRecords } from './fleeting-records.ts';
import { type VirtualQueue, virtualHandlers } from './outside-handlers.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface VirtualCloudOptions {
  readonly clock: VirtualClock;
  readonly random: Random;
  /** From the request of an instance until it runs, in milliseconds; asked once for each. */
  readonly bootMs: () => number;
  /** How long an instance that is to end takes to end, in milliseconds. */
  readonly haltMs: () => number;
  /** Images that templates may name. */
  readonly images: readonly string[];
  /** Divides the durations of alarms and policies. Default 1. */
  readonly speed?: number;
  /** From a measurement of instances, groups or `putSamples` until CloudWatch has it, in milliseconds. Default 0. */
  readonly metricDelayMs?: number;
  /** What an instance is told of its target state, such as `Terminated` when its group wants it to end. */
  readonly onTargetState?: (instanceId: string, state: string | undefined) => void;
  /** A queue of a template is made. */
  readonly onQueue?: (queue: VirtualQueue) => void;
  /** What lies at `s3://BUCKET/KEY`, for templates that are too large for a request. */
  readonly templateAt?: (bucket: string, key: string) => string | undefined;
  /** An alarm calls a policy; before it is carried out. */
  readonly onAlarmAction?: (event: AlarmActionEvent) => void;
}

export interface VirtualCloud {
  readonly clock: VirtualClock;
  /** Operations of the services, as services call each other. */
  readonly services: ServiceCaller;
  /** Measurements in any namespace, with the times at which they were made. */
  putSamples(samples: readonly MetricSample[]): void;
  runningInstances(): readonly SampledInstance[];
  /** Whether an instance does not count in its group's metrics yet. */
  isWarming(instanceId: string): boolean;
  /** Called after each change of an instance's state. */
  onInstance(listener: (instance: ComputeInstance) => void): void;
}

const PLACE = { accountId: '000000000000', region: 'us-east-1' };
const KEYS = { accessKeyId: 'virtual', secretAccessKey: 'virtual' };

/** A running cloud without a stack. Nothing of it outlives the last reference to it, so it has no stop. */
export async function startVirtualCloud(options: VirtualCloudOptions): Promise<VirtualCloud> {
  const { clock, random, metricDelayMs = 0 } = options;
  const time = { clock, speed: options.speed ?? 1 };
  const records = new FleetingRecords();
  let requests = 0;
  const registry = new ServiceRegistry({
    ...PLACE,
    nowMs: () => clock.wallMs(),
    requestId: () => `request-${++requests}`,
  });
  const ec2 = virtualEc2(options, records, registry);
  const autoScaling = createAutoScalingService({
    ...PLACE,
    records,
    time,
    random: random.fork('autoscaling'),
    compute: toldOfTargets(ec2.compute, options.onTargetState),
    services: delayedMetrics(registry, clock, metricDelayMs),
  });
  const cloudWatch = createCloudWatch({
    ...PLACE,
    records,
    time,
    onAlarmAction: (event) => {
      options.onAlarmAction?.(event);
      if (event.actionArn.startsWith('arn:aws:autoscaling:')) autoScaling.executeAlarmAction(event);
    },
  });
  const cloudFormation = createCloudFormationService({
    ...PLACE,
    records,
    caller: registry,
    clock,
    random: random.fork('cloudformation'),
    ...(options.templateAt === undefined ? {} : { buckets: readOnly(options.templateAt) }),
    zones: ['a', 'b', 'c'].map((letter) => PLACE.region + letter),
    handlers: virtualHandlers(options.onQueue ?? (() => undefined)),
    waitUrl: (token) => `http://virtual.invalid/${token}`,
    onBroken: (_stackId, error) => {
      throw error;
    },
  });
  const ssm = createSsmService({ ...PLACE, records, secrets: createSecretBox(random.bytes(32)) });
  for (const part of [ec2, autoScaling, cloudWatch, cloudFormation, ssm, createStsService()]) {
    registry.add(part.service);
  }
  for (const part of [ec2, autoScaling, cloudWatch, cloudFormation]) await part.start();
  return {
    clock,
    services: registry,
    putSamples: (samples) => {
      if (metricDelayMs === 0) cloudWatch.putSamples(samples);
      else clock.at(clock.nowMs() + metricDelayMs, () => cloudWatch.putSamples(samples));
    },
    runningInstances: () => ec2.runningInstances(),
    isWarming: (instanceId) => autoScaling.groupOf(instanceId)?.isWarming === true,
    onInstance: (listener) => void ec2.compute.onChange(listener),
  };
}

function virtualEc2(
  { clock, random, bootMs, haltMs, images }: VirtualCloudOptions,
  records: FleetingRecords,
  services: ServiceCaller,
): Ec2 {
  const described = images.map((imageId) => ({ imageId, name: imageId, description: 'virtual' }));
  return createEc2Service({
    ...PLACE,
    records,
    clock,
    random: random.fork('ec2'),
    provider: new SimulatedProvider({ clock, bootMs, haltMs, images: described }),
    services,
    endpointUrl: () => 'http://virtual.invalid',
    credentials: KEYS,
    openMetadata: () => NO_METADATA,
  });
}

const NO_METADATA: MetadataDoor = { open: async () => 0, close: async () => {}, stop: async () => {} };

/** Metrics that services publish of themselves; nobody waits for an answer to them. */
function delayedMetrics(services: ServiceCaller, clock: VirtualClock, delayMs: number): ServiceCaller {
  if (delayMs === 0) return services;
  return {
    call: async <Output>(service: string, operation: string, input: object): Promise<Output> => {
      if (operation !== 'PutMetricData') return await services.call<Output>(service, operation, input);
      clock.setTimer(delayMs, () => void services.call(service, operation, input));
      return {} as Output;
    },
  };
}

function readOnly(templateAt: NonNullable<VirtualCloudOptions['templateAt']>): BucketPort {
  const refuse = async (): Promise<never> => {
    throw new Error('a virtual cloud has no store');
  };
  return {
    exists: async () => false,
    create: refuse,
    remove: refuse,
    setVersioning: refuse,
    setNotifications: refuse,
    readText: async (bucket, key) => templateAt(bucket, key),
  };
}

function toldOfTargets(compute: Compute, tell: VirtualCloudOptions['onTargetState']): Compute {
  if (tell === undefined) return compute;
  return {
    ...compute,
    setTargetLifecycleState: (instanceId, state) => {
      compute.setTargetLifecycleState(instanceId, state);
      tell(instanceId, state);
    },
  };
}
