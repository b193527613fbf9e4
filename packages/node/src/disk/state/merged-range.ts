/**
 * Walks a range over the database and the layers of writes above it, newest layer first in rank.
 *
 * The database is read in pages, each by a fresh cursor: an iteration that is given up half-way leaves nothing open.
 */
import type { KvPair } from '@crescendo/store';
import { keyBytes, keyText, PREFIX_BYTES } from './key-space.ts';
import { trustStored } from './stored-value.ts';
import { lowerBound, type WriteLayer } from './write-layer.ts';

/** One row of the database with its checksum checked. */
export interface Row {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Reads up to `limit` rows from `from` (`exclusive`: behind it) towards `to`. */
export type PageReader = (page: {
  readonly from: string;
  readonly exclusive: boolean;
  readonly to: string;
  readonly reverse: boolean;
  readonly limit: number;
}) => readonly Row[];

export interface MergedRange {
  /** Full keys as texts: [start, end). */
  readonly start: string;
  readonly end: string;
  readonly reverse: boolean;
  readonly limit: number;
  /** Newest first. */
  readonly layers: readonly WriteLayer[];
  readonly readPage: PageReader;
}

const FIRST_PAGE_ROWS = 16;
const LAST_PAGE_ROWS = 512;

export function* mergedRange(range: MergedRange): Generator<KvPair> {
  if (range.limit <= 0 || range.start >= range.end) return;
  const layers = range.layers.filter((layer) => layer.size > 0);
  let given = 0;
  for (const pair of layers.length === 0 ? databasePairs(range) : mergedPairs(range, layers)) {
    yield pair;
    given += 1;
    if (given >= range.limit) return;
  }
}

function* databasePairs(range: MergedRange): Generator<KvPair> {
  for (const row of rows(range)) yield { key: row.key.subarray(PREFIX_BYTES), value: row.value };
}

function* rows(range: MergedRange): Generator<Row> {
  const { reverse } = range;
  let limit = Math.min(FIRST_PAGE_ROWS, range.limit);
  let from = reverse ? range.end : range.start;
  let exclusive = reverse;
  let read = 0;
  for (;;) {
    const page = range.readPage({ from, exclusive, to: reverse ? range.start : range.end, reverse, limit });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < limit) return;
    from = keyText(last.key);
    exclusive = true;
    read += page.length;
    limit = Math.min(nextPageRows(limit, range.limit - read), LAST_PAGE_ROWS);
  }
}

/** Pages grow, but not beyond what is still wanted; rows that a layer hides may make it a little more. */
function nextPageRows(rows: number, wanted: number): number {
  return wanted > 0 ? Math.min(4 * rows, Math.max(wanted, FIRST_PAGE_ROWS / 2)) : 4 * rows;
}

/** A source of keys in the range's order; `value` null: removed. */
interface Head {
  key: string;
  value: Buffer | null;
  readonly next: () => boolean;
}

function* mergedPairs(range: MergedRange, layers: readonly WriteLayer[]): Generator<KvPair> {
  const before = range.reverse ? (a: string, b: string) => a > b : (a: string, b: string) => a < b;
  const heads = [...layers.map((layer) => layerHead(range, layer)), databaseHead(range)].filter((h) =>
    h.next(),
  );
  while (heads.length > 0) {
    let first = heads[0]!;
    // The first of equal keys wins: it comes from the newest layer.
    for (const head of heads) if (before(head.key, first.key)) first = head;
    const { key, value } = first;
    for (let at = heads.length - 1; at >= 0; at--) {
      if (heads[at]!.key === key && !heads[at]!.next()) heads.splice(at, 1);
    }
    if (value !== null) yield { key: keyBytes(key).subarray(PREFIX_BYTES), value };
  }
}

function layerHead(range: MergedRange, layer: WriteLayer): Head {
  const keys = layer.sortedKeys();
  const low = lowerBound(keys, range.start);
  const high = lowerBound(keys, range.end);
  let at = range.reverse ? high : low - 1;
  const head: Head = {
    key: '',
    value: null,
    next: () => {
      at += range.reverse ? -1 : 1;
      if (at < low || at >= high) return false;
      head.key = keys[at]!;
      const stored = layer.get(head.key) ?? null;
      head.value = stored === null ? null : trustStored(stored);
      return true;
    },
  };
  return head;
}

function databaseHead(range: MergedRange): Head {
  const source = rows(range);
  const head: Head = {
    key: '',
    value: null,
    next: () => {
      const step = source.next();
      if (step.done === true) return false;
      head.key = keyText(step.value.key);
      head.value = step.value.value;
      return true;
    },
  };
  return head;
}
