import type { TimeSeries } from './math-value.ts';

export const SORT_KEYS = ['AVG', 'MIN', 'MAX', 'SUM'] as const;

type SortKey = (typeof SORT_KEYS)[number];

const KEY_OF: Readonly<Record<SortKey, (values: readonly number[]) => number>> = {
  AVG: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  SUM: (values) => values.reduce((sum, value) => sum + value, 0),
  MIN: (values) => values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
  MAX: (values) => values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
};

/** Series without points come last. */
export function sortSeries(list: readonly TimeSeries[], key: SortKey, order: 'ASC' | 'DESC'): TimeSeries[] {
  const keyed = list
    .filter(({ values }) => values.length > 0)
    .map((series) => [KEY_OF[key](series.values), series] as const);
  keyed.sort(([a], [b]) => (order === 'ASC' ? a - b : b - a));
  return [...keyed.map(([, series]) => series), ...list.filter(({ values }) => values.length === 0)];
}
