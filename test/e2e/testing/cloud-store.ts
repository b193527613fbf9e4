/**
 * A local cloud with the store in it, seen through AWS's clients and through the nodes' own doors, which answer while the cloud is away.
 * It can be killed, stopped and started again at any moment; whoever holds this object need not notice.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeLifecycleHooksCommand,
  DescribeScalingActivitiesCommand,
  ResumeProcessesCommand,
  SetDesiredCapacityCommand,
  SuspendProcessesCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeInstancesCommand, DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { KeyPair } from '../../../packages/cli/src/client/connection.ts';
import { readKeys } from '../../../packages/cli/src/credentials.ts';
import type { ClusterStatus } from '../../../packages/store/src/index.ts';
import { TestClient } from './s3-client.ts';
import { UpProcess } from './up-process.ts';
import { eventually } from './wait.ts';

export interface GroupSight {
  readonly name: string;
  readonly desired: number;
  readonly instances: readonly {
    readonly id: string;
    readonly state: string;
    readonly isProtected: boolean;
  }[];
}

/** An S3 door: the one of the cloud, or a node's own. */
export interface CloudDoor {
  readonly name: string;
  readonly endpoint: string;
  readonly isRunning: boolean;
  readonly isServing: boolean;
}

const STACK = 'store';
const FRONT = 'front';

export class CloudStore {
  readonly folder: string;
  readonly keys: KeyPair;
  readonly #arguments: readonly string[];
  readonly #autoScaling: AutoScalingClient;
  readonly #cloudFormation: CloudFormationClient;
  readonly #cloudWatch: CloudWatchClient;
  readonly #ec2: EC2Client;
  readonly #clients = new Map<string, TestClient>();
  #up: UpProcess | undefined;
  #doors: readonly CloudDoor[] = [];

  /**
   * @param more further arguments of `crescendo up`
   * @param lostAfterMs it is killed so long after each of its first starts, on the folder that was empty at first
   */
  static async start(more: readonly string[], lostAfterMs: readonly number[] = []): Promise<CloudStore> {
    const folder = await mkdtemp(join(tmpdir(), 'crescendo-cloud-'));
    const data = join(folder, 'data');
    try {
      for (const afterMs of lostAfterMs) await UpProcess.startAndKill(data, more, afterMs);
      const up = await UpProcess.start(data, more);
      const keys = await readKeys(join(data, 'credentials'));
      if (keys === undefined) throw new Error(`${data} holds no key pair`);
      return new CloudStore(folder, more, up, keys);
    } catch (error) {
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
      throw error;
    }
  }

  private constructor(folder: string, more: readonly string[], up: UpProcess, keys: KeyPair) {
    this.folder = folder;
    this.#arguments = more;
    this.#up = up;
    this.keys = keys;
    const { endpoint } = up;
    const { accessKeyId, secretAccessKey } = keys;
    const credentials = { accessKeyId, secretAccessKey };
    const configuration = { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 };
    this.#autoScaling = new AutoScalingClient(configuration);
    this.#cloudFormation = new CloudFormationClient(configuration);
    this.#cloudWatch = new CloudWatchClient(configuration);
    this.#ec2 = new EC2Client(configuration);
    this.#doors = [this.#front];
  }

  get data(): string {
    return join(this.folder, 'data');
  }

  get isUp(): boolean {
    return this.#up !== undefined;
  }

  /** Ends the cloud alone, with `kill -9`. */
  async kill(): Promise<void> {
    const up = this.#up;
    this.#up = undefined;
    up?.kill();
    await up?.ended();
  }

  /** Ctrl-C: the cloud, and all its instances with it. */
  async stop(): Promise<void> {
    const up = this.#up;
    this.#up = undefined;
    up?.interrupt();
    const end = await up?.ended(60_000);
    if (end !== undefined && end.status !== 0)
      throw new Error(`Ctrl-C ended the cloud with ${end.signal ?? end.status}`);
  }

