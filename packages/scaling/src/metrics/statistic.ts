/** The statistics that CloudWatch knows, as text and parsed. */
export type SimpleStatistic = 'SampleCount' | 'Sum' | 'Average' | 'Minimum' | 'Maximum';

/** What part of a period's values counts: ranks as percentages (0 to 100), or values themselves (`low` is out, `high` is in). */
export interface StatisticRange {
  readonly of: 'ranks' | 'values';
  readonly low: number;
  readonly high: number;
}

export type Statistic =
  | { readonly type: SimpleStatistic }
  | { readonly type: 'percentile'; readonly percent: number }
  /** Trimmed mean, winsorized mean, trimmed count, trimmed sum, percentile rank. */
  | { readonly type: 'TM' | 'WM' | 'TC' | 'TS' | 'PR'; readonly range: StatisticRange };

const SIMPLE: readonly string[] = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'];

/** undefined when AWS has no such statistic. */
export function parseStatistic(text: string): Statistic | undefined {
  if (SIMPLE.includes(text)) return { type: text as SimpleStatistic };
  if (text === 'IQM') return { type: 'TM', range: { of: 'ranks', low: 25, high: 75 } };
  const short = /^(p|tm|wm|tc|ts)(\d{1,3}(?:\.\d{1,10})?)$/.exec(text);
  if (short !== null) return shortForm(short[1]!, Number(short[2]));
  const long = /^(TM|WM|TC|TS|PR)\(([^:()]*):([^:()]*)\)$/.exec(text);
  return long === null ? undefined : longForm(long[1] as 'TM', long[2]!, long[3]!);
}

/** Statistics that need the values of a period, not only their summary. */
export function needsDistribution(statistic: Statistic): boolean {
  return statistic.type === 'percentile' || 'range' in statistic;
}

function shortForm(letters: string, percent: number): Statistic | undefined {
  if (percent > 100) return undefined;
  if (letters === 'p') return { type: 'percentile', percent };
  const type = letters.toUpperCase() as 'TM';
  return { type, range: { of: 'ranks', low: 0, high: percent } };
}

const BOUND = /^(?:([+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(%)?)?$/;

function longForm(type: 'TM' | 'WM' | 'TC' | 'TS' | 'PR', from: string, to: string): Statistic | undefined {
  const low = BOUND.exec(from);
  const high = BOUND.exec(to);
  if (low === null || high === null || (from === '' && to === '')) return undefined;
  const ranks = (low[2] ?? high[2]) === '%';
  const mixed = from !== '' && to !== '' && low[2] !== high[2];
  if (mixed || (ranks && type === 'PR')) return undefined;
  const range: StatisticRange = {
    of: ranks ? 'ranks' : 'values',
    low: from === '' ? (ranks ? 0 : Number.NEGATIVE_INFINITY) : Number(low[1]),
    high: to === '' ? (ranks ? 100 : Number.POSITIVE_INFINITY) : Number(high[1]),
  };
  if (range.low >= range.high || (ranks && (range.low < 0 || range.high > 100))) return undefined;
  return { type, range };
}
