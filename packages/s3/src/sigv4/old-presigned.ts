import { S3Error } from '../errors/s3-error.ts';
import { virtualHostBucket } from '../request/address.ts';
import { queryValue, type RequestHead } from '../request/request-head.ts';
import { equalInConstantTime } from './constant-time.ts';
import type { SigningHash } from './signing-hash.ts';
import { isoDate } from './timestamp.ts';

/**
 * Links signed with signature version 2. AWS still takes them, and boto3 and version 1 of the AWS CLI still make them unless they are
 * told otherwise, so they are checked too; requests that carry version 2 in their headers are not taken. ("Signing and
 * authenticating REST requests", Amazon S3 developer guide.)
 */
export interface OldClaim {
  readonly accessKeyId: string;
  readonly signature: string;
  /** As it was signed: seconds since 1970. */
  readonly expires: string;
}

/** Parameters that belong to the resource; the others are not signed. */
const RESOURCE_PARAMETERS = new Set([
  ...[
    'accelerate',
    'acl',
    'analytics',
    'cors',
    'defaultObjectAcl',
    'delete',
    'inventory',
    'lifecycle',
    'location',
  ],
  ...[
    'logging',
    'metrics',
    'notification',
    'object-lock',
    'partNumber',
    'policy',
    'replication',
    'requestPayment',
  ],
  ...['response-cache-control', 'response-content-disposition', 'response-content-encoding'],
  ...[
    'response-content-language',
    'response-content-type',
    'response-expires',
    'restore',
    'select',
    'select-type',
  ],
  ...[
    'storageClass',
    'tagging',
    'torrent',
    'uploadId',
    'uploads',
    'versionId',
    'versioning',
    'versions',
    'website',
  ],
]);

/** undefined when the request is no such link. */
export function parseOldClaim(head: RequestHead): OldClaim | undefined {
  const accessKeyId = queryValue(head, 'AWSAccessKeyId');
  const signature = queryValue(head, 'Signature');
  const expires = queryValue(head, 'Expires');
  if (accessKeyId === undefined || signature === undefined || expires === undefined) return undefined;
  if (!/^\d{1,12}$/.test(expires))
    throw new S3Error('AccessDenied', `Invalid date (should be seconds since epoch): ${expires}`);
  return { accessKeyId, signature, expires };
}

export function checkOldClaim(
  head: RequestHead,
  claim: OldClaim,
  secret: string,
  options: { readonly hash: SigningHash; readonly nowMs: number; readonly baseDomains?: readonly string[] },
): void {
  const endMs = Number(claim.expires) * 1_000;
  if (options.nowMs > endMs) {
    throw new S3Error('AccessDenied', 'Request has expired', {
      details: { Expires: isoDate(endMs), ServerTime: isoDate(options.nowMs) },
    });
  }
  const text = oldStringToSign(head, claim.expires, options.baseDomains ?? []);
  if (equalInConstantTime(options.hash.hmacSha1Base64(secret, text), claim.signature)) return;
  throw new S3Error('SignatureDoesNotMatch', undefined, {
    details: { AWSAccessKeyId: claim.accessKeyId, StringToSign: text, SignatureProvided: claim.signature },
  });
}

function oldStringToSign(head: RequestHead, expires: string, baseDomains: readonly string[]): string {
  const given = (name: string): string => head.headers[name] ?? queryValue(head, name) ?? '';
  const plain = `${head.method}\n${given('content-md5')}\n${given('content-type')}\n${expires}\n`;
  return `${plain}${amzHeaders(head)}${resource(head, baseDomains)}`;
}

/** Those of the headers, and those that the link carries in its query. */
function amzHeaders(head: RequestHead): string {
  const values = new Map<string, string>();
  for (const { name, value } of head.query) {
    if (name.toLowerCase().startsWith('x-amz-')) values.set(name.toLowerCase(), value.trim());
  }
  for (const name in head.headers)
    if (name.startsWith('x-amz-')) values.set(name, head.headers[name]!.trim());
  return [...values.keys()]
    .sort()
    .map((name) => `${name}:${values.get(name)}\n`)
    .join('');
}

function resource(head: RequestHead, baseDomains: readonly string[]): string {
  const bucket = virtualHostBucket(head.headers.host ?? '', baseDomains);
  const path = bucket === undefined ? head.rawPath : `/${bucket}${head.rawPath}`;
  const parameters = head.query
    .filter(({ name }) => RESOURCE_PARAMETERS.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, value }) => (value === '' ? name : `${name}=${value}`));
  return parameters.length === 0 ? path : `${path}?${parameters.join('&')}`;
}
