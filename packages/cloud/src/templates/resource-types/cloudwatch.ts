import {
  flag,
  inert,
  integer,
  json,
  listOf,
  number,
  record,
  replaces,
  required,
  TAGS,
  text,
} from '../property-shape.ts';
import type { ResourceType } from './resource-type.ts';

const NO_TARGET = 'only actions that are scaling policies are carried out';
const DIMENSIONS = listOf(record({ Name: required(text()), Value: required(text()) }));

const ALARM: ResourceType = {
  name: 'AWS::CloudWatch::Alarm',
  reference: "the alarm's name",
  attributes: ['Arn'],
  properties: {
    AlarmName: replaces(text()),
    AlarmDescription: text(),
    ActionsEnabled: flag(),
    AlarmActions: listOf(text()),
    OKActions: listOf(text()),
    InsufficientDataActions: listOf(text()),
    ComparisonOperator: required(text()),
    Threshold: number(),
    ThresholdMetricId: text(),
    EvaluationPeriods: required(integer(1)),
    DatapointsToAlarm: integer(1),
    Period: integer(10),
    Statistic: text('Average', 'Maximum', 'Minimum', 'SampleCount', 'Sum'),
    ExtendedStatistic: text(),
    EvaluateLowSampleCountPercentile: text('evaluate', 'ignore'),
    TreatMissingData: text('breaching', 'notBreaching', 'ignore', 'missing'),
    Namespace: text(),
    MetricName: text(),
    Dimensions: DIMENSIONS,
    Unit: text(),
    Metrics: listOf(
      record({
        Id: required(text()),
        AccountId: inert(text(), 'there is one account'),
        Expression: text(),
        Label: text(),
        Period: integer(1),
        ReturnData: flag(),
        MetricStat: record({
          Metric: required(record({ Namespace: text(), MetricName: text(), Dimensions: DIMENSIONS })),
          Period: required(integer(1)),
          Stat: required(text()),
          Unit: text(),
        }),
      }),
    ),
    Tags: TAGS,
  },
};

const COMPOSITE_ALARM: ResourceType = {
  name: 'AWS::CloudWatch::CompositeAlarm',
  reference: "the alarm's name",
  attributes: ['Arn'],
  properties: {
    AlarmName: replaces(text()),
    AlarmRule: required(text()),
    AlarmDescription: text(),
    ActionsEnabled: flag(),
    ActionsSuppressor: text(),
    ActionsSuppressorExtensionPeriod: integer(0),
    ActionsSuppressorWaitPeriod: integer(0),
    AlarmActions: inert(listOf(text()), NO_TARGET),
    OKActions: inert(listOf(text()), NO_TARGET),
    InsufficientDataActions: inert(listOf(text()), NO_TARGET),
    Tags: TAGS,
  },
};

const DASHBOARD: ResourceType = {
  name: 'AWS::CloudWatch::Dashboard',
  reference: "the dashboard's name",
  attributes: [],
  properties: { DashboardName: replaces(text()), DashboardBody: required(json()) },
};

export const CLOUDWATCH_TYPES: readonly ResourceType[] = [ALARM, COMPOSITE_ALARM, DASHBOARD];
