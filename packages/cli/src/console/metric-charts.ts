/** The last part of a metric or an expression, read from CloudWatch. */
import type { ServiceCaller } from '@crescendo/cloud';
import type { ChartView } from '@crescendo/console';

/** As CloudWatch has it; only what is read or changed here. */
export interface MetricQuery {
  readonly Id: string;
  readonly Expression?: string;
  readonly Label?: string;
  readonly Period?: number;
  readonly ReturnData?: boolean;
  readonly MetricStat?: { readonly Metric?: object; readonly Period?: number; readonly Stat?: string };
}

export interface ChartPorts {
  readonly services: ServiceCaller;
  readonly nowMs: number;
  /** Divides the durations of alarms, and so the periods that are read. */
  readonly speed: number;
}

type Line = ChartView['lines'][number];

const PERIODS_SHOWN = 30;
/** Two values are missing before a line is broken. */
const GAP_PERIODS = 2.5;
const SHORT_PERIODS = [1, 5, 10, 30];
const MINUTE = 60;

export interface WantedChart {
  readonly title: string;
  /** Those that return data become lines. */
  readonly queries: readonly MetricQuery[];
  /** Seconds, before the speed. */
  readonly period: number;
  readonly threshold?: number;
  readonly steps?: boolean;
}

/** Values that were put with a resolution of a minute can't be read by shorter periods, though alarms that are sped up see them. */
export async function readChart(wanted: WantedChart, ports: ChartPorts): Promise<ChartView> {
  const seconds = periodAt(wanted.period, ports.speed);
  const chart = await readByPeriods(wanted, seconds, ports);
  const isEmpty = chart.lines.every(({ points }) => points.length === 0);
  return isEmpty && seconds < MINUTE ? await readByPeriods(wanted, MINUTE, ports) : chart;
}

async function readByPeriods(
  { title, queries, threshold, steps }: WantedChart,
  seconds: number,
  { services, nowMs }: ChartPorts,
): Promise<ChartView> {
  const fromMs = nowMs - PERIODS_SHOWN * seconds * 1_000;
  // An expression takes what the period of now still lacks for missing, and would fill it.
  const ofNowMs = queries.some(({ Expression }) => Expression !== undefined) ? nowMs % (seconds * 1_000) : 0;
  const { MetricDataResults: results = [] } = await services.call<MetricData>('monitoring', 'GetMetricData', {
    StartTime: new Date(fromMs),
    EndTime: new Date(nowMs - ofNowMs),
    ScanBy: 'TimestampAscending',
    MetricDataQueries: queries.map((query) => withPeriod(query, seconds)),
  });
  const lines = results.map((result) => ({ ...lineOf(result), ...(steps === true && { steps }) }));
  return {
    ...{ title, fromMs, toMs: nowMs, gapMs: GAP_PERIODS * seconds * 1_000, lines },
    ...(threshold !== undefined && { threshold }),
  };
}

/** The shortest period that CloudWatch knows and that is not shorter than one of so many seconds lasts. */
export function periodAt(seconds: number, speed: number): number {
  const lasts = seconds / speed;
  return SHORT_PERIODS.find((period) => period >= lasts) ?? Math.ceil(lasts / MINUTE) * MINUTE;
}

function withPeriod(query: MetricQuery, seconds: number): MetricQuery {
  const { MetricStat, Period, ...rest } = query;
  if (MetricStat !== undefined) return { ...rest, MetricStat: { ...MetricStat, Period: seconds } };
  return { ...rest, ...(Period !== undefined && { Period: seconds }) };
}

interface MetricData {
  readonly MetricDataResults?: readonly MetricResult[];
}

interface MetricResult {
  readonly Label?: string;
  readonly Timestamps?: readonly Date[];
  readonly Values?: readonly number[];
}

function lineOf({ Label = '', Timestamps = [], Values = [] }: MetricResult): Line {
  const points = Timestamps.map((at, index) => [at.getTime(), Values[index] ?? 0] as const);
  return { name: Label, points };
}
