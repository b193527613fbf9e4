import { createHash } from 'node:crypto';
import { signingHash } from '../../packages/cli/src/client/signing-hash.ts';
import { encodePathPercent, type Signer, SigningKeys, signRequest } from '../../packages/s3/src/index.ts';
import type { Target } from './job.ts';

export interface RequestText {
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  /** Encoded, with the question mark. */
  readonly query?: string;
  readonly body?: Buffer;
}

/** Makes the bytes of request heads for one server; with keys they are signed, the body's SHA-256 included. */
export class RequestPreparer {
  private readonly target: Target;
  private readonly signer: Signer | undefined;
  private hashed: { readonly body: Buffer; readonly sha256: string } | undefined;

  constructor(target: Target) {
    this.target = target;
    this.signer =
      target.keys === undefined
        ? undefined
        : { hash: signingHash, keys: new SigningKeys(signingHash), region: 'us-east-1', ...target.keys };
  }

  head({ method, path, query = '', body }: RequestText): Buffer {
    const target = encodePathPercent(path) + query;
    const headers: Record<string, string> = { host: `${this.target.host}:${this.target.port}` };
    if (body !== undefined) headers['content-length'] = String(body.length);
    const all =
      this.signer === undefined
        ? headers
        : signRequest(this.signer, { method, target, headers, payloadHash: this.sha256(body) }, Date.now())
            .headers;
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  }

  /** Bodies come again and again: the last one's hash is kept. */
  private sha256(body: Buffer = NO_BYTES): string {
    if (this.hashed?.body !== body)
      this.hashed = { body, sha256: createHash('sha256').update(body).digest('hex') };
    return this.hashed.sha256;
  }
}

const NO_BYTES = Buffer.alloc(0);
