/** Summaries of the periods of a window, gathered from the resolutions of a series. */
import type { Series } from './series.ts';
import { addSummary, CELLS, type Summaries } from './summary.ts';
import { CHUNK_SLOTS, type Chunk, firstChunkFrom, type Tier } from './tier.ts';

/** `count` periods from `startMs` on; the i-th covers [startMs + i * periodMs, startMs + (i + 1) * periodMs). */
export interface Window {
  readonly startMs: number;
  readonly periodMs: number;
  readonly count: number;
}

const MINUTE = 60_000;

/** Adds what the series has to `into`. Without `values` only simple statistics can be asked for afterwards. */
export function readSeries(series: Series, window: Window, into: Summaries, values: boolean): void {
  for (const tier of series.tiers)
    if (tier.chunks.length > 0 && isReadable(tier, window.periodMs)) readTier(tier, window, into, values);
}

/**
 * What was joined to coarser slots cannot be parted again. Minutes are told also where shorter periods are asked for: each lies in the
 * period that holds its beginning.
 */
function isReadable({ resolutionMs }: Tier, periodMs: number): boolean {
  return periodMs % resolutionMs === 0 || (resolutionMs === MINUTE && periodMs < MINUTE);
}

function readTier(tier: Tier, window: Window, into: Summaries, values: boolean): void {
  const endMs = window.startMs + window.periodMs * window.count;
  const chunkMs = tier.resolutionMs * CHUNK_SLOTS;
  const { chunks } = tier;
  for (let i = firstChunkFrom(tier, Math.floor(window.startMs / chunkMs)); i < chunks.length; i++) {
    const chunk = chunks[i]!;
    if (chunk.number * chunkMs >= endMs) return;
    readChunk(tier, chunk, window, into, values);
  }
}

function readChunk(tier: Tier, chunk: Chunk, window: Window, into: Summaries, values: boolean): void {
  const { startMs, periodMs, count } = window;
  const firstMs = chunk.number * CHUNK_SLOTS * tier.resolutionMs;
  for (let slot = 0; slot < CHUNK_SLOTS; slot++) {
    if (chunk.summaries.cells[slot * CELLS] === 0) continue;
    const index = Math.floor((firstMs + slot * tier.resolutionMs - startMs) / periodMs);
    if (index >= 0 && index < count) addSummary(into, index, chunk.summaries, slot, values);
  }
}

/** Start of the newest slot that holds something; undefined when there is none. */
export function newestSlotMs(series: Series): number | undefined {
  let newest: number | undefined;
  for (const { chunks, resolutionMs } of series.tiers) {
    const chunk = chunks[chunks.length - 1];
    if (chunk === undefined) continue;
    let slot = CHUNK_SLOTS - 1;
    while (slot > 0 && chunk.summaries.cells[slot * CELLS] === 0) slot--;
    const timeMs = (chunk.number * CHUNK_SLOTS + slot) * resolutionMs;
    if (newest === undefined || timeMs > newest) newest = timeMs;
  }
  return newest;
}
