import type { RingPosition } from './state.ts';

const BITS = 160n;
const RING = 1n << BITS;
const DIGITS = 40;

/** True for exactly 40 lower-case hexadecimal digits. */
export function isRingPosition(text: unknown): text is RingPosition {
  return typeof text === 'string' && /^[0-9a-f]{40}$/.test(text);
}

/** The key that partition `partition` of `partitionCount` is found under: `partition * 2^160 / partitionCount`. */
export function partitionKey(partition: number, partitionCount: number): RingPosition {
  const upper = partition * (65_536 / partitionCount);
  return upper.toString(16).padStart(4, '0').padEnd(DIGITS, '0');
}

/** `count` positions at even distances, the first at 0. */
export function spreadPositions(count: number): RingPosition[] {
  return Array.from({ length: count }, (_, i) => toPosition((RING * BigInt(i)) / BigInt(count)));
}

/** Index of the first of the sorted positions that is at or after the key, clockwise. */
export function successorIndex(sorted: readonly RingPosition[], key: RingPosition): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low === sorted.length ? 0 : low;
}

/**
 * A free position in the middle of the most loaded arc: the arc between two neighbouring positions whose partition keys carry
 * the most load; among equals the longest, then the first. `loads` has one number a partition.
 *
 * Replicas compute this while they apply an entry, so another rule needs another command.
 */
export function positionForJoin(taken: readonly RingPosition[], loads: readonly number[]): RingPosition {
  if (taken.length === 0) return toPosition(0n);
  const sorted = [...taken].sort();
  const arcLoads = new Array<number>(sorted.length).fill(0);
  loads.forEach((load, partition) => {
    const arc = successorIndex(sorted, partitionKey(partition, loads.length));
    arcLoads[arc] = arcLoads[arc]! + load;
  });
  const arcs = sorted
    .map((end, i) => ({ start: sorted[(i + sorted.length - 1) % sorted.length]!, end, load: arcLoads[i]! }))
    .map((arc) => ({ ...arc, length: arcLength(arc.start, arc.end) }))
    .filter((arc) => arc.length > 1n);
  const best = arcs.reduce((a, b) => (b.load > a.load || (b.load === a.load && b.length > a.length) ? b : a));
  return toPosition((BigInt(`0x${best.start}`) + best.length / 2n) % RING);
}

/** The position itself, or the next one that is free. */
export function freePosition(position: RingPosition, taken: readonly RingPosition[]): RingPosition {
  let free = position;
  while (taken.includes(free)) free = toPosition((BigInt(`0x${free}`) + 1n) % RING);
  return free;
}

/** A single position's arc is the whole ring. */
function arcLength(start: RingPosition, end: RingPosition): bigint {
  const length = (BigInt(`0x${end}`) - BigInt(`0x${start}`) + RING) % RING;
  return length === 0n ? RING : length;
}

function toPosition(value: bigint): RingPosition {
  return value.toString(16).padStart(DIGITS, '0');
}
