/** How much a simple or step policy changes a capacity, by AWS's rules for the three kinds of adjustment. */

export type AdjustmentType = 'ChangeInCapacity' | 'ExactCapacity' | 'PercentChangeInCapacity';

export interface Adjustment {
  readonly type: AdjustmentType;
  /** Instances, or percent of the capacity for `PercentChangeInCapacity`. */
  readonly value: number;
  /** The least change in instances that a percentage makes. */
  readonly minMagnitude?: number;
}

/** The capacity after the adjustment, not yet held between the group's bounds. */
export function adjustCapacity(capacity: number, adjustment: Adjustment): number {
  if (adjustment.type === 'ExactCapacity') return adjustment.value;
  if (adjustment.type === 'ChangeInCapacity') return capacity + adjustment.value;
  return capacity + percentChange(capacity, adjustment.value, adjustment.minMagnitude ?? 0);
}

/** Above 1 rounds down, between 0 and 1 is 1, between -1 and 0 is -1, below -1 goes toward zero. */
function percentChange(capacity: number, percent: number, minMagnitude: number): number {
  const exact = (capacity * percent) / 100;
  const direction = Math.sign(percent);
  const whole = exact === 0 ? 0 : Math.max(1, Math.trunc(Math.abs(exact)));
  return direction === 0 ? 0 : direction * Math.max(whole, minMagnitude);
}

export interface CapacityBounds {
  readonly min: number;
  readonly max: number;
}

/** The capacity held between the group's bounds. */
export function clampCapacity(capacity: number, bounds: CapacityBounds): number {
  return Math.min(bounds.max, Math.max(bounds.min, capacity));
}
