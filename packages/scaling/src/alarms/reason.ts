/** Why an alarm is in its state, in AWS's words and in AWS's JSON. */
import type { AlarmState, ComparisonOperator, MetricAlarmDefinition } from './alarm.ts';
import { breaches } from './decide.ts';
import type { Reading, Watch } from './watch.ts';

export const INITIAL_REASON = 'Unchecked: Initial alarm creation';

/** One datapoint that was looked at; times are true. */
export interface EvaluatedPoint {
  readonly timeMs: number;
  readonly value: number;
  readonly sampleCount: number;
}

/** The newest N points that are there, newest first. */
export function evaluatedPoints(watch: Watch, reading: Reading, speed: number): EvaluatedPoint[] {
  const points: EvaluatedPoint[] = [];
  for (let i = reading.count - 1; i >= 0 && points.length < watch.rule.evaluationPeriods; i--) {
    const value = reading.values[i]!;
    if (Number.isNaN(value)) continue;
    const timeMs = Math.round((reading.startMs + i * reading.periodMs) / speed);
    points.push({ timeMs, value, sampleCount: reading.sampleCounts[i]! });
  }
  return points;
}

const COMPARISONS: Readonly<Record<ComparisonOperator, string>> = {
  GreaterThanThreshold: 'greater than',
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
};

export function reasonText(
  watch: Watch,
  reading: Reading,
  points: readonly EvaluatedPoint[],
  to: AlarmState,
): string {
  const { rule } = watch;
  const missing = Math.max(0, rule.evaluationPeriods - points.length);
  if (reading.failure !== undefined) return `Failed to evaluate: ${reading.failure}`;
  if (to === 'INSUFFICIENT_DATA')
    return `Insufficient Data: ${counted(missing, 'datapoint')} ${were(missing)} unknown.`;
  if (points.length === 0)
    return `Threshold Crossed: no datapoints were received for ${counted(rule.evaluationPeriods, 'period')} and ${treated(watch, missing)}.`;
  const chosen = points.filter(
    ({ value }) => breaches(rule.comparison, value, rule.threshold) === (to === 'ALARM'),
  );
  const list = chosen.map(({ value, timeMs }) => `${decimal(value)} (${shortTime(timeMs)})`).join(', ');
  const not = to === 'ALARM' ? '' : 'not ';
  const needed =
    to === 'ALARM' ? rule.datapointsToAlarm : rule.evaluationPeriods - rule.datapointsToAlarm + 1;
  const filled = missing > 0 && fills(watch) ? ` and ${treated(watch, missing)}` : '';
  return (
    `Threshold Crossed: ${chosen.length} out of the last ${counted(points.length, 'datapoint')} [${list}] ${were(chosen.length)} ` +
    `${not}${COMPARISONS[rule.comparison]} the threshold (${decimal(rule.threshold)})${filled} ` +
    `(minimum ${counted(needed, 'datapoint')} for ${to === 'ALARM' ? 'OK -> ALARM' : 'ALARM -> OK'} transition).`
  );
}

function fills({ rule }: Watch): boolean {
  return rule.treatMissingData === 'breaching' || rule.treatMissingData === 'notBreaching';
}

function treated({ rule }: Watch, missing: number): string {
  const kind = rule.treatMissingData === 'breaching' ? 'Breaching' : 'NonBreaching';
  return `${counted(missing, 'missing datapoint')} ${were(missing)} treated as [${kind}]`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function were(count: number): string {
  return count === 1 ? 'was' : 'were';
}

/** As Java writes a double: `3.0`, `0.5`. */
function decimal(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? value.toFixed(1) : String(value);
}

/** `29/01/26 09:24:00` */
function shortTime(timeMs: number): string {
  const text = new Date(timeMs).toISOString();
  return `${text.slice(8, 10)}/${text.slice(5, 7)}/${text.slice(2, 4)} ${text.slice(11, 19)}`;
}

/** `2026-01-29T09:24:00.000+0000` */
function longTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('Z', '+0000');
}

export function reasonJson(
  definition: MetricAlarmDefinition,
  watch: Watch,
  points: readonly EvaluatedPoint[],
  nowMs: number,
): string {
  const { watches } = definition;
  const oldest = points[points.length - 1];
  return JSON.stringify({
    version: '1.0',
    queryDate: longTime(nowMs),
    ...(oldest === undefined ? {} : { startDate: longTime(oldest.timeMs) }),
    ...(watches.type === 'metric' ? { statistic: watches.source.statistic } : {}),
    ...(watches.type === 'metric' && watches.source.unit !== undefined ? { unit: watches.source.unit } : {}),
    period: watch.periodMs / 1_000,
    recentDatapoints: points.map(({ value }) => value).reverse(),
    threshold: watch.rule.threshold,
    evaluatedDatapoints: points.map(({ timeMs, value, sampleCount }) => ({
      timestamp: longTime(timeMs),
      ...(sampleCount > 0 ? { sampleCount } : {}),
      value,
    })),
  });
}

/** The newest value in reason data that somebody gave with SetAlarmState: what Auto Scaling's step policies act on. */
export function valueInReason(reasonData: string | undefined): number | undefined {
  if (reasonData === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(reasonData);
    const recent = (parsed as { recentDatapoints?: unknown } | null)?.recentDatapoints;
    const newest: unknown = Array.isArray(recent) ? recent[recent.length - 1] : undefined;
    return typeof newest === 'number' ? newest : undefined;
  } catch {
    return undefined;
  }
}
