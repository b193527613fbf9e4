import { notImplemented, S3Error, type S3ErrorOptions } from '../errors/s3-error.ts';
import { queryValue, type RequestHead } from '../request/request-head.ts';
import { ALGORITHM } from './canonical-request.ts';
import { type Credential, parseCredential } from './credential.ts';
import { Memo } from './memo.ts';
import {
  type PayloadDeclaration,
  parsePayloadDeclaration,
  requirePayloadDeclaration,
} from './payload-declaration.ts';
import { amzTimestamp, parseAmzTimestamp, parseHttpDate } from './timestamp.ts';

/** Who a request says that it is from, before anything of it has been checked. */
export interface Claim extends Credential {
  readonly form: 'header' | 'presigned';
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly timestamp: string;
  readonly timestampMs: number;
  /** Presigned requests only. */
  readonly expiresSeconds?: number;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** As it stands in the canonical request. */
  readonly payloadHash: string;
  readonly payload: PayloadDeclaration;
}

const MAX_EXPIRES_SECONDS = 7 * 24 * 3_600;
const UNSUPPORTED =
  'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.';

/** undefined when the request is not signed at all. */
export function parseClaim(head: RequestHead): Claim | undefined {
  const authorization = head.headers.authorization;
  const algorithm = queryValue(head, 'X-Amz-Algorithm');
  const oldSignature = queryValue(head, 'Signature');
  if (authorization !== undefined && (algorithm !== undefined || oldSignature !== undefined)) {
    throw new S3Error(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
    );
  }
  if (authorization !== undefined) return parseHeaderClaim(head, authorization);
  if (algorithm !== undefined || queryValue(head, 'X-Amz-Signature') !== undefined) {
    return parsePresignedClaim(head, algorithm ?? '');
  }
  return undefined;
}

function parseHeaderClaim(head: RequestHead, authorization: string): Claim {
  if (authorization.startsWith('AWS4-ECDSA-P256-SHA256')) throw notImplemented('Signature version 4A');
  if (!authorization.startsWith(`${ALGORITHM} `)) throw new S3Error('InvalidRequest', UNSUPPORTED);
  const { credential, signedHeaders, signature } = parseSigner(authorization.slice(ALGORITHM.length + 1));
  if (signature === '') throw headerProblem('the authorization header requires a Signature.');
  const payloadHash = requirePayloadDeclaration(head.headers['x-amz-content-sha256']);
  const { timestamp, timestampMs } = headerTimestamp(head, credential.scope.date);
  return {
    accessKeyId: credential.accessKeyId,
    scope: credential.scope,
    form: 'header',
    timestamp,
    timestampMs,
    signedHeaders,
    signature,
    payloadHash,
    payload: parsePayloadDeclaration(payloadHash),
  };
}

interface Signer {
  readonly credential: Credential;
  readonly signedHeaders: readonly string[];
}

/** What stands before the signature is the same in all of a client's requests of one shape, for a day. */
const signers = new Memo<Signer>(1_000);
const SIGNATURE = 'Signature=';

function parseSigner(text: string): Signer & { readonly signature: string } {
  const cut = text.lastIndexOf(',');
  const last = text.slice(cut + 1).trim();
  // Whatever does not end in its signature is taken apart each time.
  if (cut < 0 || !last.startsWith(SIGNATURE)) {
    const fields = parseFields(text);
    return { ...signerOf(fields), signature: fields.Signature };
  }
  const { credential, signedHeaders } = signers.of(text.slice(0, cut), (known) =>
    signerOf(parseFields(known)),
  );
  return { credential, signedHeaders, signature: last.slice(SIGNATURE.length).trim() };
}

function signerOf(fields: { readonly Credential: string; readonly SignedHeaders: string }): Signer {
  return {
    credential: checkedCredential(fields.Credential, headerProblem),
    signedHeaders: fields.SignedHeaders.split(';'),
  };
}

function parseFields(text: string): { Credential: string; SignedHeaders: string; Signature: string } {
  const fields = { Credential: '', SignedHeaders: '', Signature: '' };
  for (const part of text.split(',')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(0, equals)).trim();
    if (Object.hasOwn(fields, name)) fields[name as keyof typeof fields] = part.slice(equals + 1).trim();
  }
  return fields;
}

function headerTimestamp(head: RequestHead, scopeDate: string): { timestamp: string; timestampMs: number } {
  const amzDate = head.headers['x-amz-date'];
  const basicMs = amzDate === undefined ? undefined : parseAmzTimestamp(amzDate);
  const timestampMs = basicMs ?? parseHttpDate(amzDate ?? head.headers.date ?? '');
  if (timestampMs === undefined) {
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  }
  const timestamp = basicMs === undefined ? amzTimestamp(timestampMs) : amzDate!;
  if (!timestamp.startsWith(scopeDate)) {
    throw headerProblem(
      `Invalid credential date "${scopeDate}". This date is not the same as X-Amz-Date: "${timestamp}".`,
    );
  }
  return { timestamp, timestampMs };
}

function parsePresignedClaim(head: RequestHead, algorithm: string): Claim {
  const names = ['Credential', 'Signature', 'Date', 'SignedHeaders', 'Expires'] as const;
  const values = names.map((name) => queryValue(head, `X-Amz-${name}`));
  if (algorithm === '' || values.some((value) => value === undefined || value === '')) {
    throw queryProblem(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  if (algorithm !== ALGORITHM) throw queryProblem(`X-Amz-Algorithm only supports "${ALGORITHM}".`);
  const [credentialText, signature, timestamp, signedHeaders, expires] = values as [
    string,
    string,
    string,
    string,
    string,
  ];
  const timestampMs = parseAmzTimestamp(timestamp);
  if (timestampMs === undefined) {
    throw queryProblem("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  }
  const credential = checkedCredential(credentialText, queryProblem);
  if (!timestamp.startsWith(credential.scope.date)) {
    throw queryProblem(
      `Invalid credential date "${credential.scope.date}". This date is not the same as X-Amz-Date: "${timestamp}".`,
    );
  }
  const payloadHash =
    head.headers['x-amz-content-sha256'] ?? queryValue(head, 'X-Amz-Content-Sha256') ?? 'UNSIGNED-PAYLOAD';
  return {
    ...credential,
    form: 'presigned',
    timestamp,
    timestampMs,
    expiresSeconds: parseExpires(expires),
    signedHeaders: signedHeaders.split(';'),
    signature,
    payloadHash,
    payload: parsePayloadDeclaration(payloadHash),
  };
}

function parseExpires(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw queryProblem('X-Amz-Expires should be a number');
  const seconds = Number(text);
  if (seconds < 0) throw queryProblem('X-Amz-Expires must be non-negative');
  if (seconds > MAX_EXPIRES_SECONDS) {
    throw queryProblem(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${MAX_EXPIRES_SECONDS} seconds`,
    );
  }
  return seconds;
}

type Problem = (text: string, options?: S3ErrorOptions) => S3Error;

function checkedCredential(text: string, problem: Problem): Credential {
  const credential = parseCredential(text);
  if ('problem' in credential) throw problem(credential.problem);
  return credential;
}

export const headerProblem: Problem = (text, options) =>
  new S3Error('AuthorizationHeaderMalformed', `The authorization header is malformed; ${text}`, options);

export const queryProblem: Problem = (text, options) =>
  new S3Error('AuthorizationQueryParametersError', text, options);
