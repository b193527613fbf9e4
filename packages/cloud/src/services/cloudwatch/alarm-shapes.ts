/** Alarms as AWS's clients give and get them, and as the scaler knows them. */
import type {
  CompositeAlarm,
  MetricAlarm,
  PutCompositeAlarmCommandInput,
  PutMetricAlarmCommandInput,
} from '@aws-sdk/client-cloudwatch';
import {
  type Alarm,
  type ComparisonOperator,
  type CompositeAlarmDefinition,
  type MetricAlarmDefinition,
  type MissingData,
  parseStatistic,
} from '@crescendo/scaling';
import {
  invalidCombination,
  invalidValue,
  missingParameter,
  refuseUnknown,
  validationError,
} from './errors.ts';
import { metricQueriesOf, toMetricDataQuery } from './metric-queries.ts';
import { metricOf, statisticOf, toDimensions, unitOf } from './metric-shapes.ts';

const COMPARISONS: readonly string[] = [
  'GreaterThanOrEqualToThreshold',
  'GreaterThanThreshold',
  'LessThanThreshold',
  'LessThanOrEqualToThreshold',
];
const MISSING: readonly string[] = ['missing', 'ignore', 'breaching', 'notBreaching'];
const MAX_NAME = 255;
const MAX_DESCRIPTION = 1_024;

/** Members that would change what the alarm does, and that are not done. */
export const UNSUPPORTED_OF_ALARM = [
  'ThresholdMetricId',
  'EvaluationCriteria',
  'EvaluationWindow',
  'EvaluationInterval',
  'WarmUpConfiguration',
  'ActionConfiguration',
] as const;
export const UNSUPPORTED_OF_COMPOSITE = [
  'ActionsSuppressor',
  'ActionsSuppressorWaitPeriod',
  'ActionsSuppressorExtensionPeriod',
  'ActionConfiguration',
] as const;

/** Not yet checked by `alarmProblem`. */
export function metricAlarmOf(input: PutMetricAlarmCommandInput): MetricAlarmDefinition {
  refuseUnknown(input, UNSUPPORTED_OF_ALARM);
  const { EvaluationPeriods, Threshold, DatapointsToAlarm } = input;
  if (EvaluationPeriods === undefined) throw missingParameter('EvaluationPeriods');
  if (Threshold === undefined) throw missingParameter('Threshold');
  const lowSampleCountPercentile = lowSampleOf(input.EvaluateLowSampleCountPercentile);
  return {
    type: 'metric',
    ...commonOf(input),
    watches: watchesOf(input),
    comparison: comparisonOf(input.ComparisonOperator),
    threshold: Threshold,
    evaluationPeriods: EvaluationPeriods,
    ...(DatapointsToAlarm === undefined ? {} : { datapointsToAlarm: DatapointsToAlarm }),
    ...(input.TreatMissingData === undefined ? {} : { treatMissingData: missingOf(input.TreatMissingData) }),
    ...(lowSampleCountPercentile === undefined ? {} : { lowSampleCountPercentile }),
  };
}

export function compositeAlarmOf(input: PutCompositeAlarmCommandInput): CompositeAlarmDefinition {
  refuseUnknown(input, UNSUPPORTED_OF_COMPOSITE);
  if (input.AlarmRule === undefined) throw missingParameter('AlarmRule');
  return { type: 'composite', ...commonOf(input), rule: input.AlarmRule };
}

type Common = Pick<
  PutCompositeAlarmCommandInput,
  | 'AlarmName'
  | 'AlarmDescription'
  | 'ActionsEnabled'
  | 'OKActions'
  | 'AlarmActions'
  | 'InsufficientDataActions'
>;

function commonOf(input: Common): Omit<CompositeAlarmDefinition, 'type' | 'rule'> {
  const { AlarmName: name, AlarmDescription: description } = input;
  if (name === undefined || name === '') throw missingParameter('AlarmName');
  if (name.length > MAX_NAME || hasControls(name))
    throw validationError(
      `AlarmName must have 1 to ${MAX_NAME} characters, none of them a control character.`,
    );
  if (description !== undefined && description.length > MAX_DESCRIPTION)
    throw validationError(
      `AlarmDescription has ${description.length} characters; at most ${MAX_DESCRIPTION} are allowed.`,
    );
  return {
    name,
    ...(description === undefined ? {} : { description }),
    actionsEnabled: input.ActionsEnabled ?? true,
    okActions: input.OKActions ?? [],
    alarmActions: input.AlarmActions ?? [],
    insufficientDataActions: input.InsufficientDataActions ?? [],
  };
}

function hasControls(text: string): boolean {
  return [...text].some((character) => character < ' ' || character === '\x7f');
}

