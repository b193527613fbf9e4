import { decodePercent, encodePathPercent, encodePercent } from '../request/percent-encoding.ts';
import type { HeaderMap, QueryParameter } from '../request/request-head.ts';
import type { SigningHash } from './signing-hash.ts';
import { type CredentialScope, scopeText } from './signing-keys.ts';

export const ALGORITHM = 'AWS4-HMAC-SHA256';

export interface CanonicalInput {
  readonly method: string;
  /** As sent. S3 decodes and encodes it once and normalises nothing. */
  readonly rawPath: string;
  readonly query: readonly QueryParameter[];
  readonly headers: HeaderMap;
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
}

/** Step 1 of signature version 4, in S3's reading. */
export function canonicalRequest(input: CanonicalInput): string {
  let headers = '';
  for (const name of input.signedHeaders) headers += `${name}:${canonicalValue(input.headers[name] ?? '')}\n`;
  const path = encodePathPercent(decodePercent(input.rawPath));
  return `${input.method}\n${path}\n${canonicalQuery(input.query)}\n${headers}\n${input.signedHeaders.join(';')}\n${input.payloadHash}`;
}

/** Trimmed, runs of white space made one space. */
function canonicalValue(value: string): string {
  return /^\s|\s$|\s\s/.test(value) ? value.trim().replace(/\s+/g, ' ') : value;
}

/** Sorted by encoded name, then by encoded value; the signature itself stays out. */
function canonicalQuery(query: readonly QueryParameter[]): string {
  if (query.length === 0) return '';
  return query
    .filter((parameter) => parameter.name !== 'X-Amz-Signature')
    .map((parameter) => [encodePercent(parameter.name), encodePercent(parameter.value)] as const)
    .sort((a, b) => compareText(a[0], b[0]) || compareText(a[1], b[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Step 2. */
export function stringToSign(
  hash: SigningHash,
  timestamp: string,
  scope: CredentialScope,
  canonical: string,
): string {
  return `${ALGORITHM}\n${timestamp}\n${scopeText(scope)}\n${hash.sha256Hex(canonical)}`;
}
