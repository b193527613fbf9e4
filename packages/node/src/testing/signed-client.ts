import { createHash } from 'node:crypto';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { type ChainStart, ChunkedEncoder, type Signer, SigningKeys, signRequest } from '@crescendo/s3';
import { signingHash } from '../hashing/index.ts';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** In place of the hash of the body. */
  readonly payloadHash?: string;
  /** Makes the bytes on the wire from the chain of signatures; the decoded length must be among the headers. */
  readonly encode?: (chain: ChainStart) => Uint8Array;
}

/** A client that signs by hand, for tests that must see exactly what goes over the wire. */
export class SignedClient {
  readonly signer: Signer;
  readonly #port: number;
  readonly #now: () => number;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(port: number, now: () => number, secretAccessKey = 'secret') {
    this.#port = port;
    this.#now = now;
    const keys = new SigningKeys(signingHash);
    this.signer = { hash: signingHash, keys, accessKeyId: 'AKID', secretAccessKey, region: 'us-east-1' };
  }

  get host(): string {
    return `127.0.0.1:${this.#port}`;
  }

  send(method: string, target: string, sent: Sent = {}): Promise<Answer> {
    const body = Buffer.from(sent.body ?? '');
    const payloadHash = sent.payloadHash ?? createHash('sha256').update(body).digest('hex');
    const headers = { host: this.host, ...sent.headers };
    const signed = signRequest(this.signer, { method, target, headers, payloadHash }, this.#now());
    return this.sendRaw(method, target, signed.headers, sent.encode?.(signed.chain) ?? body);
  }

  /** `sizes` are those of the chunks. */
  sendChunked(
    method: string,
    target: string,
    payloadHash: string,
    chunks: readonly Uint8Array[],
    sent: Omit<Sent, 'encode'> & { trailers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const trailers = sent.trailers ?? {};
    const names = Object.keys(trailers);
    return this.send(method, target, {
      payloadHash,
      headers: {
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': String(length),
        ...(names.length === 0 ? {} : { 'x-amz-trailer': names.join(',') }),
        ...sent.headers,
      },
      encode: (chain) => {
        const encoder = new ChunkedEncoder(
          signingHash,
          payloadHash.startsWith('STREAMING-UNSIGNED') ? undefined : chain,
        );
        return Buffer.concat([...chunks.map((chunk) => encoder.chunk(chunk)), encoder.end(trailers)]);
      },
    });
  }

  sendRaw(
    method: string,
    target: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const outgoing = { 'content-length': String(body.length), ...headers };
      const request = httpRequest({
        port: this.#port,
        host: '127.0.0.1',
        method,
        path: target,
        headers: outgoing,
        agent: this.#agent,
      });
      request.on('error', reject);
      request.on('response', (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const whole = Buffer.concat(pieces);
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            body: whole,
            text: whole.toString(),
          });
        });
      });
      request.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
