import type {
  GetMetricDataCommandInput,
  GetMetricDataCommandOutput,
  MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import {
  MathError,
  type MathLine,
  MathLines,
  type MathValue,
  type MetricQuery,
  parseExpression,
  type TimeSeries,
} from '@crescendo/scaling';
import type { RequestContext } from '../../contract/service.ts';
import { invalidNextToken, invalidValue, missingParameter, validationError } from './errors.ts';
import type { KeptMetrics } from './kept-metrics.ts';
import { metricQueriesOf } from './metric-queries.ts';
import type { MetricTime } from './metric-time.ts';
import { decodeToken, encodeToken } from './paging.ts';
import { readMetricSeries } from './read-series.ts';
import { searchMetrics } from './search-metrics.ts';
import { periodsOf, type TimeRange, timeRangeOf } from './time-range.ts';

const MAX_QUERIES = 500;
const MAX_DATAPOINTS = 100_800;
const QUERY_ID = /^[a-z][A-Za-z0-9_]{0,254}$/;

type Output = Omit<GetMetricDataCommandOutput, '$metadata'>;

/** What all lines of one request are worked out with. */
interface Reading {
  readonly metrics: KeptMetrics;
  readonly time: MetricTime;
  readonly range: TimeRange;
  readonly nowMs: number;
}

export function getMetricData(
  metrics: KeptMetrics,
  time: MetricTime,
  input: GetMetricDataCommandInput,
  { nowMs }: RequestContext,
): Output {
  if (input.MetricDataQueries === undefined) throw missingParameter('MetricDataQueries');
  const queries = metricQueriesOf(input.MetricDataQueries, 'MetricDataQueries');
  checkQueries(queries);
  const limit = input.MaxDatapoints ?? MAX_DATAPOINTS;
  if (limit < 1 || limit > MAX_DATAPOINTS)
    throw invalidValue(`The parameter MaxDatapoints is ${limit}; 1 to ${MAX_DATAPOINTS} are allowed.`);
  const series = workOut(queries, { metrics, time, range: timeRangeOf(input), nowMs });
  const results = series.map(({ id, label, one }) => resultOf(id, label, one, time, input.ScanBy));
  return pageOfResults(results, skipOf(input.NextToken), limit);
}

function checkQueries(queries: readonly MetricQuery[]): void {
  if (queries.length === 0 || queries.length > MAX_QUERIES)
    throw validationError(
      `MetricDataQueries has ${queries.length} queries; 1 to ${MAX_QUERIES} are allowed.`,
    );
  const ids = queries.map(({ id }) => id);
  const wrong = ids.find((id) => !QUERY_ID.test(id));
  if (wrong !== undefined)
    throw validationError(
      `The id "${wrong}" must begin with a lower-case letter and hold only letters, digits and _.`,
    );
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw validationError(`The id "${twice}" is used by two queries.`);
}

interface Worked {
  readonly id: string;
  readonly label: string;
  readonly one: TimeSeries;
}

function workOut(queries: readonly MetricQuery[], reading: Reading): Worked[] {
  const lines = queries.map((query) => lineOf(query, reading));
  const periods = queries.flatMap((query) =>
    query.type === 'metric' ? [query.source.period] : (query.period ?? []),
  );
  const { time } = reading;
  const period = periods.length === 0 ? 60 : Math.min(...periods);
  const { startMs, periodMs, count } = periodsOf(reading.range, period, reading.nowMs);
  const values = new MathLines(lines, {
    startMs: time.toMetric(startMs),
    endMs: time.toMetric(startMs + count * periodMs),
    periodMs: time.toMetric(periodMs),
    speed: time.speed,
    search: (expression, statistic, searchPeriod) => search(expression, statistic, searchPeriod, reading),
  });
  return queries.filter(({ returnData }) => returnData).flatMap((query) => workedOf(query, values));
}

function workedOf(query: MetricQuery, lines: MathLines): Worked[] {
  const { id, label } = query;
  const value = inExpression(id, () => lines.valueOf(id));
  if (value?.type === 'series')
    return [{ id, label: label ?? (query.type === 'metric' ? value.label : id), one: value }];
  if (value?.type === 'list') return value.items.map((one) => ({ id, label: one.label, one }));
  throw validationError(`Error in expression '${id}': it gives ${nameOf(value)}; a time series was expected`);
}

function nameOf(value: MathValue | undefined): string {
  return value?.type === 'scalar' ? 'a number (TIME_SERIES makes a series of it)' : 'a text';
}

function inExpression<Result>(id: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof MathError) throw validationError(`Error in expression '${id}': ${error.message}`);
    throw error;
  }
}

function lineOf(query: MetricQuery, { metrics, time, range, nowMs }: Reading): MathLine {
  const { id } = query;
  if (query.type === 'metric') {
    const { source, label = source.metric.name } = query;
    const periods = periodsOf(range, source.period, nowMs);
    return { id, series: readMetricSeries(metrics, time, source, periods, label) };
  }
  const expression = inExpression(id, () => parseExpression(query.expression));
  return {
    id,
    expression,
    ...(query.period === undefined ? {} : { periodMs: time.toMetric(query.period * 1_000) }),
  };
}

function search(expression: string, statistic: string, period: number, reading: Reading): TimeSeries[] {
  const { metrics, time, range, nowMs } = reading;
  const found = searchMetrics(expression, metrics.store.metrics());
  const periods = periodsOf(range, period, nowMs);
  return found.map((metric) => {
    const label = [metric.name, ...metric.dimensions.map(({ value }) => value)].join(' ');
    return readMetricSeries(metrics, time, { metric, period, statistic }, periods, label);
  });
}

interface Result {
  readonly id: string;
  readonly label: string;
  readonly times: Date[];
  readonly values: number[];
}

/** Newest first unless told. */
function resultOf(
  id: string,
  label: string,
  { times, values }: TimeSeries,
  time: MetricTime,
  scanBy: GetMetricDataCommandInput['ScanBy'],
): Result {
  const dates = times.map((timeMs) => new Date(time.toTrue(timeMs)));
  const result = { id, label, times: dates, values: [...values] };
  if (scanBy === 'TimestampAscending') return result;
  result.times.reverse();
  result.values.reverse();
  return result;
}

function skipOf(token: string | undefined): number {
  if (token === undefined) return 0;
  const skip = Number(decodeToken(token));
  if (!Number.isSafeInteger(skip) || skip < 1) throw invalidNextToken();
  return skip;
}

/** Points are counted through all results; a result that ends on this page is complete. */
function pageOfResults(results: readonly Result[], skip: number, limit: number): Output {
  const end = skip + limit;
  const page: MetricDataResult[] = [];
  let position = 0;
  for (const { id, label, times, values } of results) {
    const [from, to] = [Math.max(0, skip - position), Math.min(values.length, end - position)];
    const isHere = values.length === 0 ? position >= skip && position < end : from < to;
    if (isHere)
      page.push({
        ...{ Id: id, Label: label, Timestamps: times.slice(from, to), Values: values.slice(from, to) },
        StatusCode: to < values.length ? 'PartialData' : 'Complete',
      });
    position += values.length;
  }
  return { MetricDataResults: page, ...(position > end ? { NextToken: encodeToken(String(end)) } : {}) };
}
