import type { CloudTime } from '../../contract/time.ts';

/**
 * The metric store's time: true time multiplied by the speed, so that a period of a minute lasts a minute divided by the speed. Whoever
 * asks from outside gives and gets true times and periods.
 */
export interface MetricTime {
  readonly speed: number;
  /** True milliseconds since 1970. */
  nowMs(): number;
  toMetric(trueMs: number): number;
  toTrue(metricMs: number): number;
}

export function metricTimeOf({ clock, speed }: CloudTime): MetricTime {
  return {
    speed,
    nowMs: () => clock.wallMs(),
    toMetric: (trueMs) => trueMs * speed,
    toTrue: (metricMs) => Math.round(metricMs / speed),
  };
}
