/** EC2 over simulated instances, for tests: calls as a client makes them, time that tests move, crashes at any moment. */
import type { DescribeInstancesResult, Instance, Reservation } from '@aws-sdk/client-ec2';
import { seededRandom } from '@crescendo/base';
import type { ComputeInstance } from '../../../contract/compute.ts';
import type { RequestContext, ServiceCaller } from '../../../contract/service.ts';
import { AwsError } from '../../../contract/service.ts';
import type { InstanceMetadata } from '../../../instances/metadata/metadata-server.ts';
import { readMetadata } from '../../../instances/metadata/metadata-tree.ts';
import { SimulatedProvider } from '../../../instances/simulated/simulated-provider.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import { MemoryRecords } from '../../../testing/memory-records.ts';
import type { Ec2 } from '../index.ts';
import { createEc2Service } from '../index.ts';
import type { Ec2Ports } from '../ports.ts';

export interface Ec2TestWorld {
  readonly ec2: Ec2;
  readonly provider: SimulatedProvider;
  readonly clock: ManualClock;
  readonly records: MemoryRecords;
  readonly changes: ComputeInstance[];
  /** As a client calls it: the answer comes after the records are on disk. */
  call<Output>(operation: string, input?: object, accessKeyId?: string): Promise<Output>;
  /** The code of the error that the call answers with; `none` when it succeeds. */
  codeOf(operation: string, input?: object): Promise<string>;
  /** What the instance reads under a path without `latest`. */
  readMetadata(instanceId: string, path: string): string | undefined;
  /** Lets everything that can go on go on. */
  settle(): Promise<void>;
}

export async function openEc2(
  options: Partial<Ec2Ports> & {
    readonly records?: MemoryRecords;
    readonly provider?: SimulatedProvider;
    readonly clock?: ManualClock;
  } = {},
): Promise<Ec2TestWorld> {
  const clock = options.clock ?? new ManualClock();
  const records = options.records ?? new MemoryRecords();
  const provider = options.provider ?? new SimulatedProvider({ clock });
  let metadata: (instanceId: string) => InstanceMetadata | undefined = () => undefined;
  const ec2 = createEc2Service({
    random: seededRandom(records.table('ec2/instances').size + 1),
    services: NO_SERVICES,
    accountId: '000000000000',
    region: 'us-east-1',
    endpointUrl: () => 'http://127.0.0.1:4566',
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    openMetadata: (metadataOf) => {
      metadata = metadataOf;
      return { open: async () => 0, close: async () => undefined, stop: async () => undefined };
    },
    ...options,
    clock,
    records,
    provider,
  });
  const changes: ComputeInstance[] = [];
  ec2.compute.onChange((change) => changes.push(change));
  await ec2.start();
  const call = async <Output>(
    operation: string,
    input: object = {},
    accessKeyId = 'AKIA',
  ): Promise<Output> => {
    const handler = ec2.service.operations[operation];
    if (handler === undefined) throw new AwsError('InvalidAction', operation);
    const context: RequestContext = {
      accountId: '000000000000',
      region: 'us-east-1',
      requestId: 'r',
      accessKeyId,
      nowMs: clock.wallMs(),
    };
    const output = await handler(input as never, context);
    await records.durable();
    return output as Output;
  };
  return {
    ec2,
    provider,
    clock,
    records,
    changes,
    call,
    codeOf: async (operation, input) => {
      try {
        await call(operation, input);
        return 'none';
      } catch (error) {
        if (error instanceof AwsError) return error.code;
        throw error;
      }
    },
    readMetadata: (instanceId, path) => readMetadata(metadata(instanceId)!.tree, path),
    settle: () => clock.run(0),
  };
}

/** The least that RunInstances needs. */
export const ONE = { ImageId: 'ami-minimal', InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 };

export async function run(world: Ec2TestWorld, more: object = {}): Promise<Instance> {
  const reservation = await world.call<Reservation>('RunInstances', { ...ONE, ...more });
  return reservation.Instances![0]!;
}

export async function runAndSettle(world: Ec2TestWorld, more: object = {}): Promise<string> {
  const { InstanceId } = await run(world, more);
  await world.settle();
  return InstanceId!;
}

export async function show(world: Ec2TestWorld, instanceId: string): Promise<Instance> {
  const answer = await world.call<DescribeInstancesResult>('DescribeInstances', {
    InstanceIds: [instanceId],
  });
  return answer.Reservations![0]!.Instances![0]!;
}

const NO_SERVICES: ServiceCaller = {
  call: () => Promise.reject(new AwsError('InvalidAction', 'no other service in this test')),
};
