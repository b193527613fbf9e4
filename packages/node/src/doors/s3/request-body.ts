import { concatBytes } from '@crescendo/base';
import { type BodyDeclaration, ChunkedDecoder, parseBodyDeclaration, S3Error } from '@crescendo/s3';
import type { BodySource, Checksum, ChecksumAlgorithm } from '@crescendo/store';
import { type BodyHash, type HashPool, InlineBodyHash } from '../../hashing/index.ts';
import { checkBody, planDigests, type Trailers } from './body-check.ts';
import type { Exchange } from './exchange.ts';
import { requestPieces, wholeRequest } from './request-pieces.ts';

export interface BodyReading {
  readonly hashPool: HashPool;
  /** A client that sends nothing for so long is given up. */
  readonly idleMs: number;
}

export type BodyResult = { readonly etag: string; readonly checksum?: Checksum };

/** Bodies up to this size are read and checked before the store is asked for anything. */
const SMALL_BODY_BYTES = 64 * 1024;

/**
 * The body of one request: decoded, hashed on the way, and held against what the request promised.
 *
 * (B1) Nothing is held but the piece that is under way; the client is slowed down to the pace of the store and of the hashing.
 * (B2) `finish` gives a result only when every promise was kept: length, digests, signatures, trailers.
 */
export class RequestBody implements BodySource {
  readonly declaration: BodyDeclaration;
  readonly size?: number;
  readonly #exchange: Exchange;
  readonly #reading: BodyReading;
  readonly #computed: ChecksumAlgorithm | undefined;
  readonly #hash: BodyHash;
  readonly #decoder: ChunkedDecoder | undefined;
  readonly #chunkSignatures: string[] = [];
  #trailers: Trailers | undefined;
  #failure: unknown;
  #ended = false;

  constructor(
    exchange: Exchange,
    declaration: BodyDeclaration,
    reading: BodyReading,
    computed?: ChecksumAlgorithm,
  ) {
    this.declaration = declaration;
    this.#exchange = exchange;
    this.#reading = reading;
    this.#computed = computed;
    const { payload, length, trailerNames } = declaration;
    if (length !== undefined) this.size = length;
    if (payload.kind === 'chunked') {
      this.#decoder = new ChunkedDecoder({ ...payload, trailerNames, decodedLength: length! });
    }
    const plan = planDigests(declaration, computed);
    this.#hash = isSmall(declaration) ? new InlineBodyHash(plan) : reading.hashPool.open(plan, length);
  }

  /** What went wrong with the body, if anything did: it counts before what the store says of it. */
  get failure(): unknown {
    return this.#failure;
  }

  get bytes(): AsyncIterable<Uint8Array> {
    return this.#read();
  }

  /** Not sent in chunks of its own: what comes are the bytes. */
  get isPlain(): boolean {
    return this.#decoder === undefined;
  }

  /** All of a plain body at once, without a step for each piece of it. */
  async readPlain(): Promise<Uint8Array> {
    this.#exchange.beforeBody();
    try {
      const bytes = await wholeRequest(this.#exchange.request, this.#reading.idleMs);
      await this.#hash.update(bytes);
      return bytes;
    } catch (failure) {
      this.#failure = failure;
      this.#hash.abort();
      throw failure;
    }
  }

  async finish(): Promise<BodyResult> {
    try {
      const { digests, chunkSha256 } = await this.#hash.finish();
      const body = { digests, chunkSha256, chunkSignatures: this.#chunkSignatures };
      const read = this.#trailers === undefined ? body : { ...body, trailers: this.#trailers };
      return checkBody(this.declaration, this.#exchange.authentication!, read, this.#computed); // (B2)
    } catch (failure) {
      this.#failure = failure;
      throw failure;
    }
  }

  /** Must be called when the body is not read to its end. */
  close(): void {
    this.#hash.abort();
  }

  async *#read(): AsyncGenerator<Uint8Array, void> {
    this.#exchange.beforeBody();
    try {
      for await (const piece of requestPieces(this.#exchange.request, this.#reading.idleMs)) {
        if (this.#decoder === undefined) {
          await this.#hash.update(piece); // (B1)
          yield piece;
        } else yield* this.#decode(this.#decoder, piece);
      }
      this.#decoder?.end();
      this.#ended = true;
    } catch (failure) {
      this.#failure = failure;
      throw failure;
    } finally {
      if (!this.#ended) this.#hash.abort();
    }
  }

  async *#decode(decoder: ChunkedDecoder, piece: Uint8Array): AsyncGenerator<Uint8Array, void> {
    for (const event of decoder.push(piece)) {
      if (event.kind === 'data') {
        await this.#hash.update(event.bytes);
        yield event.bytes;
      } else if (event.kind === 'chunkEnd') {
        if (event.signature === undefined) continue;
        this.#chunkSignatures.push(event.signature);
        await this.#hash.endChunk();
      } else this.#trailers = event;
    }
  }
}

function isSmall(declaration: BodyDeclaration): boolean {
  return declaration.length !== undefined && declaration.length <= SMALL_BODY_BYTES;
}

export function declareBody(exchange: Exchange): BodyDeclaration {
  return parseBodyDeclaration(exchange.head!.headers, exchange.authentication!.payload);
}

/**
 * The body of an object or part for the store. Small ones are read and checked first, so the store never begins a write that the body
 * would break off.
 */
export async function openBody(
  exchange: Exchange,
  declaration: BodyDeclaration,
  reading: BodyReading,
  computed?: ChecksumAlgorithm,
): Promise<RequestBody | (BodySource & { failure?: unknown; close(): void })> {
  const body = new RequestBody(exchange, declaration, reading, computed);
  if (!isSmall(declaration)) return body;
  const bytes = body.isPlain ? await body.readPlain() : await readWhole(body);
  const result = await body.finish();
  return {
    size: bytes.length,
    bytes: onePiece(bytes),
    whole: bytes,
    finish: async () => result,
    close: () => {},
  };
}

/** A whole body in memory, checked; for the documents that some operations take. */
export async function readDocument(
  exchange: Exchange,
  declaration: BodyDeclaration,
  reading: BodyReading,
  limit: number,
): Promise<string> {
  if ((declaration.length ?? 0) > limit) {
    throw new S3Error('MaxMessageLengthExceeded', undefined, {
      details: { MaxMessageLengthBytes: String(limit) },
    });
  }
  const body = new RequestBody(exchange, declaration, reading);
  const bytes = await readWhole(body, limit);
  await body.finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

async function readWhole(body: RequestBody, limit = SMALL_BODY_BYTES): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body.bytes) {
    length += piece.length;
    if (length > limit)
      throw new S3Error('MaxMessageLengthExceeded', undefined, {
        details: { MaxMessageLengthBytes: String(limit) },
      });
    pieces.push(Uint8Array.from(piece));
  }
  return pieces.length === 1 ? pieces[0]! : concatBytes(...pieces);
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  if (bytes.length > 0) yield bytes;
}
