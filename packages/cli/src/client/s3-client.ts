/**
 * Signed requests to one endpoint, tried again while there is hope. It does not know what the requests mean.
 *
 * (C1) Every try is signed anew: a signature is good for minutes only.
 * (C2) Until one answer has come, a refused connection is no outage but a wrong address: it fails at once and says what to do.
 * (C3) Bodies of failed answers are read here; only answers of status 200 to 299 leave.
 */

import type { Signer } from '@crescendo/s3';
import { EMPTY_SHA256, encodePathPercent, encodePercent, SigningKeys, signRequest } from '@crescendo/s3';
import { NothingAnswers, systemCode } from '../failures.ts';
import type { Connection } from './connection.ts';
import type { HttpAnswer, HttpExchange } from './http-exchange.ts';
import { openHttpExchange, readText } from './http-exchange.ts';
import { readAnswerError } from './request-failure.ts';
import type { RetryPolicy } from './retry.ts';
import { DEFAULT_RETRY, withRetries } from './retry.ts';
import { signingHash } from './signing-hash.ts';

export interface S3Request {
  readonly method: string;
  /** Decoded, from the first slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly onSent?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface S3ClientOptions {
  readonly retry?: RetryPolicy;
  readonly idleLimitMs?: number;
}

/** What a request is answered with; `attempts` tells whether an earlier try may have been carried out unseen. */
export interface S3TextAnswer {
  readonly status: number;
  readonly headers: HttpAnswer['headers'];
  readonly text: string;
  readonly attempts: number;
}

export class S3Client {
  readonly endpoint: string;
  readonly retry: RetryPolicy;
  readonly #exchange: HttpExchange;
  readonly #signer: Signer;
  #answered = false;

  constructor(connection: Connection, options: S3ClientOptions = {}) {
    this.endpoint = connection.endpoint;
    this.retry = options.retry ?? DEFAULT_RETRY;
    this.#exchange = openHttpExchange(connection.endpoint, options.idleLimitMs);
    this.#signer = {
      hash: signingHash,
      keys: new SigningKeys(signingHash),
      region: connection.region,
      ...connection.keys,
      ...(connection.sessionToken === undefined ? {} : { sessionToken: connection.sessionToken }),
    };
  }

  /** The answer as text; with tries. */
  async fetchText(request: S3Request): Promise<S3TextAnswer> {
    let attempts = 0;
    return await withRetries(
      this.retry,
      async () => {
        attempts++;
        const answer = await this.send(request);
        return {
          status: answer.status,
          headers: answer.headers,
          text: await readText(answer.body),
          attempts,
        };
      },
      request.signal,
    );
  }

  /** One try; the body of the answer is the caller's to read. */
  async send(request: S3Request): Promise<HttpAnswer> {
    const answer = await this.#exchangeOnce(request);
    this.#answered = true;
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw readAnswerError(answer.status, await readText(answer.body)); // (C3)
  }

  close(): void {
    this.#exchange.close();
  }

  async #exchangeOnce(request: S3Request): Promise<HttpAnswer> {
    const target = targetOf(request);
    const headers: Record<string, string> = { host: new URL(this.endpoint).host, ...request.headers };
    if (request.body !== undefined) headers['content-length'] = String(request.body.length);
    const payloadHash = request.body === undefined ? EMPTY_SHA256 : signingHash.sha256Hex(request.body);
    const signed = signRequest(
      this.#signer,
      { method: request.method, target, headers, payloadHash },
      Date.now(),
    ); // (C1)
    try {
      return await this.#exchange.send({
        method: request.method,
        target,
        headers: signed.headers,
        ...(request.body === undefined ? {} : { body: request.body }),
        ...(request.onSent === undefined ? {} : { onSent: request.onSent }),
        ...(request.signal === undefined ? {} : { signal: request.signal }),
      });
    } catch (error) {
      if (this.#answered || !isWrongAddress(error)) throw error;
      throw new NothingAnswers(this.endpoint, error); // (C2)
    }
  }
}

function targetOf(request: S3Request): string {
  const query = Object.entries(request.query ?? {})
    .map(([name, value]) =>
      value === '' ? encodePercent(name) : `${encodePercent(name)}=${encodePercent(value)}`,
    )
    .join('&');
  return encodePathPercent(request.path) + (query === '' ? '' : `?${query}`);
}

function isWrongAddress(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'].includes(systemCode(error) ?? '');
}
