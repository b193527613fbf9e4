import { Failure } from '@crescendo/base';
import { S3_ERRORS, type S3ErrorCode } from './error-table.ts';

export interface S3ErrorOptions {
  /** AWS's additional elements of the answer, such as `Key` or `ArgumentName`; in this order. */
  readonly details?: Readonly<Record<string, string>>;
  /** Headers of the answer beside the usual ones, such as `content-range`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** What a client is told when its request is refused or fails. The message goes out as it stands: no secrets, no addresses. */
export class S3Error extends Failure<S3ErrorCode> {
  override readonly name = 'S3Error';
  readonly status: number;
  readonly details: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: S3ErrorCode, message?: string, options: S3ErrorOptions = {}) {
    const [status, text] = S3_ERRORS[code];
    super(code, message ?? text, { retryable: status >= 500 && status !== 501, cause: options.cause });
    this.status = status;
    this.details = options.details ?? {};
    this.headers = options.headers ?? {};
  }
}

/** 501 that names what is missing, so that nobody has to guess which part of a request was meant. */
export function notImplemented(what: string, remedy = ''): S3Error {
  return new S3Error('NotImplemented', `${what} is not implemented.${remedy === '' ? '' : ` ${remedy}`}`, {
    details: { Operation: what },
  });
}

export function invalidArgument(message: string, argumentName: string, argumentValue: string): S3Error {
  return new S3Error('InvalidArgument', message, {
    details: { ArgumentName: argumentName, ArgumentValue: argumentValue },
  });
}
