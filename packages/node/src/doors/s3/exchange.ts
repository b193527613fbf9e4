import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Authentication,
  errorDocument,
  type RequestHead,
  type S3Error,
  type S3Operation,
} from '@crescendo/s3';
import type { ErrorSubject } from './store-errors.ts';

export type HeaderPairs = (string | number)[];

/** How long a client that was refused may go on sending before its connection is cut. */
const LINGER_MS = 5_000;

/**
 * One request and its answer. It knows HTTP, and nothing of what is asked.
 *
 * (X1) Exactly one answer begins. Once bytes of a body are out, a failure cuts the connection: a short body never looks whole.
 * (X2) Every answer carries the request id.
 * (X3) Handlers ask for the body through `beforeBody`, which sends `100 Continue` once: nobody sends a body that was refused unread.
 */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly startedMs: number;
  head: RequestHead | undefined;
  authentication: Authentication | undefined;
  operation: S3Operation | undefined;
  error: S3Error | undefined;
  #continuePending: boolean;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    options: { readonly requestId: string; readonly continuePending: boolean; readonly startedMs: number },
  ) {
    this.request = request;
    this.response = response;
    this.requestId = options.requestId;
    this.startedMs = options.startedMs;
    this.#continuePending = options.continuePending;
  }

  get isHead(): boolean {
    return this.request.method === 'HEAD';
  }

  /** The client has gone away. */
  get isGone(): boolean {
    return this.response.destroyed || this.request.socket.destroyed;
  }

  beforeBody(): void {
    if (!this.#continuePending) return;
    this.#continuePending = false;
    this.response.writeContinue(); // (X3)
  }

  /** An answer with a body that is there as a whole, or none. */
  reply(status: number, pairs: HeaderPairs, body?: Uint8Array | string): void {
    this.begin(status, body === undefined ? pairs : [...pairs, 'content-length', Buffer.byteLength(body)]);
    if (body === undefined || this.isHead) this.response.end();
    else this.response.end(body);
  }

  replyXml(document: string, pairs: HeaderPairs = [], status = 200): void {
    this.reply(status, ['content-type', 'application/xml', ...pairs], document);
  }

  /** Sends the head of an answer; the caller writes the body. */
  begin(status: number, pairs: HeaderPairs): void {
    this.#settleConnection(pairs);
    pairs.push('x-amz-request-id', this.requestId, 'x-amz-id-2', this.requestId, 'server', 'Crescendo'); // (X2)
    this.response.writeHead(status, pairs as string[]);
  }

  fail(error: S3Error): void {
    this.error = error;
    if (this.response.headersSent || this.isGone) {
      this.response.destroy(); // (X1)
      return;
    }
    const pairs: HeaderPairs = Object.entries(error.headers).flat();
    if (error.status === 304) {
      this.reply(304, pairs);
      return;
    }
    const resource = this.head?.path ?? '/';
    this.replyXml(errorDocument(error, resource, this.requestId), pairs, error.status);
  }

  /** What the operation is about, for the elements of errors. */
  get subject(): ErrorSubject {
    return (this.operation ?? {}) as ErrorSubject;
  }

  /** The rest of a body that nobody wants must not be taken for the next request, nor be waited for without end. */
  #settleConnection(pairs: HeaderPairs): void {
    if (this.#continuePending) {
      pairs.push('connection', 'close');
      return;
    }
    const { request } = this;
    if (request.complete || !hasBody(request)) return;
    const timer = setTimeout(() => {
      if (!request.complete) request.socket.destroy();
    }, LINGER_MS);
    timer.unref();
    request.once('close', () => clearTimeout(timer));
  }
}

function hasBody(request: IncomingMessage): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  return coding !== undefined || (length !== undefined && length !== '0');
}
