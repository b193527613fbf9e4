/**
 * What goes wrong before a service is asked. Each protocol has its own word for it, as AWS's services have; the message is the same.
 */
import type { WireProtocol } from './request-route.ts';

export type WireProblem =
  | 'unsigned'
  | 'incompleteSignature'
  | 'unknownKey'
  | 'wrongSignature'
  | 'expired'
  | 'forbidden'
  | 'unknownOperation'
  | 'malformed'
  | 'missingMember'
  | 'wrongMember'
  | 'unknownMember'
  | 'tooLarge'
  | 'timedOut'
  | 'failed';

interface Wording {
  readonly query: readonly [code: string, status: number];
  readonly ec2: readonly [code: string, status: number];
  /** JSON and CBOR. */
  readonly json: readonly [code: string, status: number];
}

export const WIRE_ERRORS: Readonly<Record<WireProblem, Wording>> = {
  unsigned: {
    query: ['MissingAuthenticationToken', 403],
    ec2: ['MissingAuthenticationToken', 403],
    json: ['MissingAuthenticationTokenException', 400],
  },
  incompleteSignature: {
    query: ['IncompleteSignature', 400],
    ec2: ['IncompleteSignature', 400],
    json: ['IncompleteSignatureException', 400],
  },
  unknownKey: {
    query: ['InvalidClientTokenId', 403],
    ec2: ['AuthFailure', 401],
    json: ['UnrecognizedClientException', 400],
  },
  wrongSignature: {
    query: ['SignatureDoesNotMatch', 403],
    ec2: ['SignatureDoesNotMatch', 403],
    json: ['InvalidSignatureException', 400],
  },
  expired: {
    query: ['RequestExpired', 400],
    ec2: ['RequestExpired', 400],
    json: ['InvalidSignatureException', 400],
  },
  forbidden: {
    query: ['AccessDenied', 403],
    ec2: ['UnauthorizedOperation', 403],
    json: ['AccessDeniedException', 403],
  },
  unknownOperation: {
    query: ['InvalidAction', 400],
    ec2: ['InvalidAction', 400],
    json: ['UnknownOperationException', 400],
  },
  malformed: {
    query: ['MalformedInput', 400],
    ec2: ['InvalidRequest', 400],
    json: ['SerializationException', 400],
  },
  missingMember: {
    query: ['ValidationError', 400],
    ec2: ['MissingParameter', 400],
    json: ['ValidationException', 400],
  },
  wrongMember: {
    query: ['MalformedInput', 400],
    ec2: ['InvalidParameterValue', 400],
    json: ['SerializationException', 400],
  },
  unknownMember: {
    query: ['ValidationError', 400],
    ec2: ['UnknownParameter', 400],
    json: ['ValidationException', 400],
  },
  tooLarge: {
    query: ['RequestEntityTooLarge', 413],
    ec2: ['RequestEntityTooLarge', 413],
    json: ['RequestEntityTooLargeException', 413],
  },
  timedOut: {
    query: ['RequestTimeout', 400],
    ec2: ['RequestTimeout', 400],
    json: ['RequestTimeoutException', 400],
  },
  failed: {
    query: ['InternalFailure', 500],
    ec2: ['InternalError', 500],
    json: ['InternalServerError', 500],
  },
};

export class WireError extends Error {
  override readonly name = 'WireError';
  readonly problem: WireProblem;

  constructor(problem: WireProblem, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.problem = problem;
  }
}

/** Code and status in the words of a protocol. */
export function wordingOf(
  problem: WireProblem,
  protocol: WireProtocol,
): readonly [code: string, status: number] {
  const wording = WIRE_ERRORS[problem];
  if (protocol === 'query') return wording.query;
  return protocol === 'ec2query' ? wording.ec2 : wording.json;
}
