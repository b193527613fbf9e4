/** CloudWatch's operations by AWS's names. What is not here answers AWS's error for an unknown operation. */
import type {
  DeleteAlarmsCommandInput,
  DeleteDashboardsCommandInput,
  DescribeAlarmHistoryCommandInput,
  DescribeAlarmsCommandInput,
  DescribeAlarmsForMetricCommandInput,
  DisableAlarmActionsCommandInput,
  EnableAlarmActionsCommandInput,
  GetDashboardCommandInput,
  GetMetricDataCommandInput,
  GetMetricStatisticsCommandInput,
  ListDashboardsCommandInput,
  ListMetricsCommandInput,
  ListTagsForResourceCommandInput,
  PutCompositeAlarmCommandInput,
  PutDashboardCommandInput,
  PutMetricAlarmCommandInput,
  PutMetricDataCommandInput,
  SetAlarmStateCommandInput,
  TagResourceCommandInput,
  UntagResourceCommandInput,
} from '@aws-sdk/client-cloudwatch';
import type { OperationHandler } from '../../contract/service.ts';
import { deleteAlarms, enableAlarmActions, setAlarmState } from './change-alarms.ts';
import type { Dashboards } from './dashboards.ts';
import { describeAlarmHistory } from './describe-alarm-history.ts';
import { describeAlarms, describeAlarmsForMetric } from './describe-alarms.ts';
import { getMetricData } from './get-metric-data.ts';
import { getMetricStatistics } from './get-metric-statistics.ts';
import type { KeptAlarms } from './kept-alarms.ts';
import type { KeptMetrics } from './kept-metrics.ts';
import { listMetrics } from './list-metrics.ts';
import type { MetricTime } from './metric-time.ts';
import type { CloudWatchPorts } from './ports.ts';
import { putCompositeAlarm, putMetricAlarm } from './put-alarms.ts';
import { putMetricData } from './put-metric-data.ts';
import type { Tags } from './tags.ts';

export interface Parts {
  readonly ports: CloudWatchPorts;
  readonly time: MetricTime;
  readonly metrics: KeptMetrics;
  readonly alarms: KeptAlarms;
  readonly dashboards: Dashboards;
  readonly tags: Tags;
}

/** `Input` is what the wire has checked against the operation's shape. */
function handler<Input>(run: OperationHandler<Input>): OperationHandler {
  return run as OperationHandler;
}

export function operationsOf(parts: Parts): Record<string, OperationHandler> {
  return { ...metricOperations(parts), ...alarmOperations(parts), ...otherOperations(parts) };
}

function metricOperations({ time, metrics }: Parts): Record<string, OperationHandler> {
  return {
    GetMetricData: handler<GetMetricDataCommandInput>((input, context) =>
      getMetricData(metrics, time, input, context),
    ),
    GetMetricStatistics: handler<GetMetricStatisticsCommandInput>((input, context) =>
      getMetricStatistics(metrics, time, input, context),
    ),
    ListMetrics: handler<ListMetricsCommandInput>((input, context) =>
      listMetrics(metrics, time, input, context),
    ),
    PutMetricData: handler<PutMetricDataCommandInput>((input, context) =>
      putMetricData(metrics, input, context),
    ),
  };
}

function alarmOperations({ ports, alarms, tags }: Parts): Record<string, OperationHandler> {
  return {
    DeleteAlarms: handler<DeleteAlarmsCommandInput>((input) => deleteAlarms(alarms, tags, input)),
    DescribeAlarmHistory: handler<DescribeAlarmHistoryCommandInput>((input) =>
      describeAlarmHistory(alarms.history, input),
    ),
    DescribeAlarms: handler<DescribeAlarmsCommandInput>((input) => describeAlarms(alarms, ports, input)),
    DescribeAlarmsForMetric: handler<DescribeAlarmsForMetricCommandInput>((input) =>
      describeAlarmsForMetric(alarms, ports, input),
    ),
    DisableAlarmActions: handler<DisableAlarmActionsCommandInput>((input) =>
      enableAlarmActions(alarms, input, false),
    ),
    EnableAlarmActions: handler<EnableAlarmActionsCommandInput>((input) =>
      enableAlarmActions(alarms, input, true),
    ),
    PutCompositeAlarm: handler<PutCompositeAlarmCommandInput>((input) =>
      putCompositeAlarm(alarms, tags, input),
    ),
    PutMetricAlarm: handler<PutMetricAlarmCommandInput>((input) => putMetricAlarm(alarms, tags, input)),
    SetAlarmState: handler<SetAlarmStateCommandInput>((input) => setAlarmState(alarms, input)),
  };
}

function otherOperations({ dashboards, tags }: Parts): Record<string, OperationHandler> {
  return {
    DeleteDashboards: handler<DeleteDashboardsCommandInput>((input) => dashboards.delete(input, tags)),
    GetDashboard: handler<GetDashboardCommandInput>((input) => dashboards.get(input)),
    ListDashboards: handler<ListDashboardsCommandInput>((input) => dashboards.list(input)),
    ListTagsForResource: handler<ListTagsForResourceCommandInput>((input) => tags.list(input.ResourceARN)),
    PutDashboard: handler<PutDashboardCommandInput>((input, context) => dashboards.put(input, tags, context)),
    TagResource: handler<TagResourceCommandInput>((input) => tags.tag(input)),
    UntagResource: handler<UntagResourceCommandInput>((input) => tags.untag(input)),
  };
}

/** What changes the set of alarms, and with it when the next look is due. */
export const CHANGES_ALARMS: ReadonlySet<string> = new Set(['PutMetricAlarm', 'DeleteAlarms']);
