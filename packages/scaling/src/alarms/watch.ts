/**
 * What an alarm reads: its definition made ready, and the datapoints of one evaluation. Reading a metric allocates nothing once the
 * arrays are large enough.
 */
import { type MathLine, MathLines } from '../metrics/math/evaluate-queries.ts';
import { MathError } from '../metrics/math/math-error.ts';
import type { MathValue, TimeSeries } from '../metrics/math/math-value.ts';
import { parseExpression } from '../metrics/math/parse-expression.ts';
import { metricKey } from '../metrics/metric.ts';
import type { MetricStore } from '../metrics/metric-store.ts';
import { needsDistribution, parseStatistic, type Statistic } from '../metrics/statistic.ts';
import { CELLS, clearSummaries, newSummaries, type Summaries, statisticOf } from '../metrics/summary.ts';
import type { Unit } from '../metrics/unit.ts';
import type { MetricAlarmDefinition, MetricStatistic } from './alarm.ts';
import { type DecisionRule, EXTRA_PERIODS } from './decide.ts';

interface Source {
  readonly key: string;
  readonly unit: Unit | undefined;
  readonly statistic: Statistic;
  readonly values: boolean;
}

export interface Watch {
  readonly rule: DecisionRule;
  /** In the metric store's time. */
  readonly periodMs: number;
  /** How many periods are read. */
  readonly count: number;
  /** Too few samples for a percentile keep the state. */
  readonly keepOnFewSamples: boolean;
  readonly single: Source | undefined;
  readonly lines: readonly (readonly [id: string, source: Source])[];
  readonly expressions: readonly MathLine[];
  readonly returned: string;
}

/** The datapoints of one evaluation; used again for the next one. */
export interface Reading {
  /** Oldest first; NaN is a missing one. */
  values: Float64Array;
  sampleCounts: Float64Array;
  count: number;
  startMs: number;
  periodMs: number;
  /** Why an expression could not be worked out; then all points are missing. */
  failure: string | undefined;
  readonly summaries: Summaries;
}

export function newReading(): Reading {
  return {
    values: new Float64Array(0),
    sampleCounts: new Float64Array(0),
    ...{ count: 0, startMs: 0, periodMs: 0, failure: undefined },
    summaries: newSummaries(0),
  };
}

/** The definition must have passed `alarmProblem`. */
export function watchOf(definition: MetricAlarmDefinition): Watch {
  const { watches, evaluationPeriods } = definition;
  const queries = watches.type === 'math' ? watches.queries : [];
  const single = watches.type === 'metric' ? watches.source : undefined;
  const lines = queries.flatMap((query) =>
    query.type === 'metric' ? [[query.id, sourceOf(query.source)] as const] : [],
  );
  return {
    rule: {
      comparison: definition.comparison,
      threshold: definition.threshold,
      evaluationPeriods,
      datapointsToAlarm: definition.datapointsToAlarm ?? evaluationPeriods,
      treatMissingData: missingDataOf(definition),
    },
    periodMs: periodOf(definition) * 1_000,
    count: evaluationPeriods + EXTRA_PERIODS,
    keepOnFewSamples: definition.lowSampleCountPercentile === 'ignore',
    single: single === undefined ? undefined : sourceOf(single),
    lines,
    expressions: queries.flatMap((query) =>
      query.type === 'expression' ? [{ id: query.id, expression: parseExpression(query.expression) }] : [],
    ),
    returned: queries.find(({ returnData }) => returnData)?.id ?? '',
  };
}

/** Seconds. */
export function periodOf({ watches }: MetricAlarmDefinition): number {
  if (watches.type === 'metric') return watches.source.period;
  for (const query of watches.queries) if (query.type === 'metric') return query.source.period;
  return watches.queries.find((query) => query.type === 'expression')?.period ?? 60;
}

function sourceOf({ metric, unit, statistic }: MetricStatistic): Source {
  const parsed = parseStatistic(statistic)!;
  return { key: metricKey(metric), unit, statistic: parsed, values: needsDistribution(parsed) };
}

