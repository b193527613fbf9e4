/**
 * From datapoints to a state: AWS's rule of M out of N with missing data. Knows nothing of time, metrics or alarms.
 */
import type { AlarmState, ComparisonOperator, MissingData } from './alarm.ts';

/**
 * How many periods more than N are looked at for points that are missing (approximation: AWS says only that the range is longer than N, and
 * its examples have 5 for an N of 3).
 */
export const EXTRA_PERIODS = 2;

export interface DecisionRule {
  readonly comparison: ComparisonOperator;
  readonly threshold: number;
  /** N */
  readonly evaluationPeriods: number;
  /** M */
  readonly datapointsToAlarm: number;
  readonly treatMissingData: MissingData;
}

export function breaches(comparison: ComparisonOperator, value: number, threshold: number): boolean {
  switch (comparison) {
    case 'GreaterThanThreshold':
      return value > threshold;
    case 'GreaterThanOrEqualToThreshold':
      return value >= threshold;
    case 'LessThanThreshold':
      return value < threshold;
    case 'LessThanOrEqualToThreshold':
      return value <= threshold;
  }
}

/** `values` holds `count` points, the oldest first; NaN is a missing one. */
export function decideState(
  rule: DecisionRule,
  values: ArrayLike<number>,
  count: number,
): AlarmState | 'keep' {
  const { evaluationPeriods, datapointsToAlarm } = rule;
  let real = 0;
  let breaching = 0;
  let breachingOfNewest = 0;
  let oldestAge = 0;
  for (let age = 1; age <= count; age++) {
    const value = values[count - age]!;
    if (Number.isNaN(value)) continue;
    real++;
    oldestAge = age;
    if (!breaches(rule.comparison, value, rule.threshold)) continue;
    breaching++;
    if (real <= evaluationPeriods) breachingOfNewest++;
  }
  if (real >= evaluationPeriods) return breachingOfNewest >= datapointsToAlarm ? 'ALARM' : 'OK';
  if (real === 0) return withoutPoints(rule.treatMissingData);
  const missing = evaluationPeriods - real;
  switch (rule.treatMissingData) {
    case 'breaching':
      return breaching + missing >= datapointsToAlarm ? 'ALARM' : 'OK';
    case 'notBreaching':
      return breaching >= datapointsToAlarm ? 'ALARM' : 'OK';
    default:
      if (breaching >= datapointsToAlarm) return 'ALARM';
      if (breaching < real || oldestAge < datapointsToAlarm) return 'OK';
      return rule.treatMissingData === 'missing' ? 'ALARM' : 'keep';
  }
}

function withoutPoints(treatMissingData: MissingData): AlarmState | 'keep' {
  switch (treatMissingData) {
    case 'missing':
      return 'INSUFFICIENT_DATA';
    case 'ignore':
      return 'keep';
    case 'breaching':
      return 'ALARM';
    case 'notBreaching':
      return 'OK';
  }
}
