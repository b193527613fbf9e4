/**
 * All metrics of one cloud. It is given time and keeps nothing itself: what must be kept is handed out in pieces (`takeChanges`), and is
 * given back after a start (`restoreSeries`, `restoreChunk`). Its times are all on one scale, which need not be that of a clock.
 *
 * (B1) All series together hold about `budget` numbers; each has an equal share, and at least `MIN_SHARE`.
 * (B2) A change is handed out once: after `takeChanges`, what was put before is in what was handed out so far.
 */
import { invariant } from '@crescendo/base';
import { chunkBytes, chunkFromBytes } from './chunk-bytes.ts';
import { type MetricIdentity, metricKey } from './metric.ts';
import { newestSlotMs, readSeries, type Window } from './read-window.ts';
import type { MetricSample } from './sample.ts';
import {
  addSample,
  type ChunkListener,
  type Housekeeping,
  joinChunk,
  newSeries,
  RETENTION,
  type Series,
  tidy,
} from './series.ts';
import type { Summaries } from './summary.ts';
import { type Chunk, newTier } from './tier.ts';
import type { Unit } from './unit.ts';

/** 32 MB of numbers. */
const BUDGET = 4_000_000;
/** About 200 slots: with three resolutions in use, the last hour minute by minute. */
const MIN_SHARE = 800;

export interface MetricStoreOptions {
  /** Whether changes are noted for `takeChanges`. */
  readonly track?: boolean;
  /** How many numbers all series may hold. */
  readonly budget?: number;
}

export interface SeriesRecord {
  readonly id: number;
  readonly metric: MetricIdentity;
  readonly unit: Unit;
}

/** A piece of what must be kept; `bytes` or `series` is undefined where the piece is gone. */
export type StoreChange =
  | { readonly type: 'series'; readonly id: number; readonly series: SeriesRecord | undefined }
  | {
      readonly type: 'chunk';
      readonly seriesId: number;
      readonly tier: number;
      readonly number: number;
      readonly bytes: Uint8Array | undefined;
    };

export interface ListedMetric {
  readonly metric: MetricIdentity;
  readonly newestMs: number;
}

export class MetricStore {
  readonly #metrics = new Map<string, Series[]>();
  readonly #byId = new Map<number, Series>();
  readonly #track: boolean;
  readonly #budget: number;
  #nextId = 1;
  #changedSeries = new Map<number, SeriesRecord | undefined>();
  #changedChunks = new Map<string, { series: Series; tier: number; chunk: Chunk; gone: boolean }>();
  readonly #onChunk: ChunkListener;

  constructor(options: MetricStoreOptions = {}) {
    this.#track = options.track ?? false;
    this.#budget = options.budget ?? BUDGET;
    this.#onChunk = this.#track
      ? (series, tier, chunk, gone) => this.#noteChunk(series, tier, chunk, gone)
      : () => {};
  }

