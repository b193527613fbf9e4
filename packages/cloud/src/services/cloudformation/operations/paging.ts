import { validationError } from './operation-errors.ts';

export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | undefined;
}

/** Tokens are the number of items before the page. */
export function paged<T>(all: readonly T[], token: string | undefined, size: number): Page<T> {
  const start = token === undefined ? 0 : /^\d{1,9}$/.test(token) ? Number(token) : Number.NaN;
  if (Number.isNaN(start)) throw validationError(`NextToken "${token}" was not given out by this operation`);
  const end = start + size;
  return { items: all.slice(start, end), next: end < all.length ? String(end) : undefined };
}
