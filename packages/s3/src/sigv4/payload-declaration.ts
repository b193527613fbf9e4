import { invalidArgument, notImplemented, S3Error } from '../errors/s3-error.ts';

/** What `x-amz-content-sha256` says about the body. */
export type PayloadDeclaration =
  | { readonly kind: 'literal'; readonly sha256: string }
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'chunked'; readonly signed: boolean; readonly trailer: boolean };

const NAMED = new Map<string, PayloadDeclaration>([
  ['UNSIGNED-PAYLOAD', { kind: 'unsigned' }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { kind: 'chunked', signed: true, trailer: false }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { kind: 'chunked', signed: true, trailer: true }],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { kind: 'chunked', signed: false, trailer: true }],
]);

export function parsePayloadDeclaration(value: string): PayloadDeclaration {
  const named = NAMED.get(value);
  if (named !== undefined) return named;
  if (/^[0-9a-f]{64}$/.test(value)) return { kind: 'literal', sha256: value };
  if (value.startsWith('STREAMING-AWS4-ECDSA-P256-SHA256')) throw notImplemented('Signature version 4A');
  throw invalidArgument(
    `x-amz-content-sha256 must be ${[...NAMED.keys()].join(', ')} or a valid sha256 value.`,
    'x-amz-content-sha256',
    value,
  );
}

/** A request signed in its headers must say what its body is. */
export function requirePayloadDeclaration(value: string | undefined): string {
  if (value !== undefined) return value;
  throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
}
