/**
 * What comes in: a sum of bursts, streams and traces. Times are milliseconds since the load began.
 *
 * Arrivals are drawn per part from a stream of randomness of its own, so that the same seed gives every variant the same load.
 */
import type { Random } from '@crescendo/base';
import { exponentialDraw } from './distribution.ts';
import { parseAmount, parseDuration } from './duration.ts';
import { isFileName, isRecordName, parseRows, type ReadText, recordedSeconds } from './rows.ts';
import { badSpec } from './spec-error.ts';

export interface Load {
  readonly text: string;
  /** When the last part ends; undefined when one of them has no end. */
  readonly endMs: number | undefined;
  /** How long a load without an end is run unless told otherwise. */
  readonly usualMs: number;
  /** Times of arrival up to `untilMs`, in order. Fails when there are more than can be simulated. */
  arrivals(random: Random, untilMs: number): number[];
  /** Mean number of arrivals a second around a time. */
  rateAt(timeMs: number): number;
}

export const LOAD_HELP =
  'burst:120@0 (jobs at a time), steady:2/s or poisson:2/s (also /m, /h; with a time as in poisson:2/s@10m-1h), diurnal:1-5/s or diurnal:1-5/s,24h (lowest and highest rate, period), a file .csv with rows of time in seconds and count, or a recorded run .json; several add up with + between them';

/** Keeps a run within memory and patience. */
const MOST_ARRIVALS = 2_000_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Fails with what is allowed. */
export function parseLoad(text: string, read: ReadText): Load {
  const parts = text.split('+').map((part) => parsePart(part.trim(), read));
  const ends = parts.map(({ endMs }) => endMs);
  return {
    text,
    endMs: ends.includes(undefined) ? undefined : Math.max(...(ends as number[])),
    usualMs: Math.max(...parts.map(({ usualMs }) => usualMs)),
    rateAt: (timeMs) => parts.reduce((sum, part) => sum + part.rateAt(timeMs), 0),
    arrivals: (random, untilMs) => {
      const all = parts.flatMap((part, index) => part.arrivals(random.fork(`part ${index}`), untilMs));
      return all.sort((a, b) => a - b);
    },
  };
}

type Part = Omit<Load, 'text'>;

function parsePart(text: string, read: ReadText): Part {
  if (isRecordName(text)) return moments(recordedSeconds(read(text), 'Arrivals', text));
  if (isFileName(text)) return trace(parseRows(read(text), 2, text) as [number, number][], text);
  const [, kind, rest = ''] = /^([a-z]+):(.+)$/.exec(text) ?? [];
  const [body = '', window, ...more] = rest.split('@');
  if (more.length === 0) {
    if (kind === 'burst')
      return burst(wholeNumber(body), window === undefined ? 0 : parseDuration(window, 'the burst'));
    if (kind === 'steady') return stream(parseRate(body), parseWindow(window), false);
    if (kind === 'poisson') return stream(parseRate(body), parseWindow(window), true);
    if (kind === 'diurnal') return diurnal(body, parseWindow(window));
  }
  throw badSpec(`"${text}" is no load: give ${LOAD_HELP}`);
}

function wholeNumber(text: string): number {
  if (/^\d{1,7}$/.test(text.trim())) return Number(text);
  throw badSpec(`"${text}" is no number of jobs: give a whole number, as in burst:120@0`);
}

const PER_MS: Readonly<Record<string, number>> = {
  s: 1 / 1_000,
  m: 1 / 60_000,
  min: 1 / 60_000,
  h: 1 / HOUR_MS,
};

/** Arrivals a millisecond. */
function parseRate(text: string): number {
  const [amount = '', unit, ...more] = text.split('/');
  const perMs = PER_MS[unit ?? ''];
  if (perMs === undefined || more.length > 0)
    throw badSpec(`"${text}" is no rate: give a number a second, minute or hour, such as 2/s, 30/m or 500/h`);
  return parseAmount(amount, 'a rate') * perMs;
}

interface Window {
  readonly fromMs: number;
  readonly toMs: number | undefined;
}

function parseWindow(text: string | undefined): Window {
  if (text === undefined) return { fromMs: 0, toMs: undefined };
  const [from = '', to, ...more] = text.split('-');
  const fromMs = parseDuration(from, 'the begin of a load');
  const toMs = to === undefined ? undefined : parseDuration(to, 'the end of a load');
  if (more.length > 0 || (toMs !== undefined && toMs <= fromMs))
    throw badSpec(`"${text}" is no span of time: give its begin and its end, such as 10m-1h`);
  return { fromMs, toMs };
}

function burst(count: number, atMs: number): Part {
  return {
    endMs: atMs,
    usualMs: atMs,
    arrivals: (_random, untilMs) => (atMs > untilMs ? [] : new Array<number>(count).fill(atMs)),
    rateAt: (timeMs) => (timeMs >= atMs && timeMs < atMs + 1_000 ? count : 0),
  };
}

