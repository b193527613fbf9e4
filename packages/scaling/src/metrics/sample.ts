import type { MetricIdentity } from './metric.ts';
import type { Unit } from './unit.ts';

/** What a publisher measured at one moment: single values, or a summary of values that it did not keep. */
export type SampleData =
  | { readonly type: 'value'; readonly value: number }
  /** `counts[i]` times `values[i]`. */
  | { readonly type: 'values'; readonly values: readonly number[]; readonly counts: readonly number[] }
  | {
      readonly type: 'summary';
      readonly count: number;
      readonly sum: number;
      readonly minimum: number;
      readonly maximum: number;
    };

export interface MetricSample {
  readonly metric: MetricIdentity;
  /** Milliseconds since 1970; samples come in any order. */
  readonly timeMs: number;
  readonly data: SampleData;
  /** `None` unless told. */
  readonly unit?: Unit;
  /** Seconds: 1 keeps the second of the sample for three hours, 60 (the default) only its minute. */
  readonly storageResolution?: 1 | 60;
}
