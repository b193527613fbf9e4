import type { Random } from '@crescendo/base';

/** How fast a disk is. */
export interface DiskConditions {
  readonly minFlushMs: number;
  /** Mean of the exponential part that comes on top. */
  readonly meanExtraFlushMs: number;
}

export const FAST_DISK: DiskConditions = { minFlushMs: 0.3, meanExtraFlushMs: 0.5 };
export const SLOW_DISK: DiskConditions = { minFlushMs: 5, meanExtraFlushMs: 60 };

export function drawFlushMs(disk: DiskConditions, random: Random): number {
  return disk.minFlushMs - disk.meanExtraFlushMs * Math.log(1 - random.float());
}
