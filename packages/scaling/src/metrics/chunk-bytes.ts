/**
 * A chunk as bytes, for records: the cells of its sixteen summaries, then for each distribution: slot, number of values, and each value
 * with its count. All are doubles in the order of this machine.
 */
import { invariant } from '@crescendo/base';
import { CELLS } from './summary.ts';
import { CHUNK_SLOTS, type Chunk } from './tier.ts';

const PLAIN = CHUNK_SLOTS * CELLS;

/** Where there are no distributions the bytes are the chunk's own memory, which is not written to again. */
export function chunkBytes(chunk: Chunk): Uint8Array {
  const { cells, distributions } = chunk.summaries;
  if (distributions === undefined) {
    chunk.shared = true;
    return new Uint8Array(cells.buffer, cells.byteOffset, PLAIN * 8);
  }
  const numbers: number[] = Array.from(cells.subarray(0, PLAIN));
  distributions.forEach((distribution, slot) => {
    if (distribution === undefined) return;
    numbers.push(slot, distribution.values.length);
    distribution.values.forEach((value, i) => {
      numbers.push(value, distribution.counts[i]!);
    });
  });
  return new Uint8Array(Float64Array.from(numbers).buffer);
}

export function chunkFromBytes(number: number, bytes: Uint8Array): Chunk {
  invariant(bytes.length >= PLAIN * 8 && bytes.length % 8 === 0, 'a chunk of measurements is not whole');
  const numbers = new Float64Array(new Uint8Array(bytes).buffer);
  const chunk: Chunk = {
    number,
    summaries: { cells: numbers.slice(0, PLAIN), distributions: undefined },
    shared: false,
    changed: false,
  };
  let at = PLAIN;
  while (at < numbers.length) at = readDistribution(chunk, numbers, at);
  return chunk;
}

function readDistribution(chunk: Chunk, numbers: Float64Array, start: number): number {
  const slot = numbers[start]!;
  const length = numbers[start + 1]!;
  const values: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < length; i++) {
    values.push(numbers[start + 2 + 2 * i]!);
    counts.push(numbers[start + 3 + 2 * i]!);
  }
  const weight = counts.reduce((sum, count) => sum + count, 0);
  chunk.summaries.distributions ??= [];
  chunk.summaries.distributions[slot] = { values, counts, weight };
  return start + 2 + 2 * length;
}
