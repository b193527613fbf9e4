/**
 * The different values of one period with how often each was seen, for percentiles and trimmed statistics. Knows nothing of time.
 *
 * (V1) `values` ascend, and `counts` lies beside them; `weight` is the sum of the counts.
 * (V2) At most `MAX_VALUES` of them. When there are more, neighbours within a ratio are joined to their mean, which keeps the sum; the
 *      ratio begins at `FIRST_RATIO` and is squared until half of the room is free.
 */
export interface Distribution {
  values: number[];
  counts: number[];
  weight: number;
}

export const MAX_VALUES = 200;
const FIRST_RATIO = 1.01;

export function emptyDistribution(): Distribution {
  return { values: [], counts: [], weight: 0 };
}

export function addToDistribution(distribution: Distribution, value: number, count: number): void {
  const { values, counts } = distribution;
  distribution.weight += count;
  const at = firstAtLeast(values, value);
  if (values[at] === value) {
    counts[at]! += count;
    return;
  }
  values.splice(at, 0, value);
  counts.splice(at, 0, count);
  if (values.length > MAX_VALUES) compact(distribution);
}

export function mergeDistribution(into: Distribution, from: Distribution): void {
  for (let i = 0; i < from.values.length; i++) addToDistribution(into, from.values[i]!, from.counts[i]!);
}

function firstAtLeast(values: readonly number[], value: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** (V2) */
function compact(distribution: Distribution): void {
  for (let ratio = FIRST_RATIO; distribution.values.length > MAX_VALUES / 2; ratio *= ratio)
    joinNeighbours(distribution, ratio);
}

function joinNeighbours(distribution: Distribution, ratio: number): void {
  const { values, counts } = distribution;
  const width = Math.log(ratio);
  let kept = 0;
  for (let i = 1; i < values.length; i++) {
    if (binOf(values[i]!, width) === binOf(values[kept]!, width)) {
      const count = counts[kept]! + counts[i]!;
      values[kept] = values[kept]! + (values[i]! - values[kept]!) * (counts[i]! / count);
      counts[kept] = count;
    } else {
      kept++;
      values[kept] = values[i]!;
      counts[kept] = counts[i]!;
    }
  }
  values.length = kept + 1;
  counts.length = kept + 1;
}

/** Bins of one relative width on each side of zero. The smallest magnitudes share the bin of zero once the width is great. */
function binOf(value: number, width: number): number {
  if (value === 0) return 0;
  const bin = Math.floor(Math.log(Math.abs(value)) / width);
  return Math.sign(value) * (bin + BIN_OFFSET);
}

/** Keeps the bins of positive and negative values apart. */
const BIN_OFFSET = 2 ** 40;
