/**
 * The metrics of the cloud with their records: what has been put is in the records when `put` returns. Knows nothing of requests.
 *
 * (K1) Records hold what the store handed out, under the speed that stands beside it; under another speed all of it is taken in anew.
 */
import {
  type MetricSample,
  MetricStore,
  metricKey,
  type SeriesRecord,
  type StoreChange,
} from '@crescendo/scaling';
import type { Records, RecordTable } from '../../contract/records.ts';
import { limitExceeded } from './errors.ts';
import type { MetricTime } from './metric-time.ts';

/** Far beyond what one machine publishes; keeps a runaway publisher from filling it. */
export const MAX_METRICS = 100_000;

export class KeptMetrics {
  readonly store = new MetricStore({ track: true });
  readonly #time: MetricTime;
  readonly #maxMetrics: number;
  readonly #series: RecordTable<SeriesRecord>;
  readonly #points: RecordTable<Uint8Array>;

  constructor(records: Records, time: MetricTime, maxMetrics = MAX_METRICS) {
    this.#time = time;
    this.#maxMetrics = maxMetrics;
    this.#series = records.table('cloudwatch/series');
    this.#points = records.table('cloudwatch/points');
    const settings = records.table<number>('cloudwatch/settings');
    this.#restore((settings.get('speed') ?? time.speed) as number);
    if (settings.get('speed') !== time.speed) settings.put('speed', time.speed);
  }

  /** Times of the samples are true. Refuses the call when it would make more metrics than are kept. */
  put(samples: readonly MetricSample[]): void {
    const made = this.#unknownOf(samples);
    if (this.store.seriesCount + made.size > this.#maxMetrics)
      throw limitExceeded(
        `There are ${this.store.seriesCount} metrics, and ${made.size} would be new; at most ${this.#maxMetrics} are kept.`,
      );
    this.#putAll(samples);
  }

  /** The same for callers that cannot be refused: metrics that there is no room for are left out. */
  putWhatFits(samples: readonly MetricSample[]): void {
    const made = this.#unknownOf(samples);
    const isFull = this.store.seriesCount + made.size > this.#maxMetrics;
    this.#putAll(isFull ? samples.filter((sample) => !made.has(seriesNameOf(sample))) : samples);
  }

  /** Nothing is counted while there is room for all of them. */
  #unknownOf(samples: readonly MetricSample[]): ReadonlySet<string> {
    if (this.store.seriesCount + samples.length <= this.#maxMetrics) return NONE;
    const isUnknown = (sample: MetricSample): boolean =>
      !this.store.unitsOf(metricKey(sample.metric)).includes(sample.unit ?? 'None');
    return new Set(samples.filter(isUnknown).map(seriesNameOf));
  }

  #putAll(samples: readonly MetricSample[]): void {
    const { store } = this;
    const nowMs = this.#time.toMetric(this.#time.nowMs());
    for (const sample of samples) {
      const timeMs = this.#time.speed === 1 ? sample.timeMs : this.#time.toMetric(sample.timeMs);
      store.put(timeMs === sample.timeMs ? sample : { ...sample, timeMs }, nowMs);
    }
    this.#keep();
  }

  /** Lets go of what is too old. */
  sweep(): void {
    this.store.sweep(this.#time.toMetric(this.#time.nowMs()));
    this.#keep();
  }

  #keep(): void {
    for (const change of this.store.takeChanges()) this.#keepChange(change);
  }

  #keepChange(change: StoreChange): void {
    if (change.type === 'series') {
      const key = seriesKey(change.id);
      if (change.series === undefined) this.#series.delete(key);
      else this.#series.put(key, change.series);
      return;
    }
    const key = `${seriesKey(change.seriesId)}/${change.tier}/${change.number}`;
    if (change.bytes === undefined) this.#points.delete(key);
    else this.#points.put(key, change.bytes);
  }

  /** (K1) */
  #restore(speedThen: number): void {
    for (const [, series] of this.#series.entries()) this.store.restoreSeries(series);
    const scale = this.#time.speed / speedThen;
    for (const [key, bytes] of [...this.#points.entries()]) {
      const [series, tier, number] = key.split('/').map(Number) as [number, number, number];
      this.store.restoreChunk(series, tier, number, bytes, scale);
      if (scale !== 1) this.#points.delete(key);
    }
    this.#keep();
  }
}

const NONE: ReadonlySet<string> = new Set();

function seriesNameOf({ metric, unit = 'None' }: MetricSample): string {
  return `${metricKey(metric)}\0${unit}`;
}

function seriesKey(id: number): string {
  return String(id).padStart(9, '0');
}
