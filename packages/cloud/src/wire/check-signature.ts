/**
 * Signature version 4 as AWS's control planes check it: in the Authorization header, over the whole body, for any service's scope. S3's
 * reading of the same (body declared in a header, links that are signed) is `@crescendo/s3`'s `authenticate`.
 */
import {
  canonicalRequest,
  equalInConstantTime,
  isoDate,
  parseAmzTimestamp,
  type RequestHead,
  type SigningHash,
  type SigningKeys,
  stringToSign,
} from '@crescendo/s3';
import type { Credentials } from './authorization.ts';
import { WireError } from './wire-error.ts';

export interface Secret {
  readonly secretAccessKey: string;
  /** Temporary credentials count only together with their token. */
  readonly sessionToken?: string;
}

export interface SignatureOptions {
  readonly hash: SigningHash;
  readonly keys: SigningKeys;
  /** undefined when there is no such key. */
  readonly secretOf: (accessKeyId: string) => Secret | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

const MAX_SKEW_MS = 15 * 60_000;

/** Fails with a `WireError`. The body must be whole: its hash is under the signature. */
export function checkSignature(
  head: RequestHead,
  body: Uint8Array,
  credentials: Credentials | undefined,
  options: SignatureOptions,
): void {
  if (credentials === undefined) throw unsigned(head);
  checkSignedHeaders(head, credentials);
  const timestamp = head.headers['x-amz-date'];
  const timestampMs = timestamp === undefined ? undefined : parseAmzTimestamp(timestamp);
  if (timestamp === undefined || timestampMs === undefined || !timestamp.startsWith(credentials.scope.date)) {
    throw new WireError(
      'incompleteSignature',
      `The header X-Amz-Date must be of the form YYYYMMDDTHHMMSSZ and of the credential's date, not "${timestamp ?? ''}".`,
    );
  }
  checkTime(timestamp, timestampMs, options.nowMs);
  const secret = options.secretOf(credentials.accessKeyId);
  if (secret === undefined || !hasToken(head, secret)) {
    throw new WireError(
      'unknownKey',
      `The security token included in the request is invalid: there is no access key ${credentials.accessKeyId}${secret === undefined ? '' : ' with this session token'}.`,
    );
  }
  checkDigest(head, body, credentials, secret, timestamp, options);
}

function unsigned(head: RequestHead): WireError {
  if (head.headers.authorization === undefined) {
    return new WireError('unsigned', 'Request is missing Authentication Token: it is not signed.');
  }
  return new WireError(
    'incompleteSignature',
    'The Authorization header must be of the form "AWS4-HMAC-SHA256 Credential=KEY/YYYYMMDD/REGION/SERVICE/aws4_request, SignedHeaders=..., Signature=...".',
  );
}

/** A go-between could add what is not under the signature. */
function checkSignedHeaders({ headers }: RequestHead, { signedHeaders }: Credentials): void {
  const needed = Object.keys(headers).filter((name) => name.startsWith('x-amz-'));
  const left = ['host', ...needed].filter((name) => !signedHeaders.includes(name));
  if (left.length === 0) return;
  throw new WireError(
    'incompleteSignature',
    `These headers must be under the signature: ${left.join(', ')}.`,
  );
}

function checkTime(timestamp: string, timestampMs: number, nowMs: number): void {
  if (Math.abs(nowMs - timestampMs) <= MAX_SKEW_MS) return;
  const relation = timestampMs < nowMs ? 'Signature expired' : 'Signature not yet current';
  throw new WireError(
    'expired',
    `${relation}: ${timestamp} is more than 15 minutes from the time of this machine, ${isoDate(nowMs)}. Set the clock.`,
  );
}

function hasToken(head: RequestHead, { sessionToken }: Secret): boolean {
  if (sessionToken === undefined) return true;
  return equalInConstantTime(head.headers['x-amz-security-token'] ?? '', sessionToken);
}

function checkDigest(
  head: RequestHead,
  body: Uint8Array,
  credentials: Credentials,
  secret: Secret,
  timestamp: string,
  options: SignatureOptions,
): void {
  const payloadHash = options.hash.sha256Hex(body);
  const declared = head.headers['x-amz-content-sha256'];
  if (declared !== undefined && declared !== payloadHash) {
    throw new WireError('wrongSignature', 'The header X-Amz-Content-Sha256 is not the hash of the body.');
  }
  const canonical = canonicalRequest({ ...head, signedHeaders: credentials.signedHeaders, payloadHash });
  const text = stringToSign(options.hash, timestamp, credentials.scope, canonical);
  const sign = options.keys.key(credentials.accessKeyId, secret.secretAccessKey, credentials.scope);
  if (equalInConstantTime(sign(text), credentials.signature)) return;
  throw new WireError(
    'wrongSignature',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
  );
}
