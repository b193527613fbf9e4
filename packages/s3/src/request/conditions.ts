import { notImplemented } from '../errors/s3-error.ts';
import { parseHttpDate } from '../sigv4/timestamp.ts';
import type { HeaderMap } from './request-head.ts';

/** Conditions on the object that stands at the key. Entity tags without quotes, or `*`; times in milliseconds since 1970. */
export interface RequestConditions {
  readonly ifMatch?: readonly string[];
  readonly ifNoneMatch?: readonly string[];
  readonly ifModifiedSinceMs?: number;
  readonly ifUnmodifiedSinceMs?: number;
}

export const NO_CONDITIONS: RequestConditions = {};

/** Of reads, and with the prefix `x-amz-copy-source-` of the source of a copy. Dates that are none are passed over (RFC 9110). */
export function parseReadConditions(headers: HeaderMap, prefix = ''): RequestConditions {
  const ifMatch = headers[`${prefix}if-match`];
  const ifNoneMatch = headers[`${prefix}if-none-match`];
  const ifModifiedSince = headers[`${prefix}if-modified-since`];
  const ifUnmodifiedSince = headers[`${prefix}if-unmodified-since`];
  if (
    ifMatch === undefined &&
    ifNoneMatch === undefined &&
    ifModifiedSince === undefined &&
    ifUnmodifiedSince === undefined
  ) {
    return NO_CONDITIONS;
  }
  const ifModifiedSinceMs = ifModifiedSince === undefined ? undefined : parseHttpDate(ifModifiedSince);
  const ifUnmodifiedSinceMs = ifUnmodifiedSince === undefined ? undefined : parseHttpDate(ifUnmodifiedSince);
  return {
    ...(ifMatch === undefined ? {} : { ifMatch: parseEntityTags(ifMatch) }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch: parseEntityTags(ifNoneMatch) }),
    ...(ifModifiedSinceMs === undefined ? {} : { ifModifiedSinceMs }),
    ...(ifUnmodifiedSinceMs === undefined ? {} : { ifUnmodifiedSinceMs }),
  };
}

/** Of writes: If-Match with tags, or If-None-Match with `*`; anything else is refused rather than passed over. */
export function parseWriteConditions(headers: HeaderMap): RequestConditions {
  for (const name of ['if-modified-since', 'if-unmodified-since']) {
    if (headers[name] !== undefined) throw notImplemented(`${name} on a write`);
  }
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch === undefined && ifNoneMatch === undefined) return NO_CONDITIONS;
  if (ifMatch !== undefined && ifNoneMatch !== undefined)
    throw notImplemented('If-Match together with If-None-Match on a write');
  if (ifMatch !== undefined) return { ifMatch: parseEntityTags(ifMatch) };
  if (ifNoneMatch!.trim() !== '*')
    throw notImplemented('If-None-Match with an entity tag on a write', 'Use "*".');
  return { ifNoneMatch: ['*'] };
}

/** Splits a list of entity tags and takes quotes and the mark of weak tags off. */
export function parseEntityTags(text: string): string[] {
  return text
    .split(',')
    .map(unquoteEntityTag)
    .filter((tag) => tag !== '');
}

export function unquoteEntityTag(text: string): string {
  const tag = text.trim().replace(/^W\//, '');
  return tag.startsWith('"') && tag.endsWith('"') && tag.length >= 2 ? tag.slice(1, -1) : tag;
}
