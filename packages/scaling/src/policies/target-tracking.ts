/**
 * Target tracking: the capacity that would bring the metric to its target, and the two alarms that ask for it.
 *
 * AWS publishes neither; the numbers here are approximations from what its alarms look like.
 */

/** Approximation: the low alarm stands at this share of the target. */
export const LOW_ALARM_SHARE = 0.9;
/** Approximation: three minutes above the target scale out. */
export const HIGH_ALARM_PERIODS = 3;
/** Approximation: fifteen minutes below the low threshold scale in. */
export const LOW_ALARM_PERIODS = 15;
/** Seconds in one period of the alarms, unless the policy's metric says otherwise. */
export const TRACKING_PERIOD_SECONDS = 60;

export interface TrackingAlarm {
  readonly side: 'High' | 'Low';
  readonly comparison: 'GreaterThanThreshold' | 'LessThanThreshold';
  readonly threshold: number;
  readonly evaluationPeriods: number;
}

/** The alarms of a policy; without scaling in there is no low one. */
export function trackingAlarms(target: number, disableScaleIn: boolean): readonly TrackingAlarm[] {
  const high: TrackingAlarm = {
    side: 'High',
    comparison: 'GreaterThanThreshold',
    threshold: target,
    evaluationPeriods: HIGH_ALARM_PERIODS,
  };
  const low: TrackingAlarm = {
    side: 'Low',
    comparison: 'LessThanThreshold',
    threshold: target * LOW_ALARM_SHARE,
    evaluationPeriods: LOW_ALARM_PERIODS,
  };
  return disableScaleIn ? [high] : [high, low];
}

/** A product that floating point puts a hair above a whole number is that number. */
const ROUNDING_SLACK = 1e-9;

/** Approximation: `ceil(current x metric / target)`; a group of none with a metric above its target starts with one. */
export function capacityForTarget(current: number, metric: number, target: number): number {
  if (current === 0) return metric > target ? 1 : 0;
  return Math.max(0, Math.ceil((current * metric) / target - ROUNDING_SLACK));
}
