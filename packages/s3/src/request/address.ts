import { utf8 } from '@crescendo/base';
import { S3Error } from '../errors/s3-error.ts';
import { isBucketName } from './bucket-name.ts';

/** Where a request points: at the service, at a bucket, or at an object. */
export type Address =
  | { readonly kind: 'service' }
  | { readonly kind: 'bucket'; readonly bucket: string }
  | { readonly kind: 'object'; readonly bucket: string; readonly key: string };

const MAX_KEY_BYTES = 1_024;

/**
 * Reads bucket and key from the host (virtual-host style: `bucket.<base domain>`) or from the path. `path` is decoded. Whatever
 * follows the bucket's slash is the key as it stands, dots and slashes included.
 */
export function parseAddress(path: string, host: string, baseDomains: readonly string[]): Address {
  const virtual = virtualHostBucket(host, baseDomains);
  const rest = path.slice(1);
  if (virtual !== undefined) return addressOf(virtual, rest);
  if (rest === '') return { kind: 'service' };
  const slash = rest.indexOf('/');
  return slash < 0 ? addressOf(rest, '') : addressOf(rest.slice(0, slash), rest.slice(slash + 1));
}

function addressOf(bucket: string, key: string): Address {
  if (!isBucketName(bucket)) {
    throw new S3Error('InvalidBucketName', undefined, { details: { BucketName: bucket } });
  }
  if (key === '') return { kind: 'bucket', bucket };
  checkKey(key);
  return { kind: 'object', bucket, key };
}

export function checkKey(key: string): void {
  // A UTF-16 unit is at most 3 bytes of UTF-8, so short keys need no encoding to be found short.
  if (key.length * 3 <= MAX_KEY_BYTES) return;
  const size = utf8(key).length;
  if (size <= MAX_KEY_BYTES) return;
  throw new S3Error('KeyTooLongError', undefined, {
    details: { Size: String(size), MaxSizeAllowed: String(MAX_KEY_BYTES) },
  });
}

/** The bucket in front of one of the base domains; undefined when the host is none of theirs, or a base domain itself. */
export function virtualHostBucket(host: string, baseDomains: readonly string[]): string | undefined {
  const name = hostName(host);
  for (const domain of baseDomains) {
    if (
      name.length > domain.length + 1 &&
      name.endsWith(domain) &&
      name[name.length - domain.length - 1] === '.'
    ) {
      return name.slice(0, -domain.length - 1);
    }
  }
  return undefined;
}

/** A Host header without its port, in lower case; IPv6 addresses without brackets. */
export function hostName(host: string): string {
  const lower = host.toLowerCase();
  if (lower.startsWith('[')) return lower.slice(1, Math.max(1, lower.indexOf(']')));
  const colon = lower.indexOf(':');
  return colon < 0 ? lower : lower.slice(0, colon);
}
