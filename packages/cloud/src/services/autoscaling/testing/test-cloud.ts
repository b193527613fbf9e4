/** The service with everything around it made up: clock, EC2, CloudWatch, records that survive a crash. */
import type { AutoScalingGroup, AutoScalingGroupsType } from '@aws-sdk/client-auto-scaling';
import { seededRandom } from '@crescendo/base';
import { AwsError, type RequestContext, type ServiceCaller } from '../../../contract/service.ts';
import { ManualClock } from '../../../testing/manual-clock.ts';
import { MemoryRecords } from '../../../testing/memory-records.ts';
import { createAutoScalingService } from '../index.ts';
import type { AutoScaling } from '../ports.ts';
import { SimulatedCompute } from './simulated-compute.ts';

export interface RecordedCall {
  readonly service: string;
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

const SUBNETS: Readonly<Record<string, string>> = { 'subnet-a': 'us-east-1a', 'subnet-b': 'us-east-1b' };

export class TestCloud {
  readonly clock = new ManualClock(Date.UTC(2026, 0, 1));
  readonly compute = new SimulatedCompute(this.clock);
  readonly calls: RecordedCall[] = [];
  readonly published: { readonly targetArn: string; readonly message: Readonly<Record<string, unknown>> }[] =
    [];
  /** Names of alarms that CloudWatch has. */
  readonly alarms = new Set<string>();
  /** What CloudWatch refuses alarms with, while set. */
  alarmRefusal: AwsError | undefined;
  records = new MemoryRecords();
  scaling: AutoScaling;
  readonly #speed: number;
  #starts = 0;

  constructor(speed = 1) {
    this.#speed = speed;
    this.scaling = this.#create();
  }

  static async started(speed = 1): Promise<TestCloud> {
    const cloud = new TestCloud(speed);
    await cloud.scaling.start();
    return cloud;
  }

  #create(): AutoScaling {
    const services: ServiceCaller = {
      call: (service, operation, input) => this.#call(service, operation, input),
    };
    return createAutoScalingService({
      records: this.records,
      time: { clock: this.clock, speed: this.#speed },
      random: seededRandom(++this.#starts),
      compute: this.compute,
      services,
      accountId: '000000000000',
      region: 'us-east-1',
      publish: (targetArn, message) => this.published.push({ targetArn, message }),
    });
  }

  /** The process dies now; what it had not on disk is lost. */
  crash(): void {
    void this.scaling.stop();
    this.records = this.records.afterCrash();
    this.scaling = this.#create();
  }

  async call<Output>(operation: string, input: object): Promise<Output> {
    const handler = this.scaling.service.operations[operation] as (
      input: object,
      context: RequestContext,
    ) => Promise<Output>;
    const context = {
      accountId: '000000000000',
      region: 'us-east-1',
      requestId: 'r',
      accessKeyId: 'k',
      nowMs: this.clock.wallMs(),
    };
    const output = await handler(input, context);
    await this.records.durable();
    return output;
  }

  /** The code of the error that the call is answered with. */
  async refusal(operation: string, input: object): Promise<AwsError> {
    try {
      await this.call(operation, input);
    } catch (error) {
      if (error instanceof AwsError) return error;
      throw error;
    }
    throw new Error(`${operation} was not refused`);
  }

  async #call<Output>(service: string, operation: string, input: object): Promise<Output> {
    const members = input as Record<string, unknown>;
    this.calls.push({ service, operation, input: members });
    return this.#answer(operation, members) as Output;
  }

  #answer(operation: string, input: Record<string, unknown>): unknown {
    if (operation === 'DescribeSubnets') {
      const ids = input['SubnetIds'] as string[];
      return { Subnets: ids.map((SubnetId) => ({ SubnetId, AvailabilityZone: SUBNETS[SubnetId] })) };
    }
    if (operation === 'CreateLaunchTemplate') {
      this.compute.addTemplate('lt-made');
      return { LaunchTemplate: { LaunchTemplateId: 'lt-made' } };
    }
    if (operation === 'PutMetricAlarm') {
      if (this.alarmRefusal !== undefined) throw this.alarmRefusal;
      this.alarms.add(String(input['AlarmName']));
    }
    if (operation === 'DeleteAlarms')
      for (const name of input['AlarmNames'] as string[]) this.alarms.delete(name);
    if (operation === 'DescribeAlarms') {
      const names = (input['AlarmNames'] as string[] | undefined) ?? [];
      return {
        MetricAlarms: names.filter((name) => this.alarms.has(name)).map((AlarmName) => ({ AlarmName })),
      };
    }
    return {};
  }

  called(operation: string): Record<string, unknown>[] {
    return this.calls.filter((call) => call.operation === operation).map(({ input }) => input);
  }
}

export const GROUP = {
  AutoScalingGroupName: 'g',
  MinSize: 0,
  MaxSize: 10,
  LaunchTemplate: { LaunchTemplateId: 'lt-1' },
  AvailabilityZones: ['us-east-1a', 'us-east-1b'],
};

export const NAME = { AutoScalingGroupName: 'g' };

/** The group as AWS describes it. */
export async function describe(cloud: TestCloud, name = 'g'): Promise<AutoScalingGroup | undefined> {
  const answer = await cloud.call<AutoScalingGroupsType>('DescribeAutoScalingGroups', {
    AutoScalingGroupNames: [name],
  });
  return answer.AutoScalingGroups![0];
}

/** A cloud with one group, ten seconds after its creation. */
export async function withGroup(more: object = {}): Promise<TestCloud> {
  const cloud = await TestCloud.started();
  await cloud.call('CreateAutoScalingGroup', { ...GROUP, ...more });
  await cloud.clock.run(10_000);
  return cloud;
}

export const statesOf = (group: AutoScalingGroup | undefined): (string | undefined)[] =>
  (group?.Instances ?? []).map(({ LifecycleState }) => LifecycleState);
