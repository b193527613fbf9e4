/** The artificial delay that stands for heavier work. */
export interface DelayRange {
  /** Seconds. */
  readonly from: number;
  readonly to: number;
}

/** @param random uniform in [0, 1) */
export function pickDelayMs({ from, to }: DelayRange, random: number): number {
  return (from + (to - from) * random) * 1_000;
}
