/**
 * Summaries of consecutive stretches of time, and the statistics of them. A summary is four cells in one array; a list of summaries is
 * one allocation, and can be used again.
 *
 * (S1) Cells of summary i: count, sum, minimum, maximum at 4i .. 4i+3. A count of 0 means that there is nothing.
 * (S2) A distribution stands beside a summary only when its values differ; then it holds all of them, or it is missing because somebody
 *      published a summary without values: then `weight` and `count` differ, or there is none.
 */
import {
  addToDistribution,
  type Distribution,
  emptyDistribution,
  mergeDistribution,
} from './distribution.ts';
import type { Statistic, StatisticRange } from './statistic.ts';

export interface Summaries {
  cells: Float64Array;
  distributions: (Distribution | undefined)[] | undefined;
}

export const CELLS = 4;

export function newSummaries(count: number): Summaries {
  return { cells: new Float64Array(count * CELLS), distributions: undefined };
}

/** Empties the first `count` of them and makes room where it is needed. */
export function clearSummaries(summaries: Summaries, count: number): void {
  if (summaries.cells.length < count * CELLS) summaries.cells = new Float64Array(count * CELLS);
  else summaries.cells.fill(0, 0, count * CELLS);
  summaries.distributions = undefined;
}

/** Adds `count` times the same value. */
export function addValue(into: Summaries, index: number, value: number, count: number): void {
  const at = index * CELLS;
  const { cells } = into;
  const before = cells[at]!;
  if (before > 0 && (value !== cells[at + 2] || value !== cells[at + 3])) {
    const distribution = distributionFor(into, index);
    if (distribution !== undefined) addToDistribution(distribution, value, count);
  }
  addCells(cells, at, count, value * count, value, value);
}

/** Adds a summary of which the values are not known, unless they are all the same. */
export function addOpaque(
  into: Summaries,
  index: number,
  [count, sum, minimum, maximum]: readonly [number, number, number, number],
): void {
  if (count <= 0) return;
  if (minimum === maximum) addValue(into, index, minimum, count);
  else addCells(into.cells, index * CELLS, count, sum, minimum, maximum);
}

/** Adds one summary of another list. Without `values` only simple statistics can be asked for afterwards. */
export function addSummary(
  into: Summaries,
  index: number,
  from: Summaries,
  fromIndex: number,
  values: boolean,
): void {
  const source = fromIndex * CELLS;
  const count = from.cells[source]!;
  if (count === 0) return;
  const minimum = from.cells[source + 2]!;
  const maximum = from.cells[source + 3]!;
  if (values) addValues(into, index, from, fromIndex);
  addCells(into.cells, index * CELLS, count, from.cells[source + 1]!, minimum, maximum);
}

function addValues(into: Summaries, index: number, from: Summaries, fromIndex: number): void {
  const source = fromIndex * CELLS;
  const at = index * CELLS;
  const [count, minimum, maximum] = [from.cells[source]!, from.cells[source + 2]!, from.cells[source + 3]!];
  const same = minimum === maximum;
  const empty = into.cells[at] === 0;
  if (same && (empty || (into.cells[at + 2] === minimum && into.cells[at + 3] === minimum))) return;
  const known = from.distributions?.[fromIndex];
  if (!same && known === undefined) return;
  const distribution = distributionFor(into, index);
  if (distribution === undefined) return;
  if (same) addToDistribution(distribution, minimum, count);
  else mergeDistribution(distribution, known!);
}

/** (S2) undefined when the values that are there already are not known. */
function distributionFor(into: Summaries, index: number): Distribution | undefined {
  const at = index * CELLS;
  const { cells } = into;
  into.distributions ??= [];
  const present = into.distributions[index];
  if (present !== undefined) return present;
  const single = cells[at] === 0 || cells[at + 2] === cells[at + 3];
  if (!single) return undefined;
  const made = emptyDistribution();
  if (cells[at]! > 0) addToDistribution(made, cells[at + 2]!, cells[at]!);
  into.distributions[index] = made;
  return made;
}

