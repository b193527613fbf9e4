import { encodePercent } from '../request/percent-encoding.ts';
import { type HeaderMap, parseRequestHead } from '../request/request-head.ts';
import { ALGORITHM, canonicalRequest, stringToSign } from './canonical-request.ts';
import type { SigningHash } from './signing-hash.ts';
import { type CredentialScope, type SigningKeys, type SignText, scopeText } from './signing-keys.ts';
import { amzTimestamp } from './timestamp.ts';

export interface Signer {
  readonly hash: SigningHash;
  readonly keys: SigningKeys;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly region: string;
}

export interface UnsignedRequest {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  /** Must hold `host`; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Hexadecimal SHA-256, `UNSIGNED-PAYLOAD`, or one of the `STREAMING-` words. */
  readonly payloadHash: string;
}

export interface SignedRequest {
  /** All headers to send. */
  readonly headers: Readonly<Record<string, string>>;
  readonly chain: ChainStart;
}

/** What chunk signatures follow from. */
export interface ChainStart {
  readonly signature: string;
  readonly timestamp: string;
  readonly scope: CredentialScope;
  readonly sign: SignText;
}

/** These change on the way or are left to the transport. */
const UNSIGNED_HEADERS = new Set([
  'authorization',
  'connection',
  'expect',
  'user-agent',
  'transfer-encoding',
]);

/** Signs in the Authorization header; every header given is signed. */
export function signRequest(signer: Signer, request: UnsignedRequest, nowMs: number): SignedRequest {
  const timestamp = amzTimestamp(nowMs);
  const scope = scopeAt(signer, timestamp);
  const headers: Record<string, string> = {
    ...request.headers,
    'x-amz-date': timestamp,
    'x-amz-content-sha256': request.payloadHash,
  };
  if (signer.sessionToken !== undefined) headers['x-amz-security-token'] = signer.sessionToken;
  const signedHeaders = Object.keys(headers)
    .filter((name) => !UNSIGNED_HEADERS.has(name))
    .sort();
  const sign = signer.keys.key(signer.accessKeyId, signer.secretAccessKey, scope);
  const signature = sign(
    textToSign(signer, request, headers, signedHeaders, request.payloadHash, timestamp, scope),
  );
  headers.authorization = `${ALGORITHM} Credential=${signer.accessKeyId}/${scopeText(scope)},SignedHeaders=${signedHeaders.join(';')},Signature=${signature}`;
  return { headers, chain: { signature, timestamp, scope, sign } };
}

/** Gives the target with the signature in its query; good for `expiresSeconds` (up to a week). */
export function presignRequest(
  signer: Signer,
  request: Omit<UnsignedRequest, 'payloadHash'>,
  nowMs: number,
  expiresSeconds: number,
): string {
  const timestamp = amzTimestamp(nowMs);
  const scope = scopeAt(signer, timestamp);
  const signedHeaders = Object.keys(request.headers).sort();
  const parameters = [
    ['X-Amz-Algorithm', ALGORITHM],
    ['X-Amz-Credential', `${signer.accessKeyId}/${scopeText(scope)}`],
    ['X-Amz-Date', timestamp],
    ['X-Amz-Expires', String(expiresSeconds)],
    ['X-Amz-SignedHeaders', signedHeaders.join(';')],
    ...(signer.sessionToken === undefined ? [] : [['X-Amz-Security-Token', signer.sessionToken]]),
  ] as [string, string][];
  const query = parameters.map(([name, value]) => `${name}=${encodePercent(value)}`).join('&');
  const target = `${request.target}${request.target.includes('?') ? '&' : '?'}${query}`;
  const sign = signer.keys.key(signer.accessKeyId, signer.secretAccessKey, scope);
  const payloadHash = request.headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD';
  const text = textToSign(
    signer,
    { ...request, target },
    request.headers,
    signedHeaders,
    payloadHash,
    timestamp,
    scope,
  );
  return `${target}&X-Amz-Signature=${sign(text)}`;
}

function scopeAt(signer: Signer, timestamp: string): CredentialScope {
  return { date: timestamp.slice(0, 8), region: signer.region, service: 's3' };
}

function textToSign(
  signer: Signer,
  request: { readonly method: string; readonly target: string },
  headers: HeaderMap,
  signedHeaders: readonly string[],
  payloadHash: string,
  timestamp: string,
  scope: CredentialScope,
): string {
  const head = parseRequestHead(request.method, request.target, headers);
  const canonical = canonicalRequest({ ...head, signedHeaders, payloadHash });
  return stringToSign(signer.hash, timestamp, scope, canonical);
}
