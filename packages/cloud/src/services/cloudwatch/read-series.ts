import {
  CELLS,
  type MetricStatistic,
  metricKey,
  newSummaries,
  parseStatistic,
  statisticOf,
  type TimeSeries,
} from '@crescendo/scaling';
import type { KeptMetrics } from './kept-metrics.ts';
import type { MetricTime } from './metric-time.ts';
import type { Periods } from './time-range.ts';

/** The periods of a metric that have a value, in metric time. `source.period` is not looked at: `periods` says it. */
export function readMetricSeries(
  metrics: KeptMetrics,
  time: MetricTime,
  source: MetricStatistic,
  periods: Periods,
  label: string,
): TimeSeries {
  const statistic = parseStatistic(source.statistic)!;
  const { count } = periods;
  const window = {
    startMs: time.toMetric(periods.startMs),
    periodMs: time.toMetric(periods.periodMs),
    count,
  };
  const summaries = newSummaries(count);
  metrics.store.read(metricKey(source.metric), source.unit, window, summaries, true);
  const times: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < count; i++) {
    if (summaries.cells[i * CELLS] === 0) continue;
    const value = statisticOf(summaries, i, statistic);
    if (Number.isNaN(value)) continue;
    times.push(window.startMs + i * window.periodMs);
    values.push(value);
  }
  return { type: 'series', label, periodMs: window.periodMs, times, values };
}
