/**
 * Merges the pages of all partitions into one, in byte order.
 *
 * (L1) A partition whose page is truncated says nothing about what is behind its last row, so only rows up to the least
 *      such last row are taken; then those partitions are asked again that have nothing left.
 * (L2) Partitions are asked for their share and a little more, not for the whole page: keys are spread evenly. Common prefixes are
 *      not (each partition may have them all), which the second round learns from the first.
 */
import { compareBytes, fromUtf8Lenient } from '@crescendo/base';
import type { Done, Refusal } from '../command.ts';
import type { RowsPage } from '../query.ts';
import { type Row, readRows } from '../state/rows.ts';

/** Asks partitions for rows behind `after`. */
export type AskPage = (
  partitions: readonly number[],
  page: { readonly after: Uint8Array; readonly limit: number },
) => Promise<readonly Done<RowsPage>[]>;

export interface MergedRows {
  readonly rows: readonly Row[];
  readonly truncated: boolean;
}

interface Source {
  rows: readonly Row[];
  next: number;
  truncated: boolean;
  /** Rows that this partition has given so far. */
  taken: number;
}

/** At most `limit` rows behind `after`. */
export async function mergeListing(
  partitionCount: number,
  after: Uint8Array,
  limit: number,
  ask: AskPage,
): Promise<Done<MergedRows>> {
  if (limit <= 0) return { ok: true, rows: [], truncated: false };
  const sources = Array.from({ length: partitionCount }, (): Source => {
    return { rows: [], next: 0, truncated: true, taken: 0 };
  });
  const rows: Row[] = [];
  let from = after;
  // One row more than wanted tells whether there are more.
  while (rows.length <= limit && sources.some(isEmpty)) {
    const empty = sources.flatMap((source, partition) => (isEmpty(source) ? [partition] : []));
    const share = shareOf(limit + 1 - rows.length, rows.length, sources);
    const pages = await ask(empty, { after: from, limit: share });
    const refusal = pages.find((page): page is Refusal => !page.ok);
    if (refusal !== undefined) return refusal;
    for (const [i, page] of pages.entries()) {
      if (page.ok) refill(sources[empty[i]!]!, page);
    }
    const bound = leastBound(sources);
    takeUpTo(sources, bound, rows);
    from = bound ?? from;
  }
  return { ok: true, rows: rows.slice(0, limit), truncated: rows.length > limit };
}

function isEmpty({ rows, next, truncated }: Source): boolean {
  return truncated && next === rows.length;
}

function refill(source: Source, page: RowsPage): void {
  source.rows = readRows(page.rows);
  source.next = 0;
  source.truncated = page.truncated;
}

/** How many rows a partition is asked for when `wanted` are wanted of all. (L2) */
function shareOf(wanted: number, found: number, sources: readonly Source[]): number {
  const mean = wanted / sources.length;
  const most = Math.max(...sources.map(({ taken }) => taken));
  const share = found === 0 ? mean + 3 * Math.sqrt(mean) : 1.1 * wanted * (most / found);
  return Math.min(wanted, Math.ceil(share) + 2);
}

/** The row up to which every partition has told all. (L1) */
function leastBound(sources: readonly Source[]): Uint8Array | undefined {
  let least: Uint8Array | undefined;
  for (const { rows, truncated } of sources) {
    const last = truncated ? rows.at(-1)?.position : undefined;
    if (last !== undefined && (least === undefined || compareBytes(last, least) < 0)) least = last;
  }
  return least;
}

function takeUpTo(sources: readonly Source[], bound: Uint8Array | undefined, into: Row[]): void {
  const taken: Row[] = [];
  for (const source of sources) {
    const { rows } = source;
    const before = source.next;
    while (source.next < rows.length) {
      const row = rows[source.next]!;
      if (bound !== undefined && compareBytes(row.position, bound) > 0) break;
      taken.push(row);
      source.next++;
    }
    source.taken += source.next - before;
  }
  taken.sort((a, b) => compareBytes(a.position, b.position));
  for (const row of taken) {
    const last = into.at(-1);
    // The same common prefix comes from many partitions.
    if (last === undefined || compareBytes(last.position, row.position) !== 0) into.push(row);
  }
}

export function positionText(position: Uint8Array): string {
  return fromUtf8Lenient(position);
}
