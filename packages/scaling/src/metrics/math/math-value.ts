/** What metric math reckons with. */
export interface TimeSeries {
  readonly type: 'series';
  readonly label: string;
  readonly periodMs: number;
  /** Starts of periods, ascending; a period without a value is absent. */
  readonly times: readonly number[];
  readonly values: readonly number[];
}

export type MathValue =
  | { readonly type: 'scalar'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | TimeSeries
  | { readonly type: 'list'; readonly items: readonly TimeSeries[] };

/** How a value is called in messages. */
export const VALUE_NAMES: Readonly<Record<MathValue['type'], string>> = {
  scalar: 'a number',
  string: 'a text',
  series: 'a time series',
  list: 'a list of time series',
};

export const scalar = (value: number): MathValue => ({ type: 'scalar', value });

/** The same series with other values; points that are no finite number are dropped, as AWS drops a division by zero. */
export function mapPoints(
  series: TimeSeries,
  map: (value: number, timeMs: number, index: number) => number,
): TimeSeries {
  const times: number[] = [];
  const values: number[] = [];
  for (let i = 0; i < series.times.length; i++) {
    const value = map(series.values[i]!, series.times[i]!, i);
    if (!Number.isFinite(value)) continue;
    times.push(series.times[i]!);
    values.push(value);
  }
  return { ...series, times, values };
}

/** Every time at which one of the series has a value, with the values there (undefined where one has none), put together by `join`. */
export function joinSeries(
  list: readonly TimeSeries[],
  join: (values: readonly (number | undefined)[]) => number,
): TimeSeries {
  const positions = list.map(() => 0);
  const row: (number | undefined)[] = list.map(() => undefined);
  const times: number[] = [];
  const values: number[] = [];
  for (;;) {
    let timeMs = Number.POSITIVE_INFINITY;
    list.forEach((series, i) => {
      timeMs = Math.min(timeMs, series.times[positions[i]!] ?? timeMs);
    });
    if (timeMs === Number.POSITIVE_INFINITY) break;
    list.forEach((series, i) => {
      const present = series.times[positions[i]!] === timeMs;
      row[i] = present ? series.values[positions[i]!++] : undefined;
    });
    const value = join(row);
    if (!Number.isFinite(value)) continue;
    times.push(timeMs);
    values.push(value);
  }
  const periodMs = Math.min(...list.map((series) => series.periodMs));
  return { type: 'series', label: list[0]?.label ?? '', periodMs, times, values };
}
