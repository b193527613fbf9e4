/**
 * One HTTP request and its answer over kept-alive connections. It does not know S3, signatures or retries.
 *
 * (E1) The promise settles once: with the head of the answer, even when it comes before the body was sent, or with an error.
 * (E2) A connection on which nothing moves for `idleLimitMs` is given up.
 */

import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

export interface HttpRequest {
  readonly method: string;
  /** Path and query, percent-encoded; sent as it stands. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Called as bytes of the body are handed to the system. */
  readonly onSent?: (bytes: number) => void;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Must be read to its end or destroyed. */
  readonly body: IncomingMessage;
}

export interface HttpExchange {
  send(request: HttpRequest): Promise<HttpAnswer>;
  close(): void;
}

const SLICE_BYTES = 256 * 1024;

export function openHttpExchange(endpoint: string, idleLimitMs = 60_000): HttpExchange {
  const url = new URL(endpoint);
  const secure = url.protocol === 'https:';
  const agentOptions = { keepAlive: true, maxSockets: 64 };
  const agent = secure ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const open = secure ? httpsRequest : httpRequest;
  const target = {
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? undefined : url.port,
    agent,
  };
  return {
    send: (request) => {
      const { method, target: path, headers } = request;
      const sent = open({
        ...target,
        method,
        path,
        headers,
        ...(request.signal && { signal: request.signal }),
      });
      return settle(sent, request, idleLimitMs);
    },
    close: () => agent.destroy(),
  };
}

function settle(sent: ClientRequest, request: HttpRequest, idleLimitMs: number): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    sent.once('response', (body) => {
      resolve({ status: body.statusCode ?? 0, headers: body.headers, body }); // (E1)
    });
    sent.on('error', reject);
    sent.setTimeout(idleLimitMs, () => {
      sent.destroy(
        Object.assign(new Error(`nothing came for ${idleLimitMs / 1000} s`), { code: 'ETIMEDOUT' }),
      ); // (E2)
    });
    void writeBody(sent, request.body ?? new Uint8Array(0), request.onSent);
  });
}

/** In slices, each handed over when the one before has left, so that progress is what went out and not what was queued. */
async function writeBody(
  sent: ClientRequest,
  body: Uint8Array,
  onSent?: (bytes: number) => void,
): Promise<void> {
  for (let start = 0; start < body.length; start += SLICE_BYTES) {
    const slice = body.subarray(start, start + SLICE_BYTES);
    const failed = await new Promise<unknown>((done) => sent.write(slice, done));
    // An error also reaches the listener above; here it only means that there is no use in writing on.
    if (failed instanceof Error || sent.destroyed) return;
    onSent?.(slice.length);
  }
  sent.end();
}

/** The whole body of an answer as text, at most `limitBytes` of it. */
export async function readText(body: IncomingMessage, limitBytes = 8 * 1024 * 1024): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > limitBytes) throw new Error(`an answer was longer than ${limitBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
