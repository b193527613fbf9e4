/**
 * One resolution of one series: consecutive slots of time in chunks of sixteen, oldest first. Knows nothing of other resolutions, nor of
 * what the samples mean.
 *
 * (T1) Chunks ascend by number; chunk n holds the slots 16n .. 16n+15, of which slot k covers [k, k+1) times the resolution.
 * (T2) Once the bytes of a chunk were handed out they are never changed: the next write copies.
 */
import { CELLS, newSummaries, type Summaries } from './summary.ts';

export const CHUNK_SLOTS = 16;

export interface Chunk {
  readonly number: number;
  summaries: Summaries;
  /** (T2) */
  shared: boolean;
  /** Already in the list of what is to be kept. */
  changed: boolean;
}

export interface Tier {
  readonly resolutionMs: number;
  readonly chunks: Chunk[];
}

export function newTier(resolutionMs: number): Tier {
  return { resolutionMs, chunks: [] };
}

/** The chunk of that number, made when it is not there. */
export function chunkFor(tier: Tier, number: number): Chunk {
  const { chunks } = tier;
  const last = chunks[chunks.length - 1];
  if (last?.number === number) return last;
  const at = last === undefined || last.number < number ? chunks.length : firstChunkFrom(tier, number);
  const present = chunks[at];
  if (present?.number === number) return present;
  const made: Chunk = { number, summaries: newSummaries(CHUNK_SLOTS), shared: false, changed: false };
  chunks.splice(at, 0, made);
  return made;
}

/** Index of the first chunk with that number or a greater one. */
export function firstChunkFrom({ chunks }: Tier, number: number): number {
  let low = 0;
  let high = chunks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (chunks[middle]!.number < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** (T2) Call it before every write. */
export function makeWritable(chunk: Chunk): void {
  if (!chunk.shared) return;
  chunk.summaries = { cells: chunk.summaries.cells.slice(), distributions: chunk.summaries.distributions };
  chunk.shared = false;
}

export function chunkEndMs(tier: Tier, chunk: Chunk): number {
  return (chunk.number + 1) * CHUNK_SLOTS * tier.resolutionMs;
}

/** How many numbers a chunk holds. */
export function sizeOfChunk({ summaries }: Chunk): number {
  let size = CHUNK_SLOTS * CELLS;
  for (const distribution of summaries.distributions ?? [])
    if (distribution !== undefined) size += 2 * distribution.values.length;
  return size;
}
