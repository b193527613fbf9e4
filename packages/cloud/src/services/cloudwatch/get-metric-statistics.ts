import type {
  Datapoint,
  GetMetricStatisticsCommandInput,
  GetMetricStatisticsCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import {
  CELLS,
  metricKey,
  newSummaries,
  statisticOf as numberOf,
  parseStatistic,
  type Unit,
} from '@crescendo/scaling';
import type { RequestContext } from '../../contract/service.ts';
import { invalidCombination, missingParameter } from './errors.ts';
import type { KeptMetrics } from './kept-metrics.ts';
import { metricOf, periodOf, statisticOf, unitOf } from './metric-shapes.ts';
import type { MetricTime } from './metric-time.ts';
import { type Periods, periodsOf, timeRangeOf } from './time-range.ts';

const MAX_DATAPOINTS = 1_440;

type Output = Omit<GetMetricStatisticsCommandOutput, '$metadata'>;

export function getMetricStatistics(
  metrics: KeptMetrics,
  time: MetricTime,
  input: GetMetricStatisticsCommandInput,
  { nowMs }: RequestContext,
): Output {
  const metric = metricOf(input);
  const range = timeRangeOf(input);
  const period = periodOf(input.Period, 'Period');
  const statistics = statisticsOf(input);
  const asked = Math.ceil((range.endMs - range.startMs) / (period * 1_000));
  if (asked > MAX_DATAPOINTS)
    throw invalidCombination(
      `You have requested up to ${asked} datapoints, which exceeds the limit of ${MAX_DATAPOINTS}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
    );
  const wanted = unitOf(input.Unit, 'Unit');
  const key = metricKey(metric);
  const units = metrics.store.unitsOf(key).filter((unit) => wanted === undefined || unit === wanted);
  const periods = periodsOf(range, period, nowMs);
  const read = (unit: Unit): Datapoint[] => datapointsOf(metrics, time, key, unit, periods, statistics);
  return { Label: metric.name, Datapoints: units.flatMap(read) };
}

function statisticsOf(input: GetMetricStatisticsCommandInput): string[] {
  const simple = input.Statistics ?? [];
  const extended = input.ExtendedStatistics ?? [];
  if (simple.length === 0 && extended.length === 0)
    throw missingParameter('Statistics or ExtendedStatistics');
  return [
    ...simple.map((text, i) => statisticOf(text, `Statistics.member.${i + 1}`)),
    ...extended.map((text, i) => statisticOf(text, `ExtendedStatistics.member.${i + 1}`)),
  ];
}

const MEMBERS = new Set(['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum']);

function datapointsOf(
  metrics: KeptMetrics,
  time: MetricTime,
  key: string,
  unit: Unit,
  { startMs, periodMs, count }: Periods,
  statistics: readonly string[],
): Datapoint[] {
  const summaries = newSummaries(count);
  const window = { startMs: time.toMetric(startMs), periodMs: time.toMetric(periodMs), count };
  metrics.store.read(key, unit, window, summaries, true);
  const points: Datapoint[] = [];
  for (let i = 0; i < count; i++) {
    if (summaries.cells[i * CELLS] === 0) continue;
    const values = statistics.map((text) => [text, numberOf(summaries, i, parseStatistic(text)!)] as const);
    const known = values.filter(([, value]) => !Number.isNaN(value));
    const extended = known.filter(([text]) => !MEMBERS.has(text));
    points.push({
      Timestamp: new Date(startMs + i * periodMs),
      ...Object.fromEntries(known.filter(([text]) => MEMBERS.has(text))),
      ...(extended.length === 0 ? {} : { ExtendedStatistics: Object.fromEntries(extended) }),
      Unit: unit,
    });
  }
  return points;
}