  /** Starts it on the port of the last time and resolves when it is ready. */
  async startAgain(): Promise<void> {
    this.#up = await UpProcess.start(this.data, this.#arguments);
    if (this.#up.endpoint !== this.#front.endpoint) throw new Error(`another port: ${this.#up.endpoint}`);
  }

  /** Starts it and kills it after so long, ready or not. */
  async startAndKill(afterMs: number): Promise<void> {
    await UpProcess.startAndKill(this.data, this.#arguments, afterMs);
  }

  async group(): Promise<GroupSight> {
    const { AutoScalingGroups = [] } = await this.#autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
    const [group] = AutoScalingGroups;
    if (group === undefined) throw new Error('there is no group');
    return {
      name: group.AutoScalingGroupName ?? '',
      desired: group.DesiredCapacity ?? 0,
      instances: (group.Instances ?? []).map((one) => ({
        id: one.InstanceId ?? '',
        state: one.LifecycleState ?? '',
        isProtected: one.ProtectedFromScaleIn === true,
      })),
    };
  }

  async setDesired(capacity: number): Promise<void> {
    const { name } = await this.group();
    const change = { AutoScalingGroupName: name, DesiredCapacity: capacity };
    await this.#autoScaling.send(new SetDesiredCapacityCommand(change));
  }

  /** Whether alarms may change the group. */
  async processes(change: 'suspend' | 'resume'): Promise<void> {
    const { name } = await this.group();
    const processes = { AutoScalingGroupName: name, ScalingProcesses: ['AlarmNotification'] };
    if (change === 'suspend') await this.#autoScaling.send(new SuspendProcessesCommand(processes));
    else await this.#autoScaling.send(new ResumeProcessesCommand(processes));
  }

  /** Newest first. */
  async activities(): Promise<readonly string[]> {
    const { Activities = [] } = await this.#autoScaling.send(
      new DescribeScalingActivitiesCommand({ MaxRecords: 20 }),
    );
    return Activities.map((one) =>
      `${one.StatusCode}: ${one.Description}. ${one.StatusMessage ?? ''} ${one.Cause ?? ''}`.slice(0, 400),
    );
  }

  async hooks(): Promise<readonly string[]> {
    const { name } = await this.group();
    const { LifecycleHooks = [] } = await this.#autoScaling.send(
      new DescribeLifecycleHooksCommand({ AutoScalingGroupName: name }),
    );
    return LifecycleHooks.map(({ LifecycleHookName = '' }) => LifecycleHookName).sort();
  }

  async alarms(): Promise<readonly { readonly name: string; readonly state: string }[]> {
    const { MetricAlarms = [] } = await this.#cloudWatch.send(new DescribeAlarmsCommand({}));
    return MetricAlarms.map(({ AlarmName = '', StateValue = '' }) => ({
      name: AlarmName,
      state: StateValue,
    }));
  }

