/**
 * The measurements of one metric in one unit, at four resolutions. What grows old, or what there is no room for, is joined into the next
 * coarser resolution.
 *
 * (M1) Every sample lies in exactly one resolution.
 */
import type { MetricIdentity } from './metric.ts';
import type { SampleData } from './sample.ts';
import { addOpaque, addSummary, addValue, CELLS, type Summaries } from './summary.ts';
import {
  CHUNK_SLOTS,
  type Chunk,
  chunkEndMs,
  chunkFor,
  firstChunkFrom,
  makeWritable,
  newTier,
  sizeOfChunk,
  type Tier,
} from './tier.ts';
import type { Unit } from './unit.ts';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

/** CloudWatch's resolutions and how long it keeps them. */
export const RETENTION = [
  { resolutionMs: SECOND, keptMs: 3 * HOUR },
  { resolutionMs: 60 * SECOND, keptMs: 15 * DAY },
  { resolutionMs: 300 * SECOND, keptMs: 63 * DAY },
  { resolutionMs: HOUR, keptMs: 455 * DAY },
] as const;

export interface Series {
  readonly id: number;
  readonly metric: MetricIdentity;
  readonly unit: Unit;
  readonly tiers: readonly Tier[];
  /** Time of the newest sample that ever came. */
  newestMs: number;
  /** How many numbers it holds. */
  size: number;
}

/** Told of every chunk that is written to, or that is gone. */
export type ChunkListener = (series: Series, tier: number, chunk: Chunk, gone: boolean) => void;

export function newSeries(id: number, metric: MetricIdentity, unit: Unit): Series {
  const tiers = RETENTION.map(({ resolutionMs }) => newTier(resolutionMs));
  return { id, metric, unit, tiers, newestMs: Number.NEGATIVE_INFINITY, size: 0 };
}

/** What a series may hold now, and who is told of changes. */
export interface Housekeeping {
  readonly nowMs: number;
  /** In numbers; see `Series.size`. */
  readonly allowance: number;
  readonly onChunk: ChunkListener;
}

export function addSample(
  series: Series,
  timeMs: number,
  data: SampleData,
  resolution: 1 | 60,
  keeping: Housekeeping,
): void {
  const fine = resolution === 1 && timeMs >= keeping.nowMs - RETENTION[0].keptMs;
  const tier = fine ? 0 : 1;
  const { chunk, slot } = slotAt(series, tier, timeMs, keeping);
  const before = sizeOfDistribution(chunk.summaries, slot);
  addData(chunk.summaries, slot, data);
  series.size += sizeOfDistribution(chunk.summaries, slot) - before;
  if (timeMs > series.newestMs) series.newestMs = timeMs;
}

function addData(summaries: Summaries, slot: number, data: SampleData): void {
  switch (data.type) {
    case 'value':
      addValue(summaries, slot, data.value, 1);
      break;
    case 'values':
      data.values.forEach((value, i) => {
        addValue(summaries, slot, value, data.counts[i]!);
      });
      break;
    case 'summary':
      addOpaque(summaries, slot, [data.count, data.sum, data.minimum, data.maximum]);
      break;
  }
}

/** A slot to write to; makes room for it first. */
function slotAt(
  series: Series,
  tierIndex: number,
  timeMs: number,
  keeping: Housekeeping,
): { chunk: Chunk; slot: number } {
  const tier = series.tiers[tierIndex]!;
  const index = Math.floor(timeMs / tier.resolutionMs);
  const number = Math.floor(index / CHUNK_SLOTS);
  if (tier.chunks[tier.chunks.length - 1]?.number !== number && !hasChunk(tier, number)) {
    tidy(series, keeping);
    series.size += CHUNK_SLOTS * CELLS;
  }
  const chunk = chunkFor(tier, number);
  makeWritable(chunk);
  keeping.onChunk(series, tierIndex, chunk, false);
  return { chunk, slot: index - number * CHUNK_SLOTS };
}

function hasChunk(tier: Tier, number: number): boolean {
  return tier.chunks[firstChunkFrom(tier, number)]?.number === number;
}

function sizeOfDistribution({ distributions }: Summaries, slot: number): number {
  return 2 * (distributions?.[slot]?.values.length ?? 0);
}

/** Lets go of what is too old for its resolution, and then of the oldest while the series holds more than its share. */
export function tidy(series: Series, keeping: Housekeeping): void {
  series.tiers.forEach((tier, index) => {
    const limitMs = keeping.nowMs - RETENTION[index]!.keptMs;
    while (tier.chunks.length > 0 && chunkEndMs(tier, tier.chunks[0]!) <= limitMs)
      rollOldest(series, index, keeping);
  });
  while (series.size > keeping.allowance) {
    const index = fullestTier(series);
    if (index === undefined) return;
    rollOldest(series, index, keeping);
  }
}

/** The resolution with the most chunks, the finest of equals; the newest chunk of each stays. */
function fullestTier({ tiers }: Series): number | undefined {
  let fullest: number | undefined;
  let most = 1;
  tiers.forEach(({ chunks }, index) => {
    if (chunks.length <= most) return;
    most = chunks.length;
    fullest = index;
  });
  return fullest;
}

/** (M1) */
function rollOldest(series: Series, tierIndex: number, keeping: Housekeeping): void {
  const tier = series.tiers[tierIndex]!;
  const chunk = tier.chunks.shift()!;
  series.size -= sizeOfChunk(chunk);
  keeping.onChunk(series, tierIndex, chunk, true);
  if (tierIndex + 1 < series.tiers.length) joinChunk(series, tierIndex + 1, tier, chunk, keeping);
}

/** Adds the slots of a chunk of `from` to a resolution of the series. The resolution of `from` need not be a whole number. */
export function joinChunk(
  series: Series,
  tierIndex: number,
  from: Tier,
  chunk: Chunk,
  keeping: Housekeeping,
): void {
  const tier = series.tiers[tierIndex]!;
  for (let slot = 0; slot < CHUNK_SLOTS; slot++) {
    if (chunk.summaries.cells[slot * CELLS] === 0) continue;
    const timeMs = Math.round((chunk.number * CHUNK_SLOTS + slot) * from.resolutionMs);
    const index = Math.floor(timeMs / tier.resolutionMs);
    const number = Math.floor(index / CHUNK_SLOTS);
    const present = hasChunk(tier, number);
    const target = chunkFor(tier, number);
    const before = present ? sizeOfChunk(target) : 0;
    makeWritable(target);
    addSummary(target.summaries, index - number * CHUNK_SLOTS, chunk.summaries, slot, true);
    series.size += sizeOfChunk(target) - before;
    keeping.onChunk(series, tierIndex, target, false);
  }
}
