import { utf8 } from '@crescendo/base';
import { invalidArgument, notImplemented, S3Error } from '../errors/s3-error.ts';
import type { HeaderMap } from './request-head.ts';

/** Headers that are kept with an object and given back as they came. */
export const STORED_HEADERS = [
  'content-type',
  'content-encoding',
  'content-disposition',
  'content-language',
  'cache-control',
  'expires',
  'x-amz-storage-class',
  'x-amz-website-redirect-location',
] as const;

export type StoredHeaders = Readonly<Partial<Record<(typeof STORED_HEADERS)[number], string>>>;
export type UserMetadata = Readonly<Record<string, string>>;

export const USER_METADATA_PREFIX = 'x-amz-meta-';
const MAX_USER_METADATA_BYTES = 2_048;
const STORAGE_CLASSES = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
]);
/** Reading from these takes a restore first, which this store has not. */
const ARCHIVE_CLASSES = new Set([
  'GLACIER',
  'DEEP_ARCHIVE',
  'OUTPOSTS',
  'SNOW',
  'EXPRESS_ONEZONE',
  'FSX_OPENZFS',
]);

/** `content-encoding` loses `aws-chunked`, which belongs to the way and not to the object. */
export function parseStoredHeaders(headers: HeaderMap): StoredHeaders {
  const stored: Partial<Record<(typeof STORED_HEADERS)[number], string>> = {};
  for (const name of STORED_HEADERS) {
    const value = headers[name];
    if (value !== undefined) stored[name] = value;
  }
  if (stored['content-encoding'] !== undefined) withoutChunkedCoding(stored, stored['content-encoding']);
  if (stored['x-amz-storage-class'] !== undefined) checkStorageClass(stored['x-amz-storage-class']);
  checkRedirect(stored['x-amz-website-redirect-location']);
  return stored;
}

function withoutChunkedCoding(stored: { 'content-encoding'?: string }, value: string): void {
  const codings = value.split(',').map((coding) => coding.trim());
  const kept = codings.filter((coding) => coding.toLowerCase() !== 'aws-chunked' && coding !== '');
  if (kept.length === codings.length) return;
  if (kept.length === 0) delete stored['content-encoding'];
  else stored['content-encoding'] = kept.join(',');
}

function checkStorageClass(value: string): void {
  if (STORAGE_CLASSES.has(value)) return;
  if (ARCHIVE_CLASSES.has(value))
    throw notImplemented(`The storage class ${value}`, `Use one of ${[...STORAGE_CLASSES].join(', ')}.`);
  throw new S3Error('InvalidStorageClass', undefined, { details: { StorageClassRequested: value } });
}

function checkRedirect(value: string | undefined): void {
  if (value === undefined || /^(\/|https?:\/\/)/.test(value)) return;
  throw invalidArgument(
    'The website redirect location must have a prefix of http:// or https:// or /.',
    'x-amz-website-redirect-location',
    value,
  );
}

/** Names without their prefix. At most 2 KB of names and values together. */
export function parseUserMetadata(headers: HeaderMap): UserMetadata {
  const metadata: Record<string, string> = {};
  let bytes = 0;
  for (const name in headers) {
    if (!name.startsWith(USER_METADATA_PREFIX)) continue;
    const value = headers[name] ?? '';
    const bare = name.slice(USER_METADATA_PREFIX.length);
    Object.defineProperty(metadata, bare, { value, enumerable: true });
    bytes += utf8(bare).length + utf8(value).length;
  }
  if (bytes <= MAX_USER_METADATA_BYTES) return metadata;
  throw new S3Error('MetadataTooLarge', undefined, {
    details: { Size: String(bytes), MaxSizeAllowed: String(MAX_USER_METADATA_BYTES) },
  });
}
