import type { MetricDatum, PutMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import type { MetricSample, SampleData } from '@crescendo/scaling';
import type { RequestContext } from '../../contract/service.ts';
import { invalidCombination, invalidValue, missingParameter } from './errors.ts';
import type { KeptMetrics } from './kept-metrics.ts';
import { metricOf, unitOf } from './metric-shapes.ts';

const MAX_DATA = 1_000;
const MAX_VALUES = 150;
const MAX_MAGNITUDE = 2 ** 360;
const OLDEST_MS = 14 * 24 * 3_600_000;
const NEWEST_MS = 2 * 3_600_000;

/** Signer of the cloud's own services, which may write in AWS's namespaces. */
const INTERNAL = 'internal';

/** Entities are accepted and not kept: nothing here asks for them. */
export function putMetricData(
  metrics: KeptMetrics,
  input: PutMetricDataCommandInput,
  context: RequestContext,
): void {
  const { Namespace } = input;
  if (Namespace?.startsWith('AWS/') && context.accessKeyId !== INTERNAL)
    throw invalidValue(
      `The value ${Namespace} for parameter Namespace is invalid: names that begin with AWS/ are AWS's own.`,
    );
  const entities = input.EntityMetricData ?? [];
  const data = [...(input.MetricData ?? []), ...entities.flatMap(({ MetricData }) => MetricData ?? [])];
  if (data.length === 0) throw missingParameter('MetricData');
  if (data.length > MAX_DATA)
    throw invalidValue(
      `The collection MetricData must not have a size greater than ${MAX_DATA}, and has ${data.length}.`,
    );
  metrics.put(
    data.map((datum, i) => sampleOf(Namespace, datum, `MetricData.member.${i + 1}.`, context.nowMs)),
  );
}

function sampleOf(
  namespace: string | undefined,
  datum: MetricDatum,
  path: string,
  nowMs: number,
): MetricSample {
  const metric = metricOf({ ...datum, Namespace: namespace }, path);
  const unit = unitOf(datum.Unit, `${path}Unit`);
  return {
    metric,
    timeMs: timeOf(datum, path, nowMs),
    data: dataOf(datum, path),
    ...(unit === undefined ? {} : { unit }),
    storageResolution: resolutionOf(datum, path),
  };
}

function resolutionOf({ StorageResolution: resolution = 60 }: MetricDatum, path: string): 1 | 60 {
  if (resolution === 1 || resolution === 60) return resolution;
  throw invalidValue(`The parameter ${path}StorageResolution is ${resolution}; 1 and 60 are allowed.`);
}

function timeOf({ Timestamp }: MetricDatum, path: string, nowMs: number): number {
  const timeMs = Timestamp?.getTime() ?? nowMs;
  if (timeMs > nowMs + NEWEST_MS)
    throw invalidValue(
      `The parameter ${path}Timestamp must specify a time no more than two hours in the future.`,
    );
  if (timeMs < nowMs - OLDEST_MS)
    throw invalidValue(`The parameter ${path}Timestamp must specify a time within the past two weeks.`);
  return timeMs;
}

function dataOf(datum: MetricDatum, path: string): SampleData {
  const given = (['Value', 'StatisticValues', 'Values'] as const).filter((name) => datum[name] !== undefined);
  if (given.length > 1)
    throw invalidCombination(
      `The parameters ${given.map((name) => path + name).join(' and ')} are mutually exclusive and you have specified both.`,
    );
  if (datum.Value !== undefined) return { type: 'value', value: numberOf(datum.Value, `${path}Value`) };
  if (datum.Values !== undefined) return valuesOf(datum.Values, datum.Counts, path);
  if (datum.StatisticValues !== undefined) return summaryOf(datum.StatisticValues, `${path}StatisticValues.`);
  throw missingParameter(`${path}Value, ${path}Values or ${path}StatisticValues`);
}

function numberOf(value: number | undefined, name: string): number {
  if (value === undefined) throw missingParameter(name);
  if (Number.isFinite(value) && Math.abs(value) <= MAX_MAGNITUDE) return value;
  throw invalidValue(
    `The value ${value} for parameter ${name} is invalid: numbers from -2^360 to 2^360 are allowed.`,
  );
}

function valuesOf(
  values: readonly number[],
  counts: readonly number[] | undefined,
  path: string,
): SampleData {
  if (values.length === 0 || values.length > MAX_VALUES)
    throw invalidValue(
      `The collection ${path}Values has ${values.length} values; 1 to ${MAX_VALUES} are allowed.`,
    );
  if (counts !== undefined && counts.length !== values.length)
    throw invalidValue(
      `The parameters ${path}Values and ${path}Counts must be of the same length, and have ${values.length} and ${counts.length}.`,
    );
  const checkedCounts = values.map((_, i) => {
    const count = numberOf(counts?.[i] ?? 1, `${path}Counts.member.${i + 1}`);
    if (count > 0) return count;
    throw invalidValue(
      `The value ${count} for parameter ${path}Counts.member.${i + 1} is invalid: it must be greater than 0.`,
    );
  });
  const checked = values.map((value, i) => numberOf(value, `${path}Values.member.${i + 1}`));
  return { type: 'values', values: checked, counts: checkedCounts };
}

function summaryOf(set: NonNullable<MetricDatum['StatisticValues']>, path: string): SampleData {
  const count = numberOf(set.SampleCount, `${path}SampleCount`);
  const sum = numberOf(set.Sum, `${path}Sum`);
  const minimum = numberOf(set.Minimum, `${path}Minimum`);
  const maximum = numberOf(set.Maximum, `${path}Maximum`);
  if (count <= 0)
    throw invalidValue(
      `The value ${count} for parameter ${path}SampleCount is invalid: it must be greater than 0.`,
    );
  if (minimum > maximum)
    throw invalidValue(
      `The parameter ${path}Minimum must not be greater than ${path}Maximum, and they are ${minimum} and ${maximum}.`,
    );
  return { type: 'summary', count, sum, minimum, maximum };
}
