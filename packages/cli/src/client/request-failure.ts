/** What can go wrong with a request, and which of it is worth another try. */
import { childText, parseXml } from '@crescendo/s3';
import { systemCode } from '../failures.ts';

/** The server answered with an error. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  readonly status: number;
  /** S3's code such as `NoSuchKey`; `HTTP 500` when the answer had none. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const HEAD_CODES: Readonly<Record<number, readonly [string, string]>> = {
  301: ['PermanentRedirect', 'the endpoint says that the bucket lives elsewhere'],
  400: ['BadRequest', 'the server did not understand the request'],
  403: ['AccessDenied', 'the server refused the signature'],
  404: ['NotFound', 'there is no such thing'],
  412: ['PreconditionFailed', 'it was changed meanwhile'],
  503: ['ServiceUnavailable', 'the server is busy, or too few nodes are alive'],
};

/** Reads S3's XML or our own JSON; answers to HEAD have no body and are told by their status. */
export function readAnswerError(status: number, text: string): AnswerError {
  const told = readXmlError(text) ?? readJsonError(text);
  const [code, message] = HEAD_CODES[status] ?? [
    `HTTP ${status}`,
    `the server answered with status ${status}`,
  ];
  return new AnswerError(status, told?.code ?? code, told?.message ?? message);
}

interface ToldError {
  readonly code: string;
  readonly message: string;
}

/** Also finds the error that S3 may put into an answer of status 200. */
export function readXmlError(text: string): ToldError | undefined {
  if (!text.includes('<Error')) return undefined;
  try {
    const root = parseXml(text);
    const code = childText(root, 'Code');
    if (root.name !== 'Error' || code === undefined) return undefined;
    return { code, message: childText(root, 'Message') ?? code };
  } catch {
    return undefined;
  }
}

function readJsonError(text: string): ToldError | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const message: unknown = Reflect.get(value, 'message') ?? Reflect.get(value, 'error');
    const code: unknown = Reflect.get(value, 'code');
    if (typeof message !== 'string') return undefined;
    return { code: typeof code === 'string' ? code : 'Refused', message };
  } catch {
    return undefined;
  }
}

const LOST_CONNECTION = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const RETRIED_CODES = new Set([
  'RequestTimeout',
  'SlowDown',
  'InternalError',
  'ServiceUnavailable',
  'OperationAborted',
]);
const RETRIED_STATUS = new Set([429, 500, 502, 503, 504]);

export function isWorthAnotherTry(thrown: unknown): boolean {
  if (thrown instanceof AnswerError)
    return RETRIED_STATUS.has(thrown.status) || RETRIED_CODES.has(thrown.code);
  const code = systemCode(thrown);
  return (code !== undefined && LOST_CONNECTION.has(code)) || isCutOff(thrown);
}

/** The answer or the connection ended too early. */
function isCutOff(thrown: unknown): boolean {
  return (
    thrown instanceof Error &&
    /aborted|premature close|socket hang up|other side closed/i.test(thrown.message)
  );
}