function watchesOf(input: PutMetricAlarmCommandInput): MetricAlarmDefinition['watches'] {
  const single = [
    'MetricName',
    'Namespace',
    'Dimensions',
    'Period',
    'Unit',
    'Statistic',
    'ExtendedStatistic',
  ] as const;
  if (input.Metrics !== undefined) {
    const both = single.find((name) => input[name] !== undefined);
    if (both !== undefined)
      throw invalidCombination(
        `The parameters Metrics and ${both} are mutually exclusive: give one of them.`,
      );
    return { type: 'math', queries: metricQueriesOf(input.Metrics, 'Metrics') };
  }
  if (input.MetricName === undefined) throw missingParameter('MetricName or Metrics');
  if (input.Period === undefined) throw missingParameter('Period');
  const unit = unitOf(input.Unit, 'Unit');
  const source = { metric: metricOf(input), period: input.Period, statistic: oneStatistic(input) };
  return { type: 'metric', source: { ...source, ...(unit === undefined ? {} : { unit }) } };
}

function oneStatistic({ Statistic, ExtendedStatistic }: PutMetricAlarmCommandInput): string {
  if (Statistic !== undefined && ExtendedStatistic !== undefined)
    throw invalidCombination(
      'The parameters Statistic and ExtendedStatistic are mutually exclusive: give one of them.',
    );
  if (Statistic === undefined && ExtendedStatistic === undefined)
    throw invalidCombination('Exactly one of Statistic and ExtendedStatistic must be specified.');
  return Statistic === undefined
    ? statisticOf(ExtendedStatistic, 'ExtendedStatistic')
    : statisticOf(Statistic, 'Statistic');
}

function comparisonOf(operator: string | undefined): ComparisonOperator {
  if (operator === undefined) throw missingParameter('ComparisonOperator');
  if (COMPARISONS.includes(operator)) return operator as ComparisonOperator;
  throw validationError(`ComparisonOperator is ${operator}; allowed are ${COMPARISONS.join(', ')}.`);
}

function missingOf(treatment: string): MissingData {
  if (MISSING.includes(treatment)) return treatment as MissingData;
  throw invalidValue(`Option must be one of ${MISSING.join(', ')}; TreatMissingData is ${treatment}.`);
}

function lowSampleOf(option: string | undefined): 'evaluate' | 'ignore' | undefined {
  if (option === undefined || option === 'evaluate' || option === 'ignore') return option;
  throw invalidValue(`Option must be evaluate or ignore; EvaluateLowSampleCountPercentile is ${option}.`);
}

export function isMetricAlarm(alarm: Alarm): alarm is Alarm<MetricAlarmDefinition> {
  return alarm.definition.type === 'metric';
}

export function isCompositeAlarm(alarm: Alarm): alarm is Alarm<CompositeAlarmDefinition> {
  return alarm.definition.type === 'composite';
}

function toCommon({ definition, status, configuredMs }: Alarm, arn: string): CompositeAlarm & MetricAlarm {
  const { description } = definition;
  return {
    AlarmName: definition.name,
    AlarmArn: arn,
    ...(description === undefined ? {} : { AlarmDescription: description }),
    AlarmConfigurationUpdatedTimestamp: new Date(configuredMs),
    ActionsEnabled: definition.actionsEnabled,
    OKActions: [...definition.okActions],
    AlarmActions: [...definition.alarmActions],
    InsufficientDataActions: [...definition.insufficientDataActions],
    StateValue: status.state,
    StateReason: status.reason,
    ...(status.reasonData === undefined ? {} : { StateReasonData: status.reasonData }),
    StateUpdatedTimestamp: new Date(status.updatedMs),
    StateTransitionedTimestamp: new Date(status.transitionedMs),
  };
}

export function toCompositeAlarm(alarm: Alarm<CompositeAlarmDefinition>, arn: string): CompositeAlarm {
  return { ...toCommon(alarm, arn), AlarmRule: alarm.definition.rule };
}

export function toMetricAlarm(alarm: Alarm<MetricAlarmDefinition>, arn: string): MetricAlarm {
  const { definition } = alarm;
  const { datapointsToAlarm, treatMissingData, lowSampleCountPercentile } = definition;
  return {
    ...toCommon(alarm, arn),
    ...toWatches(definition),
    EvaluationPeriods: definition.evaluationPeriods,
    ...(datapointsToAlarm === undefined ? {} : { DatapointsToAlarm: datapointsToAlarm }),
    Threshold: definition.threshold,
    ComparisonOperator: definition.comparison,
    ...(treatMissingData === undefined ? {} : { TreatMissingData: treatMissingData }),
    ...(lowSampleCountPercentile === undefined
      ? {}
      : { EvaluateLowSampleCountPercentile: lowSampleCountPercentile }),
  };
}

function toWatches({ watches }: MetricAlarmDefinition): MetricAlarm {
  if (watches.type === 'math') return { Metrics: watches.queries.map(toMetricDataQuery) };
  const { metric, period, statistic, unit } = watches.source;
  const parsed = parseStatistic(statistic)!;
  return {
    Namespace: metric.namespace,
    MetricName: metric.name,
    Dimensions: toDimensions(metric.dimensions),
    Period: period,
    ...(parsed.type === statistic
      ? { Statistic: statistic as NonNullable<MetricAlarm['Statistic']> }
      : { ExtendedStatistic: statistic }),
    ...(unit === undefined ? {} : { Unit: unit }),
  };
}
