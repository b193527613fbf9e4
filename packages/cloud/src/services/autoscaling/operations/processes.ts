/** Processes that can be suspended, metrics that can be collected, topics that can be told, and the lists of what there is. */
import type {
  DeleteNotificationConfigurationType,
  DescribeNotificationConfigurationsType,
  DisableMetricsCollectionQuery,
  EnableMetricsCollectionQuery,
  PutNotificationConfigurationType,
  ScalingProcessQuery,
} from '@aws-sdk/client-auto-scaling';
import {
  isProcessName,
  NOTIFICATION_TYPES,
  PROCESS_NAMES,
  type ProcessName,
  TERMINATION_POLICIES,
} from '@crescendo/scaling';
import { checkOneOf, invalid, required } from '../checks.ts';
import type { GroupKeeper } from '../group-keeper.ts';
import { GROUP_METRICS } from '../group-metrics.ts';
import { pageOf } from '../paging.ts';
import { MAX_GROUPS } from './groups.ts';
import { MAX_LAUNCH_CONFIGURATIONS } from './launch-configurations.ts';
import { type MakeOperations, operationSet } from './operation-set.ts';

export const processOperations: MakeOperations = (keeper) =>
  operationSet({
    SuspendProcesses: (input: ScalingProcessQuery) => change(keeper, input, 'processes-suspended'),
    ResumeProcesses: (input: ScalingProcessQuery) => change(keeper, input, 'processes-resumed'),
    EnableMetricsCollection: (input: EnableMetricsCollectionQuery) => enable(keeper, input),
    DisableMetricsCollection: (input: DisableMetricsCollectionQuery) => disable(keeper, input),
    PutNotificationConfiguration: (input: PutNotificationConfigurationType) => putTopic(keeper, input),
    DescribeNotificationConfigurations: (input: DescribeNotificationConfigurationsType) =>
      topics(keeper, input),
    DeleteNotificationConfiguration: (input: DeleteNotificationConfigurationType) => dropTopic(keeper, input),
    DescribeScalingProcessTypes: () => ({ Processes: PROCESS_NAMES.map((ProcessName) => ({ ProcessName })) }),
    DescribeTerminationPolicyTypes: () => ({ TerminationPolicyTypes: [...TERMINATION_POLICIES] }),
    DescribeAutoScalingNotificationTypes: () => ({ AutoScalingNotificationTypes: [...NOTIFICATION_TYPES] }),
    DescribeMetricCollectionTypes: () => ({
      Metrics: GROUP_METRICS.map((Metric) => ({ Metric })),
      Granularities: [{ Granularity: '1Minute' }],
    }),
    DescribeAccountLimits: () => ({
      MaxNumberOfAutoScalingGroups: MAX_GROUPS,
      MaxNumberOfLaunchConfigurations: MAX_LAUNCH_CONFIGURATIONS,
      NumberOfAutoScalingGroups: keeper.groups.size,
      NumberOfLaunchConfigurations: keeper.launchConfigurations.size,
    }),
  });

function change(
  keeper: GroupKeeper,
  input: ScalingProcessQuery,
  type: 'processes-suspended' | 'processes-resumed',
): void {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  keeper.apply(name, { type, names: readProcesses(input.ScalingProcesses ?? []) });
}

function readProcesses(names: readonly string[]): readonly ProcessName[] {
  if (names.length === 0) return PROCESS_NAMES;
  return names.map((name) => {
    if (isProcessName(name)) return name;
    throw invalid(`Process ${name} is not supported. Valid processes are: ${PROCESS_NAMES.join(', ')}.`);
  });
}

function readMetrics(metrics: readonly string[] | undefined): readonly string[] {
  if (metrics === undefined || metrics.length === 0) return GROUP_METRICS;
  for (const metric of metrics) checkOneOf(metric, 'metrics', GROUP_METRICS);
  return metrics;
}

function enable(keeper: GroupKeeper, input: EnableMetricsCollectionQuery): void {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  checkOneOf(required(input.Granularity, 'granularity'), 'granularity', ['1Minute']);
  const { enabledMetrics } = keeper.find(name).details;
  keeper.changeDetails(name, {
    enabledMetrics: [...new Set([...enabledMetrics, ...readMetrics(input.Metrics)])],
  });
}

function disable(keeper: GroupKeeper, input: DisableMetricsCollectionQuery): void {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const off = readMetrics(input.Metrics);
  const { enabledMetrics } = keeper.find(name).details;
  keeper.changeDetails(name, { enabledMetrics: enabledMetrics.filter((metric) => !off.includes(metric)) });
}

function putTopic(keeper: GroupKeeper, input: PutNotificationConfigurationType): void {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  const topicArn = required(input.TopicARN, 'topicARN');
  const types = input.NotificationTypes ?? [];
  for (const type of types) checkOneOf(type, 'notificationTypes', NOTIFICATION_TYPES);
  if (types.length === 0) throw invalid('At least one of NotificationTypes must be given.');
  keeper.apply(name, { type: 'notifications-put', topicArn, types });
}

function dropTopic(keeper: GroupKeeper, input: DeleteNotificationConfigurationType): void {
  const name = required(input.AutoScalingGroupName, 'autoScalingGroupName');
  keeper.apply(name, { type: 'notifications-deleted', topicArn: required(input.TopicARN, 'topicARN') });
}

function topics(keeper: GroupKeeper, input: DescribeNotificationConfigurationsType) {
  const wanted = input.AutoScalingGroupNames ?? [];
  const all = [...keeper.groups]
    .filter(([name]) => wanted.length === 0 || wanted.includes(name))
    .flatMap(([AutoScalingGroupName, { state }]) =>
      [...state.notifications].flatMap(([TopicARN, types]) =>
        types.map((NotificationType) => ({ AutoScalingGroupName, TopicARN, NotificationType })),
      ),
    );
  const { items, NextToken } = pageOf(all, (one) => Object.values(one).join(' '), input);
  return { NotificationConfigurations: items, NextToken };
}
