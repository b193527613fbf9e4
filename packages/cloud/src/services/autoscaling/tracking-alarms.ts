/** The alarms of target tracking policies, kept in CloudWatch like any other. */
import type { TargetTrackingConfiguration } from '@aws-sdk/client-auto-scaling';
import type { PutMetricAlarmCommandInput } from '@aws-sdk/client-cloudwatch';
import {
  predefinedMetric,
  type ScalingPolicy,
  TRACKING_PERIOD_SECONDS,
  type TrackingAlarm,
  type TrackingPolicy,
  trackingAlarms,
} from '@crescendo/scaling';
import { policyArn } from './arns.ts';
import type { GroupKeeper } from './group-keeper.ts';

export async function putTrackingAlarms(
  keeper: GroupKeeper,
  group: string,
  policy: TrackingPolicy,
): Promise<void> {
  for (const input of alarmInputs(keeper, group, policy)) {
    await keeper.ports.services.call('monitoring', 'PutMetricAlarm', input);
  }
}

/** Alarms that are missing, for example because the process ended between the policy and them, are made again. */
export async function restoreTrackingAlarms(keeper: GroupKeeper): Promise<void> {
  for (const [group, { state }] of keeper.groups) {
    for (const policy of state.policies.values()) {
      if (policy.type !== 'TargetTrackingScaling') continue;
      for (const input of alarmInputs(keeper, group, policy)) await restore(keeper, input);
    }
  }
}

async function restore(keeper: GroupKeeper, input: PutMetricAlarmCommandInput): Promise<void> {
  const { services, log } = keeper.ports;
  try {
    const found = await services.call<{ MetricAlarms?: unknown[] }>('monitoring', 'DescribeAlarms', {
      AlarmNames: [input.AlarmName],
    });
    if ((found.MetricAlarms ?? []).length === 0) await services.call('monitoring', 'PutMetricAlarm', input);
  } catch (error) {
    log?.(
      `alarm ${input.AlarmName} could not be restored: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** Takes away the alarms of `before` that `after` has no more. */
export async function dropTrackingAlarms(
  keeper: GroupKeeper,
  before: ScalingPolicy | undefined,
  after?: ScalingPolicy,
): Promise<void> {
  const kept = new Set(alarmNamesOf(after));
  const AlarmNames = alarmNamesOf(before).filter((name) => !kept.has(name));
  if (AlarmNames.length === 0) return;
  try {
    await keeper.ports.services.call('monitoring', 'DeleteAlarms', { AlarmNames });
  } catch (error) {
    // Alarms that a user has deleted already are no reason to keep the policy.
    keeper.ports.log?.(`${AlarmNames.join(', ')}: ${error instanceof Error ? error.message : error}`);
  }
}

export function alarmNamesOf(policy: ScalingPolicy | undefined): readonly string[] {
  if (policy?.type !== 'TargetTrackingScaling') return [];
  const { high, low } = policy.alarmNames;
  return low === undefined ? [high] : [high, low];
}

function alarmInputs(
  keeper: GroupKeeper,
  group: string,
  policy: TrackingPolicy,
): PutMetricAlarmCommandInput[] {
  return trackingAlarms(policy.target, policy.disableScaleIn).map((alarm) =>
    alarmInput(keeper, group, policy, alarm),
  );
}

function alarmInput(
  keeper: GroupKeeper,
  group: string,
  policy: TrackingPolicy,
  alarm: TrackingAlarm,
): PutMetricAlarmCommandInput {
  const arn = policyArn(keeper.ports, policy.id, group, policy.name);
  return {
    AlarmName: alarm.side === 'High' ? policy.alarmNames.high : policy.alarmNames.low,
    AlarmDescription: `DO NOT EDIT OR DELETE. For TargetTrackingScaling policy ${arn}.`,
    ActionsEnabled: true,
    AlarmActions: [arn],
    ComparisonOperator: alarm.comparison,
    Threshold: alarm.threshold,
    EvaluationPeriods: alarm.evaluationPeriods,
    ...metricOf(policy.metric as unknown as TargetTrackingConfiguration, group),
  };
}

function metricOf(
  {
    PredefinedMetricSpecification: predefined,
    CustomizedMetricSpecification: custom,
  }: TargetTrackingConfiguration,
  group: string,
): Partial<PutMetricAlarmCommandInput> {
  if (predefined !== undefined) {
    const metric = predefinedMetric(predefined.PredefinedMetricType!, group, predefined.ResourceLabel)!;
    return {
      Namespace: metric.namespace,
      MetricName: metric.name,
      Dimensions: Object.entries(metric.dimensions).map(([Name, Value]) => ({ Name, Value })),
      Statistic: metric.statistic,
      Period: TRACKING_PERIOD_SECONDS,
    };
  }
  if (custom?.Metrics === undefined || custom.Metrics.length === 0) {
    return {
      Namespace: custom?.Namespace,
      MetricName: custom?.MetricName,
      Dimensions: custom?.Dimensions,
      Statistic: custom?.Statistic,
      Unit: custom?.Unit as PutMetricAlarmCommandInput['Unit'],
      Period: custom?.Period ?? TRACKING_PERIOD_SECONDS,
    };
  }
  return { Metrics: queriesOf(custom.Metrics) };
}

type Queries = NonNullable<
  NonNullable<TargetTrackingConfiguration['CustomizedMetricSpecification']>['Metrics']
>;

function queriesOf(metrics: Queries): PutMetricAlarmCommandInput['Metrics'] {
  return metrics.map(({ Id, Expression, MetricStat, Label, Period, ReturnData }) => ({
    Id,
    Expression,
    Label,
    // AWS reads an absent one as true, CloudWatch for metrics too.
    ReturnData,
    Period: MetricStat === undefined ? (Period ?? TRACKING_PERIOD_SECONDS) : undefined,
    MetricStat:
      MetricStat === undefined
        ? undefined
        : {
            Metric: MetricStat.Metric,
            Stat: MetricStat.Stat,
            Unit: MetricStat.Unit as 'Count',
            Period: MetricStat.Period ?? Period ?? TRACKING_PERIOD_SECONDS,
          },
  }));
}