  /** The sample's numbers must be finite and its counts greater than 0. */
  put(sample: MetricSample, nowMs: number): void {
    const { data } = sample;
    invariant(data.type !== 'value' || Number.isFinite(data.value), 'a sample is not a finite number');
    const series = this.#seriesFor(sample.metric, sample.unit ?? 'None');
    addSample(series, sample.timeMs, sample.data, sample.storageResolution ?? 60, this.#keeping(nowMs));
  }

  /** Adds what is known of the metric to `into`; of all units, unless one is given. */
  read(key: string, unit: Unit | undefined, window: Window, into: Summaries, values: boolean): void {
    for (const series of this.#metrics.get(key) ?? [])
      if (unit === undefined || series.unit === unit) readSeries(series, window, into, values);
  }

  /** Time of the metric's newest sample; -Infinity when there never was one. */
  newestMs(key: string): number {
    let newest = Number.NEGATIVE_INFINITY;
    for (const series of this.#metrics.get(key) ?? []) newest = Math.max(newest, series.newestMs);
    return newest;
  }

  unitsOf(key: string): Unit[] {
    return (this.#metrics.get(key) ?? []).map(({ unit }) => unit);
  }

  *metrics(): IterableIterator<ListedMetric> {
    for (const [key, [first]] of this.#metrics)
      if (first !== undefined) yield { metric: first.metric, newestMs: this.newestMs(key) };
  }

  get seriesCount(): number {
    return this.#byId.size;
  }

  /** How many numbers all series hold. */
  get size(): number {
    let size = 0;
    for (const series of this.#byId.values()) size += series.size;
    return size;
  }

  /** Lets go of what is too old. To be called now and then; series that are written to do it themselves. */
  sweep(nowMs: number): void {
    const keeping = this.#keeping(nowMs);
    for (const series of [...this.#byId.values()]) {
      tidy(series, keeping);
      if (series.tiers.every(({ chunks }) => chunks.length === 0)) this.#forget(series);
    }
  }

  /** (B2) Chunks that were made and have gone again since are told as gone. */
  takeChanges(): StoreChange[] {
    const changes: StoreChange[] = [];
    for (const [id, series] of this.#changedSeries) changes.push({ type: 'series', id, series });
    for (const { series, tier, chunk, gone } of this.#changedChunks.values()) {
      chunk.changed = false;
      const bytes = gone ? undefined : chunkBytes(chunk);
      changes.push({ type: 'chunk', seriesId: series.id, tier, number: chunk.number, bytes });
    }
    this.#changedSeries = new Map();
    this.#changedChunks = new Map();
    return changes;
  }

  /** What was handed out as a change of a series; before its chunks. */
  restoreSeries({ id, metric, unit }: SeriesRecord): void {
    this.#add(newSeries(id, metric, unit));
    this.#nextId = Math.max(this.#nextId, id + 1);
  }

  /** `scale` turns the times of what was handed out into those of now. */
  restoreChunk(seriesId: number, tier: number, number: number, bytes: Uint8Array, scale = 1): void {
    const series = this.#byId.get(seriesId);
    invariant(series !== undefined, `chunks of series ${seriesId}, which is not known`);
    const from = newTier(RETENTION[tier]!.resolutionMs * scale);
    const keeping = { nowMs: 0, allowance: Number.POSITIVE_INFINITY, onChunk: this.#onChunk };
    const untold = scale === 1 ? { ...keeping, onChunk: () => {} } : keeping;
    joinChunk(series, tier, from, chunkFromBytes(number, bytes), untold);
    series.newestMs = newestSlotMs(series) ?? series.newestMs;
  }

  #keeping(nowMs: number): Housekeeping {
    const allowance = Math.max(MIN_SHARE, Math.floor(this.#budget / this.#byId.size));
    return { nowMs, allowance, onChunk: this.#onChunk };
  }

  #seriesFor(metric: MetricIdentity, unit: Unit): Series {
    const present = this.#metrics.get(metricKey(metric))?.find((series) => series.unit === unit);
    if (present !== undefined) return present;
    const made = newSeries(this.#nextId++, metric, unit);
    this.#add(made);
    if (this.#track) this.#changedSeries.set(made.id, { id: made.id, metric, unit });
    return made;
  }

  #add(series: Series): void {
    const key = metricKey(series.metric);
    const present = this.#metrics.get(key);
    if (present === undefined) this.#metrics.set(key, [series]);
    else present.push(series);
    this.#byId.set(series.id, series);
  }

  #forget(series: Series): void {
    const key = metricKey(series.metric);
    const others = (this.#metrics.get(key) ?? []).filter((other) => other !== series);
    if (others.length === 0) this.#metrics.delete(key);
    else this.#metrics.set(key, others);
    this.#byId.delete(series.id);
    if (this.#track) this.#changedSeries.set(series.id, undefined);
  }

  #noteChunk(series: Series, tier: number, chunk: Chunk, gone: boolean): void {
    if (chunk.changed && !gone) return;
    chunk.changed = true;
    this.#changedChunks.set(`${series.id}/${tier}/${chunk.number}`, { series, tier, chunk, gone });
  }
}
