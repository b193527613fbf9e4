import { S3Error } from '../errors/s3-error.ts';

/** One range as asked for: from `first` to `last` (inclusive) or to the end, or the last `suffix` bytes. */
export type ByteRange =
  | { readonly kind: 'from'; readonly first: number; readonly last?: number }
  | { readonly kind: 'suffix'; readonly length: number };

/** Bytes [start, end). */
export interface ResolvedRange {
  readonly start: number;
  readonly end: number;
}

/** undefined for what AWS passes over and answers with the whole object: several ranges, other units, malformed ones. */
export function parseRange(header: string): ByteRange | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
  if (match === null) return undefined;
  const [, first, last] = match as unknown as [string, string, string];
  if (first === '') return last === '' ? undefined : { kind: 'suffix', length: Number(last) };
  if (last === '') return { kind: 'from', first: Number(first) };
  return Number(last) < Number(first)
    ? undefined
    : { kind: 'from', first: Number(first), last: Number(last) };
}

/** Fails with `InvalidRange` when no byte of the object is in the range. */
export function resolveRange(range: ByteRange, size: number, asText: string): ResolvedRange {
  if (range.kind === 'suffix' && range.length > 0 && size > 0)
    return { start: Math.max(0, size - range.length), end: size };
  if (range.kind === 'from' && range.first < size) {
    return { start: range.first, end: range.last === undefined ? size : Math.min(size, range.last + 1) };
  }
  throw new S3Error('InvalidRange', undefined, {
    details: { RangeRequested: asText, ActualObjectSize: String(size) },
    headers: { 'content-range': `bytes */${size}` },
  });
}
