import { S3Error } from '../errors/s3-error.ts';
import type { RequestHead } from '../request/request-head.ts';
import { canonicalRequest, stringToSign } from './canonical-request.ts';
import { type Claim, headerProblem, parseClaim, queryProblem } from './claim.ts';
import { equalInConstantTime } from './constant-time.ts';
import { checkOldClaim, type OldClaim, parseOldClaim } from './old-presigned.ts';
import type { PayloadDeclaration } from './payload-declaration.ts';
import type { SigningHash } from './signing-hash.ts';
import type { CredentialScope, SigningKeys, SignText } from './signing-keys.ts';
import { isoDate } from './timestamp.ts';

export interface AuthenticationOptions {
  readonly hash: SigningHash;
  readonly keys: SigningKeys;
  /** The secret of an access key; undefined when there is no such key. */
  readonly credentials: (accessKeyId: string) => string | undefined;
  /** The region that requests must be signed for; without it every region is accepted. */
  readonly region?: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Where buckets may stand in the host: links of signature version 2 name the bucket. */
  readonly baseDomains?: readonly string[];
}

/** What is known once the signature has been found right. The body is still to be checked against `payload`. */
export interface Authentication {
  readonly accessKeyId: string;
  readonly payload: PayloadDeclaration;
  /** Where the chain of chunk signatures begins. */
  readonly signature: string;
  readonly timestamp: string;
  readonly scope: CredentialScope;
  readonly sign: SignText;
}

const MAX_SKEW_MS = 15 * 60_000;

/** Checks the signature of a request (rules A1 to A9). Fails with the error that AWS answers; unsigned is `AccessDenied`. */
export function authenticate(head: RequestHead, options: AuthenticationOptions): Authentication {
  const claim = parseClaim(head);
  const oldClaim = claim === undefined ? parseOldClaim(head) : undefined;
  if (oldClaim !== undefined) return authenticateOld(head, oldClaim, options);
  if (claim === undefined) throw new S3Error('AccessDenied', 'Access Denied: the request is not signed.');
  checkRegion(claim, options.region);
  checkSignedHeaders(head, claim);
  checkTime(claim, options.nowMs);
  const secret = secretOf(claim.accessKeyId, options);
  const sign = options.keys.key(claim.accessKeyId, secret, claim.scope);
  const canonical = canonicalRequest({
    method: head.method,
    rawPath: head.rawPath,
    query: head.query,
    headers: head.headers,
    signedHeaders: claim.signedHeaders,
    payloadHash: claim.payloadHash,
  });
  const toSign = stringToSign(options.hash, claim.timestamp, claim.scope, canonical);
  if (!equalInConstantTime(sign(toSign), claim.signature)) throw signatureMismatch(claim, canonical, toSign);
  const { accessKeyId, payload, signature, timestamp, scope } = claim;
  return { accessKeyId, payload, signature, timestamp, scope, sign };
}

function secretOf(accessKeyId: string, options: AuthenticationOptions): string {
  const secret = options.credentials(accessKeyId);
  if (secret !== undefined) return secret;
  throw new S3Error('InvalidAccessKeyId', undefined, { details: { AWSAccessKeyId: accessKeyId } });
}

/** Such a link says nothing of its body, so there is no chain of chunks that could follow. */
function authenticateOld(head: RequestHead, claim: OldClaim, options: AuthenticationOptions): Authentication {
  checkOldClaim(head, claim, secretOf(claim.accessKeyId, options), options);
  const { accessKeyId, signature } = claim;
  const scope = { date: '', region: options.region ?? '', service: 's3' };
  return { accessKeyId, payload: { kind: 'unsigned' }, signature, timestamp: '', scope, sign: () => '' };
}

function checkRegion(claim: Claim, region: string | undefined): void {
  if (region === undefined || claim.scope.region === region) return;
  const problem = claim.form === 'header' ? headerProblem : queryProblem;
  throw problem(`the region '${claim.scope.region}' is wrong; expecting '${region}'`, {
    details: { Region: region },
  });
}

/** `host` and every `x-amz-` header must be under the signature, or a go-between could add to a request. */
function checkSignedHeaders(head: RequestHead, claim: Claim): void {
  const signed = claim.signedHeaders;
  const missing: string[] = [];
  if (!signed.includes('host')) missing.push('host');
  for (const name in head.headers) {
    if (name.startsWith('x-amz-') && !signed.includes(name)) missing.push(name);
  }
  if (missing.length === 0) return;
  throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
    details: { HeadersNotSigned: missing.join(', ') },
  });
}

function checkTime(claim: Claim, nowMs: number): void {
  if (claim.expiresSeconds !== undefined) {
    checkPresignedTime(claim, claim.expiresSeconds, nowMs);
    return;
  }
  if (Math.abs(nowMs - claim.timestampMs) <= MAX_SKEW_MS) return;
  throw new S3Error('RequestTimeTooSkewed', undefined, {
    details: {
      RequestTime: claim.timestamp,
      ServerTime: isoDate(nowMs),
      MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
    },
  });
}

function checkPresignedTime(claim: Claim, expiresSeconds: number, nowMs: number): void {
  if (claim.timestampMs > nowMs + MAX_SKEW_MS) {
    throw new S3Error('AccessDenied', 'Request is not yet valid', {
      details: { 'X-Amz-Date': claim.timestamp, ServerTime: isoDate(nowMs) },
    });
  }
  const endMs = claim.timestampMs + expiresSeconds * 1_000;
  if (nowMs <= endMs) return;
  throw new S3Error('AccessDenied', 'Request has expired', {
    details: { 'X-Amz-Expires': String(expiresSeconds), Expires: isoDate(endMs), ServerTime: isoDate(nowMs) },
  });
}

function signatureMismatch(claim: Claim, canonical: string, toSign: string): S3Error {
  return new S3Error('SignatureDoesNotMatch', undefined, {
    details: {
      AWSAccessKeyId: claim.accessKeyId,
      StringToSign: toSign,
      SignatureProvided: claim.signature,
      CanonicalRequest: canonical,
    },
  });
}
