/** What the store, its group and its alarms look like, through the public APIs. */
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
} from '@aws-sdk/client-auto-scaling';
import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { Connection } from '../../wordfreq/src/system/session.ts';

export interface Sight {
  readonly atMs: number;
  readonly desired: number;
  readonly inService: number;
  /** Instances by their state, in Auto Scaling's words. */
  readonly instances: readonly { readonly id: string; readonly state: string }[];
  readonly alarms: Readonly<Record<string, string>>;
  /** Of the fullest volume, as the alarms see it; undefined before the first value. */
  readonly diskPercent: number | undefined;
  readonly cpuPercent: number | undefined;
  readonly store: StoreState;
}

export interface StoreState {
  readonly nodes: readonly {
    readonly id: string;
    readonly state: string;
    readonly pid: number;
    readonly partitions: number;
    readonly bytes: number;
    readonly receivedBytes: number;
  }[];
  readonly replication: {
    readonly underReplicatedPartitions: number;
    readonly movingPartitions: number;
  };
}

/** Of the alarms; a cloud that runs faster has shorter minutes. */
const PERIOD_SECONDS = 60;

/** Whether nodes come or go, or data is on its way. */
export function isMoving({ instances, store }: Sight): boolean {
  const { underReplicatedPartitions, movingPartitions } = store.replication;
  return (
    underReplicatedPartitions + movingPartitions > 0 || instances.some(({ state }) => state !== 'InService')
  );
}

export interface ObserverOptions {
  readonly connection: Connection;
  /** Asks the store itself, as `crescendo status --json` does. */
  readonly status: () => Promise<StoreState>;
}

export class Observer {
  private readonly options: ObserverOptions;
  private readonly scaling: AutoScalingClient;
  private readonly metrics: CloudWatchClient;

  constructor(options: ObserverOptions) {
    this.options = options;
    const client = options.connection;
    this.scaling = new AutoScalingClient(client);
    this.metrics = new CloudWatchClient(client);
  }

  close(): void {
    this.scaling.destroy();
    this.metrics.destroy();
  }

  async look(): Promise<Sight> {
    const [group, alarms, store] = await Promise.all([this.group(), this.alarms(), this.options.status()]);
    const { diskPercent, cpuPercent } = await this.averages(group.name);
    return { atMs: Date.now(), ...group, alarms, store, diskPercent, cpuPercent };
  }

  /** Causes of the last activities, newest first. */
  async activities(): Promise<readonly { readonly status: string; readonly text: string }[]> {
    const { Activities = [] } = await this.scaling.send(
      new DescribeScalingActivitiesCommand({ MaxRecords: 10 }),
    );
    return Activities.map(({ StatusCode = '', Description = '', Cause = '' }) => ({
      status: StatusCode,
      text: `${Description}. ${Cause}`,
    }));
  }

  private async group() {
    const { AutoScalingGroups = [] } = await this.scaling.send(new DescribeAutoScalingGroupsCommand({}));
    const [group] = AutoScalingGroups;
    const instances = (group?.Instances ?? []).map(({ InstanceId = '', LifecycleState = '' }) => ({
      id: InstanceId,
      state: LifecycleState,
    }));
    return {
      name: group?.AutoScalingGroupName ?? '',
      desired: group?.DesiredCapacity ?? 0,
      inService: instances.filter(({ state }) => state === 'InService').length,
      instances,
    };
  }

  private async alarms(): Promise<Record<string, string>> {
    const { MetricAlarms = [] } = await this.metrics.send(new DescribeAlarmsCommand({}));
    return Object.fromEntries(
      MetricAlarms.map(({ AlarmName = '', StateValue = '' }) => [shortName(AlarmName), StateValue]),
    );
  }

  private async averages(group: string) {
    const EndTime = new Date();
    const StartTime = new Date(EndTime.getTime() - 5 * 60_000);
    const stat = (Id: string, Namespace: string, MetricName: string, Stat: string) => ({
      Id,
      MetricStat: {
        Metric: { Namespace, MetricName, Dimensions: [{ Name: 'AutoScalingGroupName', Value: group }] },
        Period: PERIOD_SECONDS,
        Stat,
      },
    });
    const { MetricDataResults = [] } = await this.metrics.send(
      new GetMetricDataCommand({
        StartTime,
        EndTime,
        ScanBy: 'TimestampDescending',
        MetricDataQueries: [
          stat('disk', 'CWAgent', 'disk_used_percent', 'Maximum'),
          stat('cpu', 'AWS/EC2', 'CPUUtilization', 'Average'),
        ],
      }),
    );
    const newest = (id: string): number | undefined =>
      MetricDataResults.find((result) => result.Id === id)?.Values?.[0];
    return { diskPercent: newest('disk'), cpuPercent: newest('cpu') };
  }
}

/** Names that a stack gives are `STACK-RESOURCE-RANDOM`. */
function shortName(alarmName: string): string {
  return /^[^-]+-(\w+)-\w+$/.exec(alarmName)?.[1] ?? alarmName;
}
