import { S3Error } from '../errors/s3-error.ts';
import { equalInConstantTime } from '../sigv4/constant-time.ts';
import type { ChainStart } from '../sigv4/sign-request.ts';
import { EMPTY_SHA256 } from '../sigv4/signing-hash.ts';
import { scopeText } from '../sigv4/signing-keys.ts';

/**
 * The chain of signatures over the chunks of one body: each signs the one before it, so chunks can be neither changed nor moved.
 * It does not hash: digests of the chunks' bytes are handed in, in order.
 *
 * (C1) The chain moves on only by a signature that was made or found right here.
 */
export class ChunkSignatures {
  readonly #start: ChainStart;
  readonly #scope: string;
  #previous: string;

  constructor(start: ChainStart) {
    this.#start = start;
    this.#scope = scopeText(start.scope);
    this.#previous = start.signature;
  }

  /** Signature of the next chunk, given the hexadecimal SHA-256 of its bytes. */
  signChunk(sha256: string): string {
    return this.#next(`AWS4-HMAC-SHA256-PAYLOAD\n${this.#mark()}\n${EMPTY_SHA256}\n${sha256}`);
  }

  /** Signature of the trailers, given the hexadecimal SHA-256 of `name:value\n` of each. */
  signTrailers(sha256: string): string {
    return this.#next(`AWS4-HMAC-SHA256-TRAILER\n${this.#mark()}\n${sha256}`);
  }

  verifyChunk(claimed: string, sha256: string): void {
    checkEqual(this.signChunk(sha256), claimed, 'a chunk');
  }

  verifyTrailers(claimed: string, sha256: string): void {
    checkEqual(this.signTrailers(sha256), claimed, 'the trailers');
  }

  #mark(): string {
    return `${this.#start.timestamp}\n${this.#scope}\n${this.#previous}`;
  }

  #next(text: string): string {
    this.#previous = this.#start.sign(text); // (C1)
    return this.#previous;
  }
}

function checkEqual(expected: string, claimed: string, what: string): void {
  if (equalInConstantTime(expected, claimed)) return;
  throw new S3Error(
    'SignatureDoesNotMatch',
    `The signature of ${what} does not match. Check your key and signing method.`,
    {
      details: { SignatureProvided: claimed },
    },
  );
}
