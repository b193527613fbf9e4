import { invalidArgument } from '../errors/s3-error.ts';
import { queryValue, type RequestHead } from './request-head.ts';

const MAX_INT = 2_147_483_647;

/** A whole number of the query, at most `limit` (larger ones are taken for `limit`); `limit` when it is missing. */
export function parseLimit(head: RequestHead, name: string, limit: number): number {
  const text = queryValue(head, name);
  if (text === undefined || text === '') return limit;
  if (!/^-?\d{1,15}$/.test(text))
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
  const value = Number(text);
  if (value < 0 || value > MAX_INT) {
    throw invalidArgument(`Argument ${name} must be an integer between 0 and ${MAX_INT}`, name, text);
  }
  return Math.min(value, limit);
}

export function parsePartNumber(text: string): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= 10_000) return value;
  throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', text);
}

/** A marker between parts: 0 when it is missing. */
export function parsePartMarker(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  if (!/^\d{1,9}$/.test(text)) {
    throw invalidArgument(
      'Provided part-number-marker not an integer or within integer range',
      'part-number-marker',
      text,
    );
  }
  return Number(text);
}

/** `encoding-type`: absent or `url`. */
export function parseEncodeKeys(head: RequestHead): boolean {
  const text = queryValue(head, 'encoding-type');
  if (text === undefined || text === '') return false;
  if (text.toLowerCase() === 'url') return true;
  throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', text);
}
