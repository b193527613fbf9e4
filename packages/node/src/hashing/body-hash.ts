import { createStreamHash, type DigestName, type StreamHash } from './stream-hash.ts';

/** Which digests of a body are wanted. */
export interface DigestPlan {
  readonly digests: readonly DigestName[];
  /** SHA-256 of each chunk of a signed chunked body as well. */
  readonly chunks: boolean;
}

export type Digests = ReadonlyMap<DigestName, Uint8Array>;

/** The digests of one body. Calls must not overlap: wait for each promise before the next call. */
export interface BodyHash {
  /** A promise when the hashing lags behind; `bytes` may be used again when this returns. */
  update(bytes: Uint8Array): Promise<void> | undefined;
  /** Marks the end of a chunk. The SHA-256 of all chunks, in hexadecimal, come with `finish`. */
  endChunk(): Promise<void> | undefined;
  finish(): Promise<{ readonly digests: Digests; readonly chunkSha256: readonly string[] }>;
  /** Gives everything back; for bodies that did not come to their end. Harmless after `finish`. */
  abort(): void;
}

/** Hashes on the calling thread: for small bodies, and inside the workers. */
export class InlineBodyHash implements BodyHash {
  readonly #streams: ReadonlyMap<DigestName, StreamHash>;
  readonly #chunks: boolean;
  readonly #chunkSha256: string[] = [];
  #chunk: StreamHash | undefined;

  constructor(plan: DigestPlan) {
    this.#streams = new Map(plan.digests.map((name) => [name, createStreamHash(name)]));
    this.#chunks = plan.chunks;
  }

  update(bytes: Uint8Array): undefined {
    for (const stream of this.#streams.values()) stream.update(bytes);
    if (!this.#chunks) return;
    this.#chunk ??= createStreamHash('SHA256');
    this.#chunk.update(bytes);
  }

  endChunk(): undefined {
    if (!this.#chunks) return;
    const chunk = this.#chunk ?? createStreamHash('SHA256');
    this.#chunkSha256.push(Buffer.from(chunk.digest()).toString('hex'));
    this.#chunk = undefined;
  }

  async finish(): Promise<{ digests: Digests; chunkSha256: readonly string[] }> {
    return this.finishNow();
  }

  finishNow(): { digests: Digests; chunkSha256: readonly string[] } {
    const digests = new Map([...this.#streams].map(([name, stream]) => [name, stream.digest()]));
    return { digests, chunkSha256: this.#chunkSha256 };
  }

  abort(): void {}
}