  /** The newest average over the group, of a period of the cloud; undefined before the first value. */
  async metric(namespace: string, name: string, statistic = 'Average'): Promise<number | undefined> {
    const { name: group } = await this.group();
    const nowMs = Date.now();
    const { MetricDataResults = [] } = await this.#cloudWatch.send(
      new GetMetricDataCommand({
        StartTime: new Date(nowMs - 600_000),
        EndTime: new Date(nowMs),
        MetricDataQueries: [
          {
            Id: 'one',
            MetricStat: {
              Metric: {
                Namespace: namespace,
                MetricName: name,
                Dimensions: [{ Name: 'AutoScalingGroupName', Value: group }],
              },
              Period: 60,
              Stat: statistic,
            },
          },
        ],
      }),
    );
    return MetricDataResults[0]?.Values?.[0];
  }

  async stackStatus(): Promise<string> {
    const { Stacks = [] } = await this.#cloudFormation.send(new DescribeStacksCommand({ StackName: STACK }));
    return `${Stacks[0]?.StackStatus ?? ''} ${Stacks[0]?.StackStatusReason ?? ''}`.trim();
  }

  /** Changes one parameter of the store's template and keeps the others. */
  async updateStack(key: string, value: string): Promise<void> {
    const { Stacks = [] } = await this.#cloudFormation.send(new DescribeStacksCommand({ StackName: STACK }));
    const known = (Stacks[0]?.Parameters ?? []).map(({ ParameterKey }) => ParameterKey ?? '');
    await this.#cloudFormation.send(
      new UpdateStackCommand({
        StackName: STACK,
        UsePreviousTemplate: true,
        Capabilities: ['CAPABILITY_IAM'],
        Parameters: known.map((ParameterKey) =>
          ParameterKey === key
            ? { ParameterKey, ParameterValue: value }
            : { ParameterKey, UsePreviousValue: true },
        ),
      }),
    );
  }

  /** Ids of instances that are neither terminated nor on their way there, with their volumes. */
  async instances(): Promise<ReadonlyMap<string, string>> {
    const { Reservations = [] } = await this.#ec2.send(new DescribeInstancesCommand({}));
    const living = Reservations.flatMap(({ Instances = [] }) => Instances).filter(
      ({ State }) => State?.Name === 'running' || State?.Name === 'pending',
    );
    return new Map(
      living.map(({ InstanceId = '', BlockDeviceMappings = [] }) => [
        InstanceId,
        BlockDeviceMappings[0]?.Ebs?.VolumeId ?? '',
      ]),
    );
  }

  async volumes(): Promise<readonly string[]> {
    const { Volumes = [] } = await this.#ec2.send(new DescribeVolumesCommand({}));
    return Volumes.map(({ VolumeId = '' }) => VolumeId).sort();
  }

  /** The doors that should answer, as far as is known: the cloud's own while it runs, and those of the nodes. */
  get serving(): readonly CloudDoor[] {
    return this.#doors.filter(({ name }) => name !== FRONT || this.isUp);
  }

  /** What stops answering with the cloud is no door any more; the next look finds who does. */
  forgetNodes(): void {
    this.#doors = [this.#front];
  }

  client({ endpoint }: Pick<CloudDoor, 'endpoint'>): TestClient {
    const known = this.#clients.get(endpoint);
    if (known !== undefined) return known;
    const client = new TestClient(endpoint, this.keys);
    this.#clients.set(endpoint, client);
    return client;
  }

  /** The store as the first door that answers sees it. */
  async status(): Promise<ClusterStatus> {
    let reason = 'there is no door';
    for (const door of this.serving) {
      try {
        const answer = await this.client(door).send('GET', '/_crescendo/state', { limitMs: 15_000 });
        if (answer.status === 200) return JSON.parse(answer.body.toString()) as ClusterStatus;
        reason = `${answer.status} ${answer.body}`;
      } catch (error) {
        reason = String(error);
      }
    }
    throw new Error(`nobody tells of the store: ${reason}`);
  }

  /** Learns the doors of the nodes of now. */
  async look(): Promise<ClusterStatus> {
    const status = await this.status();
    const nodes = status.nodes
      .filter(({ state, advertised, pid }) => state === 'up' && pid > 0 && advertised['s3'] !== undefined)
      .map(({ advertised }) => doorOf(advertised['instance'] ?? '', `http://${advertised['s3']}`));
    this.#doors = [this.#front, ...nodes];
    return status;
  }

  /** Resolves when so many instances are in service, no others are there, and every copy is where it should be. */
  async settled(instances: number, limitMs: number): Promise<ClusterStatus> {
    return await eventually(`${instances} instances in service and balance`, limitMs, async () => {
      const { desired, instances: found } = await this.group();
      const states = found.map(({ state }) => state);
      const status = await this.look();
      const { underReplicatedPartitions, movingPartitions } = status.replication;
      const holding = status.nodes.filter(({ state, partitions }) => state === 'up' && partitions > 0).length;
      const isSettled =
        desired === instances &&
        states.length === instances &&
        states.every((state) => state === 'InService') &&
        holding === instances &&
        underReplicatedPartitions + movingPartitions === 0;
      if (isSettled) return status;
      const nodes = status.nodes.map((one) => `${one.advertised['instance']} ${one.state} ${one.partitions}`);
      throw new Error(
        `desired ${desired}, ${states.join(' ')}, ${holding} hold data (${nodes.join(', ')}), ${underReplicatedPartitions} under-replicated, ${movingPartitions} moving`,
      );
    });
  }

  /** Ends everything, in whatever state it is, and deletes it unless it is to be kept. */
  async end(keep = false): Promise<void> {
    // Instances that a killed cloud has left behind end with the next one.
    if (!this.isUp) await this.startAgain().catch(() => undefined);
    await this.#up?.end();
    this.#up = undefined;
    for (const client of this.#clients.values()) client.close();
    for (const client of [this.#autoScaling, this.#cloudFormation, this.#cloudWatch, this.#ec2])
      client.destroy();
    if (!keep) await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  #frontDoor: CloudDoor | undefined;

  get #front(): CloudDoor {
    this.#frontDoor ??= doorOf(FRONT, this.#up?.endpoint ?? '');
    return this.#frontDoor;
  }
}

function doorOf(name: string, endpoint: string): CloudDoor {
  return { name, endpoint, isRunning: true, isServing: true };
}
