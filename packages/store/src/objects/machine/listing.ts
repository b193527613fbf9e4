/**
 * One partition's page of a listing. Keys that share a common prefix are skipped with one seek, so the work is bounded by the rows
 * that are answered.
 *
 * A row follows `after` by its own bytes: a common prefix that is not behind `after` is left out although keys below it
 * are behind it.
 */
import { compareBytes, concatBytes, copyBytes, utf8 } from '@crescendo/base';
import type { KvReader } from '../../ports/state-store.ts';
import { MAXIMUM_PAGE_ROWS, MAXIMUM_POSITION_BYTES } from '../limits.ts';
import type { ListQuery, ListUploadsQuery, QueryResult, RowsPage } from '../query.ts';
import type { BucketMemory } from '../state/bucket-memory.ts';
import { behindPrefix, escapeZeros, objectsOf, parseUploadPosition, uploadsOf } from '../state/keys.ts';
import { objectHead } from '../state/object-record.ts';
import { RowWriter } from '../state/rows.ts';
import { uploadHead } from '../state/upload-record.ts';
import { checkReadable } from './partition-buckets.ts';

/** A table whose keys are a fixed prefix and a position. */
interface Listed {
  readonly prefix: Uint8Array;
  /** The S3 key that stands at a position. */
  keyAt(position: Uint8Array): Uint8Array;
  /** Where everything stands that begins with these bytes of an S3 key. */
  positionOf(keyPrefix: Uint8Array): Uint8Array;
  headOf(value: Uint8Array): Uint8Array;
}

export function answerListObjects(
  kv: KvReader,
  query: ListQuery,
  buckets: BucketMemory,
): QueryResult<ListQuery> {
  const prefix = objectsOf(query.generation);
  const same = (bytes: Uint8Array): Uint8Array => bytes;
  const listed = { prefix, keyAt: same, positionOf: same, headOf: objectHead };
  return checkReadable(kv, query, buckets) ?? { ok: true, ...scanPage(kv, listed, query) };
}

export function answerListUploads(
  kv: KvReader,
  query: ListUploadsQuery,
  buckets: BucketMemory,
): QueryResult<ListUploadsQuery> {
  const prefix = uploadsOf(query.generation);
  const keyAt = (position: Uint8Array): Uint8Array => parseUploadPosition(position).key;
  const listed = { prefix, keyAt, positionOf: escapeZeros, headOf: uploadHead };
  return checkReadable(kv, query, buckets) ?? { ok: true, ...scanPage(kv, listed, query) };
}

type Page = Pick<ListQuery, 'prefix' | 'delimiter' | 'after' | 'limit'>;

function scanPage(kv: KvReader, listed: Listed, page: Page): RowsPage {
  // Nothing stands behind what is longer than every key, but up to there it is a bound like any other.
  const after = page.after.subarray(0, MAXIMUM_POSITION_BYTES);
  const limit = Math.min(page.limit, MAXIMUM_PAGE_ROWS);
  const keyPrefix = utf8(page.prefix);
  const delimiter = utf8(page.delimiter);
  const below = concatBytes(listed.prefix, listed.positionOf(keyPrefix));
  const end = behindPrefix(below);
  if (below.length > MAXIMUM_POSITION_BYTES) return { rows: new RowWriter().finish(), truncated: false };
  const rows = new RowWriter();
  let start = laterOf(
    below,
    concatBytes(listed.prefix, after, after.length === 0 ? after : Uint8Array.of(0)),
  );
  while (compareBytes(start, end) < 0) {
    const pass = scanToGroup(kv, listed, { start, end, limit, keyPrefix, delimiter }, rows);
    if (pass === 'full') return { rows: rows.finish(), truncated: true };
    if (pass === 'end') break;
    const group = listed.positionOf(pass);
    if (compareBytes(group, after) > 0) {
      if (rows.count === limit) return { rows: rows.finish(), truncated: true };
      rows.add(group, undefined);
    }
    start = behindPrefix(concatBytes(listed.prefix, group));
  }
  return { rows: rows.finish(), truncated: false };
}

interface Pass {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  readonly limit: number;
  readonly keyPrefix: Uint8Array;
  readonly delimiter: Uint8Array;
}

/** Adds rows until a key belongs to a common prefix, which is returned. */
function scanToGroup(kv: KvReader, listed: Listed, pass: Pass, rows: RowWriter): Uint8Array | 'full' | 'end' {
  const { start, end, limit, keyPrefix, delimiter } = pass;
  for (const { key, value } of kv.range({ start, end, limit: limit + 1 - rows.count })) {
    const position = key.subarray(listed.prefix.length);
    if (delimiter.length > 0) {
      const name = listed.keyAt(position);
      const at = indexOfBytes(name, delimiter, keyPrefix.length);
      if (at >= 0) return copyBytes(name.subarray(0, at + delimiter.length));
    }
    if (rows.count === limit) return 'full';
    rows.add(position, listed.headOf(value));
  }
  return 'end';
}

function laterOf(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) >= 0 ? a : b;
}

function indexOfBytes(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const last = bytes.length - wanted.length;
  for (
    let at = bytes.indexOf(wanted[0]!, from);
    at >= 0 && at <= last;
    at = bytes.indexOf(wanted[0]!, at + 1)
  ) {
    let length = 1;
    while (length < wanted.length && bytes[at + length] === wanted[length]) length++;
    if (length === wanted.length) return at;
  }
  return -1;
}
