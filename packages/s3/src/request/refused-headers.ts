import { notImplemented, S3Error } from '../errors/s3-error.ts';
import type { HeaderMap } from './request-head.ts';

/** The one owner of everything: this store has one account. A canonical user id has 64 hexadecimal digits. */
export const OWNER_ID = 'c7e5ce4d00000000000000000000000000000000000000000000000000000001';
export const OWNER_NAME = 'crescendo';
const OWNER_ACCOUNT = '000000000000';

const ACLS_THAT_ARE_TRUE = new Set(['private', 'bucket-owner-full-control', 'bucket-owner-read']);

/** A header that would change what a request means, and what it is called in the answer. */
const REFUSED_PREFIXES: readonly (readonly [prefix: string, what: string])[] = [
  ['x-amz-server-side-encryption-customer-', 'Server-side encryption with customer keys (SSE-C)'],
  ['x-amz-copy-source-server-side-encryption-customer-', 'Server-side encryption with customer keys (SSE-C)'],
  ['x-amz-server-side-encryption', 'Server-side encryption'],
  ['x-amz-object-lock-', 'Object lock'],
  ['x-amz-grant-', 'Access control lists (grants)'],
  ['x-amz-write-offset-bytes', 'Appending to an object'],
  ['x-amz-rename-source', 'RenameObject'],
  ['x-amz-if-match-last-modified-time', 'x-amz-if-match-last-modified-time'],
  ['x-amz-if-match-size', 'x-amz-if-match-size'],
  ['x-amz-mfa', 'Deletion with multi-factor authentication'],
];

/**
 * Refuses by name every header that asks for something this store does not do: an object that its owner believes locked, public,
 * tagged or encrypted and is not would be worse than an error.
 */
export function refuseHeaders(headers: HeaderMap): void {
  for (const name in headers) {
    if (!name.startsWith('x-amz-')) continue;
    const refused = REFUSED_PREFIXES.find(([prefix]) => name.startsWith(prefix));
    if (refused !== undefined) {
      throw notImplemented(refused[1], `Leave the header ${name} out.`);
    }
  }
  refuseValues(headers);
}

function refuseValues(headers: HeaderMap): void {
  const acl = headers['x-amz-acl'];
  if (acl !== undefined && !ACLS_THAT_ARE_TRUE.has(acl)) {
    throw notImplemented(`The access control list "${acl}"`, 'Everything is private; leave x-amz-acl out.');
  }
  if ((headers['x-amz-tagging'] ?? '') !== '')
    throw notImplemented('Tagging', 'Leave the header x-amz-tagging out.');
  if ((headers['x-amz-bucket-object-lock-enabled'] ?? 'false').toLowerCase() === 'true') {
    throw notImplemented('Object lock', 'Leave the header x-amz-bucket-object-lock-enabled out.');
  }
  for (const name of ['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner']) {
    const owner = headers[name];
    if (owner !== undefined && owner !== OWNER_ACCOUNT && owner !== OWNER_ID)
      throw new S3Error('AccessDenied');
  }
}
