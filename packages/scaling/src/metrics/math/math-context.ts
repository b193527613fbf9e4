import type { MathValue, TimeSeries } from './math-value.ts';

/** What an expression can see. Times are on the metric store's scale. */
export interface MathContext {
  readonly startMs: number;
  readonly endMs: number;
  /** Period of what has none of its own, such as `TIME_SERIES(1)`. */
  readonly periodMs: number;
  /** How much faster the store's time runs than a clock: `RATE` and `PERIOD` are in true seconds. */
  readonly speed: number;
  /** The value of an id; undefined when there is none. */
  valueOf(id: string): MathValue | undefined;
  /** The metrics of the request, by id, in its order; expressions are not among them. */
  metrics(): readonly (readonly [id: string, series: TimeSeries])[];
  /** undefined where searching is not allowed. */
  readonly search?: (expression: string, statistic: string, period: number) => readonly TimeSeries[];
}
