/** Auto Scaling groups as the console shows them. */
import type { ActivityView, ChartView, GroupView, Part } from '@crescendo/console';
import { everyItem, partOf } from './cloud-pages.ts';
import { type ChartPorts, readChart } from './metric-charts.ts';

const MOST_GROUPS = 20;
const MOST_ACTIVITIES = 20;

export function groupViews(ports: ChartPorts): Promise<Part<GroupView>> {
  const read = () =>
    everyItem<Group>(ports.services, {
      ...{ service: 'autoscaling', operation: 'DescribeAutoScalingGroups' },
      items: 'AutoScalingGroups',
    });
  return partOf(MOST_GROUPS, read, (group) => groupView(group, ports));
}

async function groupView(group: Group, ports: ChartPorts): Promise<GroupView> {
  const { AutoScalingGroupName: name, MinSize, DesiredCapacity, MaxSize, Instances = [] } = group;
  const sizes = await sizeChart(group, ports);
  return {
    ...{ name, min: MinSize, desired: DesiredCapacity, max: MaxSize },
    instances: Instances.map((one) => ({
      id: one.InstanceId,
      state: one.LifecycleState,
      health: one.HealthStatus,
      zone: one.AvailabilityZone,
      isProtected: one.ProtectedFromScaleIn === true,
    })),
    activities: await latestActivities(name, ports),
    ...(sizes !== undefined && { sizes }),
  };
}

async function latestActivities(name: string, { services }: ChartPorts): Promise<ActivityView[]> {
  const { Activities = [] } = await services.call<{ Activities?: readonly Activity[] }>(
    'autoscaling',
    'DescribeScalingActivities',
    { AutoScalingGroupName: name, MaxRecords: MOST_ACTIVITIES },
  );
  return Activities.map((one) => ({
    id: one.ActivityId,
    startedMs: one.StartTime.getTime(),
    status: one.StatusCode,
    description: one.Description ?? '',
    cause: one.Cause ?? '',
    ...(one.EndTime !== undefined && { endedMs: one.EndTime.getTime() }),
    ...(one.StatusMessage !== undefined && { message: one.StatusMessage }),
  }));
}

const SIZES = { GroupDesiredCapacity: 'wanted', GroupInServiceInstances: 'in service' } as const;

/** What the group published, and how it is now: a change shows before the minute is over. */
async function sizeChart(group: Group, ports: ChartPorts): Promise<ChartView | undefined> {
  if ((group.EnabledMetrics ?? []).length === 0) return undefined;
  const Dimensions = [{ Name: 'AutoScalingGroupName', Value: group.AutoScalingGroupName }];
  const queries = Object.entries(SIZES).map(([MetricName, Label], index) => ({
    ...{ Id: `size${index}`, Label },
    MetricStat: { Metric: { Namespace: 'AWS/AutoScaling', MetricName, Dimensions }, Stat: 'Maximum' },
  }));
  const chart = await readChart({ title: 'Instances', queries, period: 60, steps: true }, ports);
  const serving = (group.Instances ?? []).filter((one) => one.LifecycleState === 'InService').length;
  const now = [group.DesiredCapacity, serving];
  return {
    ...chart,
    lines: chart.lines.map((line, index) => ({
      ...line,
      points: [...line.points, [ports.nowMs, now[index] ?? 0] as const],
    })),
  };
}

/** The members that are read here. */
interface Group {
  readonly AutoScalingGroupName: string;
  readonly MinSize: number;
  readonly MaxSize: number;
  readonly DesiredCapacity: number;
  readonly EnabledMetrics?: readonly object[];
  readonly Instances?: readonly {
    readonly InstanceId: string;
    readonly LifecycleState: string;
    readonly HealthStatus: string;
    readonly AvailabilityZone: string;
    readonly ProtectedFromScaleIn?: boolean;
  }[];
}

interface Activity {
  readonly ActivityId: string;
  readonly StartTime: Date;
  readonly EndTime?: Date;
  readonly StatusCode: string;
  readonly StatusMessage?: string;
  readonly Description?: string;
  readonly Cause?: string;
}
