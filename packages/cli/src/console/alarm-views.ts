/** Alarms as the console shows them. */
import type { AlarmView, ChartView, Part } from '@crescendo/console';
import { everyItem, partOf } from './cloud-pages.ts';
import { type ChartPorts, type MetricQuery, readChart, type WantedChart } from './metric-charts.ts';

const MOST_ALARMS = 40;

export function alarmViews(ports: ChartPorts): Promise<Part<AlarmView>> {
  const read = () =>
    everyItem<Alarm>(ports.services, {
      ...{ service: 'monitoring', operation: 'DescribeAlarms', items: 'MetricAlarms' },
      input: { MaxRecords: 100 },
    });
  return partOf(MOST_ALARMS, read, (alarm) => alarmView(alarm, ports));
}

async function alarmView(alarm: Alarm, ports: ChartPorts): Promise<AlarmView> {
  const { AlarmName: name, Threshold: threshold } = alarm;
  const queries = queriesOf(alarm);
  const wanted = {
    title: name,
    queries,
    period: periodOf(alarm),
    ...(threshold !== undefined && { threshold }),
  };
  const chart = await chartOf(wanted, ports);
  return {
    name,
    description: alarm.AlarmDescription ?? '',
    state: alarm.StateValue,
    sinceMs: (alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp).getTime(),
    reason: alarm.StateReason ?? '',
    condition: conditionOf(alarm),
    calls: (alarm.AlarmActions ?? []).map((arn) => calledBy(arn, alarm.ActionsEnabled !== false)),
    ...(chart !== undefined && { chart }),
  };
}

/** Undefined where the metrics cannot be read now: the alarm is worth showing without them. */
async function chartOf(wanted: WantedChart, ports: ChartPorts): Promise<ChartView | undefined> {
  return await readChart(wanted, ports).catch(() => undefined);
}

function queriesOf(alarm: Alarm): readonly MetricQuery[] {
  if (alarm.Metrics !== undefined && alarm.Metrics.length > 0) return alarm.Metrics;
  const { Namespace, MetricName, Dimensions, Statistic, ExtendedStatistic } = alarm;
  const Metric = { Namespace, MetricName, Dimensions };
  return [
    {
      Id: 'watched',
      Label: MetricName ?? '',
      MetricStat: { Metric, Stat: Statistic ?? ExtendedStatistic ?? 'Average' },
    },
  ];
}

function periodOf({ Period, Metrics = [] }: Alarm): number {
  const periods = Metrics.flatMap((query) => query.MetricStat?.Period ?? query.Period ?? []);
  return Period ?? (periods.length === 0 ? 60 : Math.min(...periods));
}

const COMPARED: Readonly<Record<string, string>> = {
  GreaterThanThreshold: '>',
  GreaterThanOrEqualToThreshold: '>=',
  LessThanThreshold: '<',
  LessThanOrEqualToThreshold: '<=',
};

function conditionOf(alarm: Alarm): string {
  const {
    Statistic,
    ExtendedStatistic,
    MetricName,
    Metrics = [],
    EvaluationPeriods,
    DatapointsToAlarm,
  } = alarm;
  const returned = Metrics.find(({ ReturnData }) => ReturnData !== false);
  const watched =
    returned?.Expression ??
    `${Statistic ?? ExtendedStatistic ?? returned?.MetricStat?.Stat ?? 'value'} of ${MetricName ?? returned?.Id ?? ''}`;
  const compared = COMPARED[alarm.ComparisonOperator] ?? alarm.ComparisonOperator;
  const some = DatapointsToAlarm !== undefined && DatapointsToAlarm < EvaluationPeriods;
  const times = some ? `${DatapointsToAlarm} of ${EvaluationPeriods}` : `${EvaluationPeriods}`;
  return `${watched} ${compared} ${alarm.Threshold ?? ''} for ${times} x ${periodOf(alarm)} s`;
}

const POLICY = /:autoScalingGroupName\/(.+):policyName\/(.+)$/;

/** Of an action's ARN what tells it apart. */
function calledBy(arn: string, isEnabled: boolean): string {
  const [, group, policy] = POLICY.exec(arn) ?? [];
  const topic = /^arn:aws:sns:.*:([^:]+)$/.exec(arn)?.[1];
  const told =
    policy !== undefined ? `policy ${policy} of ${group}` : topic === undefined ? arn : `topic ${topic}`;
  return isEnabled ? told : `${told} (switched off)`;
}

/** The members that are read here. */
interface Alarm {
  readonly AlarmName: string;
  readonly AlarmDescription?: string;
  readonly StateValue: string;
  readonly StateReason?: string;
  readonly StateUpdatedTimestamp: Date;
  readonly StateTransitionedTimestamp?: Date;
  readonly ActionsEnabled?: boolean;
  readonly AlarmActions?: readonly string[];
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: readonly object[];
  readonly Statistic?: string;
  readonly ExtendedStatistic?: string;
  readonly Period?: number;
  readonly Metrics?: readonly MetricQuery[];
  readonly EvaluationPeriods: number;
  readonly DatapointsToAlarm?: number;
  readonly Threshold?: number;
  readonly ComparisonOperator: string;
}