function stream(perMs: number, window: Window, isRandom: boolean): Part {
  const { fromMs, toMs } = window;
  return {
    endMs: toMs,
    usualMs: toMs ?? fromMs + 2 * HOUR_MS,
    rateAt: (timeMs) => (isWithin(timeMs, window) ? perMs * 1_000 : 0),
    arrivals: (random, untilMs) => {
      if (perMs === 0) return [];
      const gap = isRandom ? () => exponentialDraw(random, 1 / perMs) : () => 1 / perMs;
      return drawn(fromMs, Math.min(untilMs, toMs ?? untilMs), gap);
    },
  };
}

function isWithin(timeMs: number, { fromMs, toMs }: Window): boolean {
  return timeMs >= fromMs && (toMs === undefined || timeMs < toMs);
}

function drawn(fromMs: number, toMs: number, gap: () => number): number[] {
  const times: number[] = [];
  for (let timeMs = fromMs + gap(); timeMs <= toMs; timeMs += gap()) {
    if (times.length >= MOST_ARRIVALS)
      throw badSpec(
        `the load makes more than ${MOST_ARRIVALS.toLocaleString('en')} jobs: make it shorter (--hours) or slower`,
      );
    times.push(timeMs);
  }
  return times;
}

/** Lowest at the begin, highest half a period later; a Poisson stream whose rate follows a cosine. */
function diurnal(body: string, window: Window): Part {
  const [, low = '', high = '', unit = '', period] =
    /^([\d.]+)-([\d.]+)\/([a-z]+)(?:,(.+))?$/.exec(body) ?? [];
  if (unit === '') throw badSpec(`"diurnal:${body}" is no load: give ${LOAD_HELP}`);
  const [lowest, highest] = [parseRate(`${low}/${unit}`), parseRate(`${high}/${unit}`)];
  const periodMs = period === undefined ? DAY_MS : parseDuration(period, 'a period');
  if (highest < lowest || periodMs <= 0)
    throw badSpec(`"diurnal:${body}": the lower rate comes first, and the period is above 0`);
  const perMsAt = (timeMs: number): number =>
    lowest + ((highest - lowest) * (1 - Math.cos((2 * Math.PI * timeMs) / periodMs))) / 2;
  const { fromMs, toMs } = window;
  return {
    endMs: toMs,
    usualMs: toMs ?? fromMs + periodMs,
    rateAt: (timeMs) => (isWithin(timeMs, window) ? perMsAt(timeMs) * 1_000 : 0),
    arrivals: (random, untilMs) => {
      if (highest === 0) return [];
      const all = drawn(fromMs, Math.min(untilMs, toMs ?? untilMs), () =>
        exponentialDraw(random, 1 / highest),
      );
      return all.filter((timeMs) => random.float() * highest < perMsAt(timeMs));
    },
  };
}

/** Jobs at given seconds. */
function moments(seconds: readonly number[]): Part {
  const times = seconds.map((second) => second * 1_000).sort((a, b) => a - b);
  const endMs = times.at(-1)!;
  return {
    endMs,
    usualMs: endMs,
    arrivals: (_random, untilMs) => times.filter((timeMs) => timeMs <= untilMs),
    rateAt: (atMs) => times.filter((timeMs) => timeMs >= atMs && timeMs < atMs + 1_000).length,
  };
}

/** A row's jobs come evenly until the next row; those of the last row come at once. */
function trace(rows: readonly [number, number][], path: string): Part {
  for (const [index, [seconds, count]] of rows.entries()) {
    if (seconds < 0 || count < 0 || seconds < (rows[index - 1]?.[0] ?? 0))
      throw badSpec(`${path}: row ${index + 1} (${seconds}, ${count}) goes back in time or is negative`);
  }
  const spanOf = (index: number): number => ((rows[index + 1] ?? rows[index]!)[0] - rows[index]![0]) * 1_000;
  const endMs = rows.at(-1)![0] * 1_000;
  return {
    endMs,
    usualMs: endMs,
    arrivals: (_random, untilMs) =>
      rows
        .flatMap(([seconds, count], index) =>
          Array.from(
            { length: Math.round(count) },
            (_, job) => seconds * 1_000 + (job * spanOf(index)) / count,
          ),
        )
        .filter((timeMs) => timeMs <= untilMs),
    rateAt: (timeMs) => {
      let index = rows.findLastIndex(([seconds]) => seconds * 1_000 <= timeMs);
      if (index < 0 || timeMs > endMs) return 0;
      if (index === rows.length - 1) index -= rows.length > 1 ? 1 : 0;
      return rows[index]![1] / Math.max(1, spanOf(index) / 1_000);
    },
  };
}
