import { utf8 } from '@crescendo/base';
import { checksumHeader } from '../checksums/algorithms.ts';
import { toBase64 } from '../checksums/base64.ts';
import { USER_METADATA_PREFIX } from '../request/stored-headers.ts';
import { httpDate } from '../sigv4/timestamp.ts';
import type { ChecksumView, ObjectView } from './views.ts';

export const DEFAULT_CONTENT_TYPE = 'binary/octet-stream';

export interface ObjectHeaderOptions {
  /** `response-…` parameters, by the header that they replace. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly withChecksum: boolean;
}

type Pairs = (string | number)[];

/** Headers of a read, but for those about the length, as a flat list of names and values. */
export function objectHeaders(object: ObjectView, options: ObjectHeaderOptions): Pairs {
  const pairs: Pairs = [
    'last-modified',
    httpDate(object.modifiedMs),
    'etag',
    `"${object.etag}"`,
    'accept-ranges',
    'bytes',
  ];
  const { headers, userMetadata } = object;
  if (headers['content-type'] === undefined && options.overrides['content-type'] === undefined) {
    pairs.push('content-type', DEFAULT_CONTENT_TYPE);
  }
  for (const name in headers) {
    if (options.overrides[name] !== undefined) continue;
    const value = headers[name]!;
    // AWS leaves the standard class out.
    if (name !== 'x-amz-storage-class' || value !== 'STANDARD') pairs.push(name, headerText(value));
  }
  for (const name in options.overrides) pairs.push(name, headerText(options.overrides[name]!));
  for (const name in userMetadata)
    pairs.push(`${USER_METADATA_PREFIX}${name}`, metadataText(userMetadata[name]!));
  if (options.withChecksum && object.checksum !== undefined) pairs.push(...checksumHeaders(object.checksum));
  return pairs;
}

export function checksumHeaders(checksum: ChecksumView, withType = true): string[] {
  const pairs = [checksumHeader(checksum.algorithm), checksum.value];
  return withType ? [...pairs, 'x-amz-checksum-type', checksum.type] : pairs;
}

/** Header values go out byte by byte: text beyond ASCII becomes the bytes of its UTF-8. */
function headerText(value: string): string {
  return isPlain(value) ? value : String.fromCharCode(...utf8(value));
}

/** As AWS gives metadata back that headers can't carry: an encoded word of RFC 2047. */
function metadataText(value: string): string {
  return isPlain(value) ? value : `=?UTF-8?B?${toBase64(utf8(value))}?=`;
}

function isPlain(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) > 126) return false;
  return true;
}
