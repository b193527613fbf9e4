/** Statistics the slow and obvious way: every value is kept, and each statistic is read off the sorted list. */
import type { SampleData } from '../metrics/sample.ts';
import type { Statistic, StatisticRange } from '../metrics/statistic.ts';

export interface OracleSample {
  readonly timeMs: number;
  readonly data: SampleData;
}

/** All single values of the samples in [startMs, endMs); undefined when one of them did not say its values. */
export function valuesBetween(
  samples: readonly OracleSample[],
  startMs: number,
  endMs: number,
): number[] | undefined {
  const values: number[] = [];
  for (const { timeMs, data } of samples) {
    if (timeMs < startMs || timeMs >= endMs) continue;
    if (data.type === 'value') values.push(data.value);
    else if (data.type === 'values')
      data.values.forEach((value, i) => {
        for (let n = 0; n < data.counts[i]!; n++) values.push(value);
      });
    else return undefined;
  }
  return values.sort((a, b) => a - b);
}

/** NaN where there is no such value. The list ascends. */
export function oracleStatistic(values: readonly number[], statistic: Statistic): number {
  if (values.length === 0) return Number.NaN;
  switch (statistic.type) {
    case 'SampleCount':
      return values.length;
    case 'Sum':
      return sumOf(values);
    case 'Average':
      return sumOf(values) / values.length;
    case 'Minimum':
      return values[0]!;
    case 'Maximum':
      return values[values.length - 1]!;
    case 'percentile':
      return values[Math.max(0, Math.ceil((statistic.percent / 100) * values.length - 1e-7) - 1)]!;
    default:
      return ofRange(values, statistic.type, statistic.range);
  }
}

function ofRange(values: readonly number[], type: string, range: StatisticRange): number {
  const { length } = values;
  const low = Math.floor((range.low / 100) * length + 1e-7);
  const high = length - Math.floor((1 - range.high / 100) * length + 1e-7);
  const byRank = range.of === 'ranks';
  const isKept = (value: number, rank: number): boolean =>
    byRank ? rank >= low && rank < high : value > range.low && value <= range.high;
  const kept = values.filter(isKept);
  switch (type) {
    case 'TC':
      return kept.length;
    case 'TS':
      return sumOf(kept);
    case 'PR':
      return (100 * kept.length) / length;
    case 'TM':
      return kept.length === 0 ? Number.NaN : sumOf(kept) / kept.length;
    default: {
      const floor = byRank ? (kept[0] ?? Number.NaN) : range.low;
      const ceiling = byRank ? (kept[kept.length - 1] ?? Number.NaN) : range.high;
      return sumOf(values.map((value) => Math.min(Math.max(value, floor), ceiling))) / length;
    }
  }
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