function addCells(
  cells: Float64Array,
  at: number,
  count: number,
  sum: number,
  minimum: number,
  maximum: number,
): void {
  const empty = cells[at] === 0;
  cells[at]! += count;
  cells[at + 1]! += sum;
  if (empty || minimum < cells[at + 2]!) cells[at + 2] = minimum;
  if (empty || maximum > cells[at + 3]!) cells[at + 3] = maximum;
}

/** NaN when the period is empty, or when its values are needed and not known. */
export function statisticOf(summaries: Summaries, index: number, statistic: Statistic): number {
  const at = index * CELLS;
  const { cells } = summaries;
  const count = cells[at]!;
  if (count === 0) return Number.NaN;
  switch (statistic.type) {
    case 'SampleCount':
      return count;
    case 'Sum':
      return cells[at + 1]!;
    case 'Average':
      return cells[at + 1]! / count;
    case 'Minimum':
      return cells[at + 2]!;
    case 'Maximum':
      return cells[at + 3]!;
    default: {
      const distribution = knownValues(summaries, index);
      if (distribution === undefined) return Number.NaN;
      return statistic.type === 'percentile'
        ? percentileOf(distribution, statistic.percent)
        : rangeStatistic(distribution, statistic.type, statistic.range);
    }
  }
}

/** (S2) All values of a period; undefined when they are not all known. */
function knownValues({ cells, distributions }: Summaries, index: number): Distribution | undefined {
  const at = index * CELLS;
  const count = cells[at]!;
  if (cells[at + 2] === cells[at + 3]) return { values: [cells[at + 2]!], counts: [count], weight: count };
  const distribution = distributions?.[index];
  if (distribution === undefined || Math.abs(distribution.weight - count) > count * EPSILON) return undefined;
  return distribution;
}

const EPSILON = 1e-9;

/** The smallest value that `percent` of the values do not exceed (approximation: AWS does not say how it interpolates). */
function percentileOf({ values, counts, weight }: Distribution, percent: number): number {
  const target = (percent / 100) * weight - weight * EPSILON;
  let seen = 0;
  for (let i = 0; i < values.length; i++) {
    seen += counts[i]!;
    if (seen >= target) return values[i]!;
  }
  return values[values.length - 1]!;
}

function rangeStatistic(
  distribution: Distribution,
  type: 'TM' | 'WM' | 'TC' | 'TS' | 'PR',
  range: StatisticRange,
): number {
  const { weight } = distribution;
  const { from, to } = keptRanks(distribution, range);
  const kept = Math.max(0, to - from);
  const { sum, lowest, highest } = sumOfRanks(distribution, from, to);
  switch (type) {
    case 'TC':
      return kept;
    case 'TS':
      return sum;
    case 'PR':
      return (100 * kept) / weight;
    case 'TM':
      return kept === 0 ? Number.NaN : sum / kept;
    case 'WM': {
      const below = from === 0 ? 0 : from * (range.of === 'values' ? range.low : lowest);
      const above = to === weight ? 0 : (weight - to) * (range.of === 'values' ? range.high : highest);
      return (below + sum + above) / weight;
    }
  }
}

function sumOfRanks(
  { values, counts }: Distribution,
  from: number,
  to: number,
): { sum: number; lowest: number; highest: number } {
  let sum = 0;
  let seen = 0;
  let lowest = Number.NaN;
  let highest = Number.NaN;
  for (let i = 0; i < values.length; i++) {
    const kept = Math.min(seen + counts[i]!, to) - Math.max(seen, from);
    seen += counts[i]!;
    if (kept <= 0) continue;
    sum += kept * values[i]!;
    if (Number.isNaN(lowest)) lowest = values[i]!;
    highest = values[i]!;
  }
  return { sum, lowest, highest };
}

/** The ranks (from, to] that are kept. Whole values are cut, rounded down (approximation). */
function keptRanks(
  { values, counts, weight }: Distribution,
  range: StatisticRange,
): { from: number; to: number } {
  if (range.of === 'ranks') {
    const from = Math.floor((range.low / 100) * weight + EPSILON);
    return { from, to: weight - Math.floor((1 - range.high / 100) * weight + EPSILON) };
  }
  let from = 0;
  let to = 0;
  for (let i = 0; i < values.length; i++) {
    if (values[i]! <= range.low) from += counts[i]!;
    if (values[i]! <= range.high) to += counts[i]!;
  }
  return { from, to };
}