/** Metrics of DynamoDB are silent where nothing happens: AWS ignores what is missing there, whatever it was told. */
function missingDataOf({
  watches,
  treatMissingData,
}: MetricAlarmDefinition): DecisionRule['treatMissingData'] {
  const dynamo = watches.type === 'metric' && watches.source.metric.namespace === 'AWS/DynamoDB';
  return dynamo ? 'ignore' : (treatMissingData ?? 'missing');
}

/** Reads the periods that end at `endMs`, in the store's time. */
export function readWatch(
  watch: Watch,
  metrics: MetricStore,
  endMs: number,
  speed: number,
  into: Reading,
): void {
  const { count, periodMs } = watch;
  into.count = count;
  into.periodMs = periodMs;
  into.startMs = endMs - count * periodMs;
  into.failure = undefined;
  if (into.values.length < count) {
    into.values = new Float64Array(count);
    into.sampleCounts = new Float64Array(count);
  }
  if (watch.single === undefined) readMath(watch, metrics, speed, into);
  else readSource(watch.single, metrics, into);
}

function readSource(source: Source, metrics: MetricStore, into: Reading): void {
  const { values, sampleCounts, count, startMs, periodMs, summaries } = into;
  if (metrics.newestMs(source.key) < startMs) {
    values.fill(Number.NaN, 0, count);
    sampleCounts.fill(0, 0, count);
    return;
  }
  clearSummaries(summaries, count);
  metrics.read(source.key, source.unit, { startMs, periodMs, count }, summaries, source.values);
  for (let i = 0; i < count; i++) {
    values[i] = statisticOf(summaries, i, source.statistic);
    sampleCounts[i] = summaries.cells[i * CELLS]!;
  }
}

function readMath(watch: Watch, metrics: MetricStore, speed: number, into: Reading): void {
  const { count, startMs, periodMs } = into;
  const lines: MathLine[] = [...watch.expressions];
  for (const [id, source] of watch.lines) {
    readSource(source, metrics, into);
    lines.push({ id, series: seriesOf(id, into) });
  }
  into.values.fill(Number.NaN, 0, count);
  into.sampleCounts.fill(0, 0, count);
  try {
    const context = { startMs, endMs: startMs + count * periodMs, periodMs, speed };
    const series = singleSeries(new MathLines(lines, context).valueOf(watch.returned));
    series.times.forEach((timeMs, i) => {
      const index = Math.round((timeMs - startMs) / periodMs);
      if (index >= 0 && index < count) into.values[index] = series.values[i]!;
    });
  } catch (error) {
    if (!(error instanceof MathError)) throw error;
    into.failure = error.message;
  }
}

function seriesOf(label: string, { values, count, startMs, periodMs }: Reading): TimeSeries {
  const times: number[] = [];
  const present: number[] = [];
  for (let i = 0; i < count; i++) {
    if (Number.isNaN(values[i]!)) continue;
    times.push(startMs + i * periodMs);
    present.push(values[i]!);
  }
  return { type: 'series', label, periodMs, times, values: present };
}

/** What an alarm on an expression watches. Throws `MathError`. */
export function singleSeries(value: MathValue | undefined): TimeSeries {
  if (value?.type === 'series') return value;
  if (value?.type === 'list' && value.items.length === 1) return value.items[0]!;
  throw new MathError('An alarm needs an expression that gives one time series', 0);
}

/** Whether the newest point stands for too few samples to say anything of its percentile (AWS's rule). */
export function hasFewSamples(watch: Watch, { values, sampleCounts, count }: Reading): boolean {
  const statistic = watch.single?.statistic;
  if (!watch.keepOnFewSamples || statistic?.type !== 'percentile') return false;
  const share = statistic.percent / 100;
  const needed = 10 / (share >= 0.5 ? 1 - share : share);
  for (let i = count - 1; i >= 0; i--) if (!Number.isNaN(values[i]!)) return sampleCounts[i]! < needed;
  return false;
}
