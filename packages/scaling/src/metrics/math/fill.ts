import { MathError } from './math-error.ts';
import { mapPoints, type TimeSeries } from './math-value.ts';

/** More than any resolution is kept for: fifteen days of minutes are 21,600. */
const MAX_FILLED = 25_000;

/** Gives every period of the range a value. `REPEAT` leaves out what lies before the first value, `LINEAR` what lies outside. */
export function fillSeries(
  series: TimeSeries,
  range: { readonly startMs: number; readonly endMs: number },
  filling: number | 'REPEAT' | 'LINEAR' | TimeSeries,
): TimeSeries {
  const known = new Map(series.times.map((timeMs, i) => [timeMs, series.values[i]!]));
  const times = gridOf(series, range);
  const grid = { ...series, times, values: times.map(() => 0) };
  const missing = missingValue(series, filling);
  return mapPoints(grid, (_, timeMs) => known.get(timeMs) ?? missing(timeMs));
}

function gridOf(series: TimeSeries, { startMs, endMs }: { startMs: number; endMs: number }): number[] {
  const { periodMs } = series;
  const anchorMs = series.times[0] ?? startMs;
  const firstMs = anchorMs - Math.floor((anchorMs - startMs) / periodMs) * periodMs;
  const count = Math.max(0, Math.ceil((endMs - firstMs) / periodMs));
  if (count > MAX_FILLED)
    throw new MathError(`A series of ${count} periods cannot be filled; at most ${MAX_FILLED} are`, 0);
  return Array.from({ length: count }, (_, i) => firstMs + i * periodMs);
}

function missingValue(
  { times, values }: TimeSeries,
  filling: number | 'REPEAT' | 'LINEAR' | TimeSeries,
): (timeMs: number) => number {
  if (typeof filling === 'number') return () => filling;
  if (typeof filling === 'object') {
    const other = new Map(filling.times.map((timeMs, i) => [timeMs, filling.values[i]!]));
    return (timeMs) => other.get(timeMs) ?? Number.NaN;
  }
  let next = 0;
  return (timeMs) => {
    while (next < times.length && times[next]! < timeMs) next++;
    const before = values[next - 1] ?? Number.NaN;
    if (filling === 'REPEAT') return before;
    const share = (timeMs - times[next - 1]!) / (times[next]! - times[next - 1]!);
    return before + ((values[next] ?? Number.NaN) - before) * share;
  };
}
