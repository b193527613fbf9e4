import type { Clock, Random } from '@crescendo/base';
import { CHUNK_BYTES, INLINE_BYTES, MINIMUM_PART_BYTES } from '../limits.ts';
import type { PartitionRouter } from '../router.ts';
import { BufferPool } from './buffer-pool.ts';
import { ChunkMemory } from './chunk-memory.ts';

export interface GatewayLimits {
  /** Bodies up to this size go inline; less than `minimumPartBytes`. */
  readonly inlineBytes: number;
  readonly chunkBytes: number;
  readonly minimumPartBytes: number;
  /** Chunks of one body that are being written at once. */
  readonly chunksInFlight: number;
  /** Memory of chunks for all bodies together; half of it for those in flight beyond the first one of each. */
  readonly sharedBufferBytes: number;
  /** Chunks are read in pieces of this size. */
  readonly readPieceBytes: number;
  /** Pieces that are read before they are asked for. */
  readonly readAheadPieces: number;
  /** A body that takes longer is held by its owner, again and again, so that the sweep does not abort it. */
  readonly holdAfterMs: number;
  readonly cachedBuckets: number;
  /** How long a write waits for a deletion of its bucket to be decided. */
  readonly sealedWaitMs: number;
  /** How long it waits before it helps to decide. */
  readonly sealedHelpMs: number;
  readonly retryDelayMs: number;
}

export const DEFAULT_GATEWAY_LIMITS: GatewayLimits = {
  inlineBytes: INLINE_BYTES,
  chunkBytes: CHUNK_BYTES,
  minimumPartBytes: MINIMUM_PART_BYTES,
  chunksInFlight: 3,
  sharedBufferBytes: 256 * 1024 * 1024,
  readPieceBytes: 512 * 1024,
  readAheadPieces: 2,
  holdAfterMs: 20 * 60_000,
  cachedBuckets: 10_000,
  sealedWaitMs: 10_000,
  sealedHelpMs: 2_000,
  retryDelayMs: 50,
};

export interface ObjectStoreOptions {
  readonly router: PartitionRouter;
  readonly random: Random;
  readonly clock: Clock;
  readonly limits?: Partial<GatewayLimits>;
  /** Memory for a chunk, overwritten before it is read; by default zeroed and from the run-time. */
  readonly allocate?: (size: number) => Uint8Array;
}

/** Chunks of up to this part of a whole one are in memory of their own size class. */
const SMALL_PART = 1 / 16;

/** What the parts of the gateway share. */
export interface Gateway {
  readonly router: PartitionRouter;
  readonly random: Random;
  readonly clock: Clock;
  readonly limits: GatewayLimits;
  readonly allocate: (size: number) => Uint8Array;
  readonly budget: BufferBudget;
  /** Memory of pieces that are read. */
  readonly pieces: BufferPool;
  /** Memory of chunks that are written. */
  readonly chunks: ChunkMemory;
  /** The same for chunks of up to `smallChunkBytes`; not bounded. */
  readonly smallChunks: BufferPool;
  readonly smallChunkBytes: number;
}

/** Bytes that bodies may use beyond what each may use anyway. Nobody waits for it, so nobody can starve. */
export class BufferBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  tryTake(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  give(bytes: number): void {
    this.#left += bytes;
  }
}

export function gatewayOf(options: ObjectStoreOptions): Gateway {
  const limits = { ...DEFAULT_GATEWAY_LIMITS, ...options.limits };
  const { router, random, clock, allocate = (size) => new Uint8Array(size) } = options;
  const pieces = new BufferPool(limits.readPieceBytes, allocate);
  const smallChunkBytes = Math.ceil(limits.chunkBytes * SMALL_PART);
  return {
    ...{ router, random, clock, limits, allocate, pieces },
    chunks: new ChunkMemory(limits.chunkBytes, limits.sharedBufferBytes, allocate),
    smallChunks: new BufferPool(smallChunkBytes, allocate),
    smallChunkBytes,
    budget: new BufferBudget(limits.sharedBufferBytes / 2),
  };
}
