/** Metrics as AWS's clients name them, checked, and as the scaler names them. */
import type { Dimension, MetricStat } from '@aws-sdk/client-cloudwatch';
import {
  isUnit,
  type MetricIdentity,
  type MetricStatistic,
  parseStatistic,
  type Unit,
} from '@crescendo/scaling';
import { invalidValue, missingParameter } from './errors.ts';

const MAX_DIMENSIONS = 30;
const MAX_NAME = 255;
const MAX_DIMENSION_VALUE = 1_024;
const PRINTABLE = /^[\x20-\x7e]+$/;
const PERIODS_BELOW_MINUTE = [1, 5, 10, 20, 30];

export interface NamedMetric {
  readonly Namespace?: string | undefined;
  readonly MetricName?: string | undefined;
  readonly Dimensions?: readonly Dimension[] | undefined;
}

/** `path` stands before the names in messages, for example `MetricData.member.1.`. */
export function metricOf({ Namespace, MetricName, Dimensions }: NamedMetric, path = ''): MetricIdentity {
  return {
    namespace: namespaceOf(Namespace, path),
    name: textOf(MetricName, `${path}MetricName`, MAX_NAME),
    dimensions: dimensionsOf(Dimensions ?? [], path),
  };
}

function namespaceOf(namespace: string | undefined, path: string): string {
  const name = textOf(namespace, `${path}Namespace`, MAX_NAME);
  if (name.startsWith(':'))
    throw invalidValue(
      `The value ${name} for parameter ${path}Namespace is invalid: it begins with a colon.`,
    );
  return name;
}

export function dimensionsOf(
  dimensions: readonly Dimension[],
  path: string,
): { name: string; value: string }[] {
  if (dimensions.length > MAX_DIMENSIONS)
    throw invalidValue(
      `The collection ${path}Dimensions must not have a size greater than ${MAX_DIMENSIONS}, and has ${dimensions.length}.`,
    );
  const list = dimensions.map(({ Name, Value }, i) => {
    const place = `${path}Dimensions.member.${i + 1}.`;
    const name = textOf(Name, `${place}Name`, MAX_NAME);
    if (name.startsWith(':'))
      throw invalidValue(`The value ${name} for parameter ${place}Name is invalid: it begins with a colon.`);
    return { name, value: textOf(Value, `${place}Value`, MAX_DIMENSION_VALUE) };
  });
  const names = list.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw invalidValue(`The dimension ${twice} stands twice in ${path}Dimensions.`);
  return list;
}

/** A required text of printable ASCII, not only blanks. */
function textOf(text: string | undefined, name: string, limit: number): string {
  if (text === undefined || text === '') throw missingParameter(name);
  if (text.length > limit)
    throw invalidValue(`The value of ${name} has ${text.length} characters; at most ${limit} are allowed.`);
  if (!PRINTABLE.test(text) || text.trim() === '')
    throw invalidValue(`The parameter ${name} must hold printable ASCII characters, and not only blanks.`);
  return text;
}

export function unitOf(unit: string | undefined, name: string): Unit | undefined {
  if (unit === undefined || isUnit(unit)) return unit;
  throw invalidValue(`The value ${unit} for parameter ${name} is not a unit of CloudWatch.`);
}

export function statisticOf(statistic: string | undefined, name: string): string {
  if (statistic === undefined || statistic === '') throw missingParameter(name);
  if (parseStatistic(statistic) === undefined)
    throw invalidValue(`The value ${statistic} for parameter ${name} is not supported.`);
  return statistic;
}

/** Seconds: what metrics can be read by. */
export function periodOf(period: number | undefined, name: string): number {
  if (period === undefined) throw missingParameter(name);
  if (
    PERIODS_BELOW_MINUTE.includes(period) ||
    (Number.isInteger(period) && period >= 60 && period % 60 === 0)
  )
    return period;
  throw invalidValue(
    `The parameter ${name} is ${period}; it must be ${PERIODS_BELOW_MINUTE.join(', ')} or a multiple of 60.`,
  );
}

export function metricStatisticOf(stat: MetricStat, path: string): MetricStatistic {
  if (stat.Metric === undefined) throw missingParameter(`${path}Metric`);
  const unit = unitOf(stat.Unit, `${path}Unit`);
  return {
    metric: metricOf(stat.Metric, `${path}Metric.`),
    period: periodOf(stat.Period, `${path}Period`),
    statistic: statisticOf(stat.Stat, `${path}Stat`),
    ...(unit === undefined ? {} : { unit }),
  };
}

export function toMetric({ namespace, name, dimensions }: MetricIdentity): {
  Namespace: string;
  MetricName: string;
  Dimensions: { Name: string; Value: string }[];
} {
  return { Namespace: namespace, MetricName: name, Dimensions: toDimensions(dimensions) };
}

export function toDimensions(dimensions: MetricIdentity['dimensions']): { Name: string; Value: string }[] {
  return dimensions.map(({ name, value }) => ({ Name: name, Value: value }));
}
