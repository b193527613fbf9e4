/**
 * Takes a body's bytes and brings them to where they will be committed: collected while they are few, else cut into chunks that
 * are written while more bytes come in.
 *
 * (T1) Memory: one chunk that is being filled and one in flight a body, more in flight only as the shared budget allows; all bodies together stay
 *      within the memory of the gateway.
 * (T2) A chunk's memory is given away with it, and given back when no replica reads it any more: some may when a majority has the chunk.
 * (T3) Nothing here is visible to readers: what is not committed is left to the sweep, after `discard` has tried.
 */

import { copyBytes } from '@crescendo/base';
import type { Segment } from '../command.ts';
import {
  BLOB_RANDOM_BYTES,
  type BlobId,
  blobIdOf,
  chunkCount,
  chunkName,
  chunkPlacement,
} from '../identifiers.ts';
import { discardBlob } from '../maintenance/blob-disposal.ts';
import type { BodySource } from '../object-store.ts';
import type { Gateway } from './options.ts';
import { accept } from './refusal.ts';

const FIRST_BUFFER_BYTES = 64 * 1024;

interface Memory {
  readonly buffer: Uint8Array;
  giveBack(): void;
}

const NO_MEMORY: Memory = { buffer: new Uint8Array(0), giveBack: () => {} };

/** How long the owner holds a slow body at a time, in units of `holdAfterMs`. */
const HOLD_FACTOR = 3;

export class BlobWriter {
  readonly #gateway: Gateway;
  /** Partition of the object that the bytes will belong to. */
  readonly #owner: number;
  readonly #expectedBytes: number | undefined;
  readonly #flights = new Set<Promise<void>>();
  /** Where the next bytes go. */
  #memory = NO_MEMORY;
  #filled = 0;
  #blobId: BlobId | undefined;
  #sentBytes = 0;
  #heldAtMs = 0;
  #failure: { readonly thrown: unknown } | undefined;

  constructor(gateway: Gateway, owner: number, expectedBytes: number | undefined) {
    this.#gateway = gateway;
    this.#owner = owner;
    this.#expectedBytes = expectedBytes;
  }

  async add(piece: Uint8Array): Promise<void> {
    const { chunkBytes } = this.#gateway.limits;
    let rest = piece;
    while (rest.length > 0) {
      if (this.#filled === chunkBytes) await this.#send();
      const taken = rest.subarray(0, chunkBytes - this.#filled);
      if (this.#filled + taken.length > this.#memory.buffer.length)
        await this.#reserve(this.#filled + taken.length);
      this.#memory.buffer.set(taken, this.#filled);
      this.#filled += taken.length;
      rest = rest.subarray(taken.length);
    }
  }

  /** Resolves when every byte is where it has to be before the commit. */
  async close(): Promise<Segment> {
    const { inlineBytes, chunkBytes } = this.#gateway.limits;
    if (this.#blobId === undefined && this.#filled <= inlineBytes) {
      return { kind: 'inline', bytes: this.#inlineBytes() };
    }
    if (this.#filled > 0) await this.#send();
    await Promise.all(this.#flights);
    this.#throwIfFailed();
    return { kind: 'blob', blobId: this.#blobId!, size: this.#sentBytes, chunkBytes };
  }

  /** Gives up what was written. Best effort, after everything in flight has ended; fails never. */
  async discard(): Promise<void> {
    this.#giveBack();
    await Promise.all(this.#flights);
    if (this.#blobId === undefined) return;
    const { router, limits } = this.#gateway;
    const names = Array.from({ length: chunkCount(this.#sentBytes, limits.chunkBytes) }, (_, i) =>
      chunkName(this.#blobId!, i),
    );
    await discardBlob(router, this.#owner, this.#blobId, names).catch(() => {});
  }

  async #reserve(bytes: number): Promise<void> {
    const larger = await this.#take(Math.max(bytes, this.#bytesToCome()));
    larger.buffer.set(this.#memory.buffer.subarray(0, this.#filled));
    this.#giveBack();
    this.#memory = larger;
  }

  /** Of the chunk that is being filled. What has filled one chunk will probably fill the next; of a first one nothing is known. */
  #bytesToCome(): number {
    if (this.#expectedBytes !== undefined) return this.#expectedBytes - this.#sentBytes;
    return this.#blobId === undefined
      ? Math.max(FIRST_BUFFER_BYTES, 4 * this.#filled)
      : Number.POSITIVE_INFINITY;
  }

  async #take(bytes: number): Promise<Memory> {
    const { limits, chunks, smallChunks, smallChunkBytes, allocate } = this.#gateway;
    if (bytes <= limits.inlineBytes) return { buffer: allocate(bytes), giveBack: () => {} };
    const pool = bytes <= smallChunkBytes ? smallChunks : chunks;
    const buffer = await pool.take();
    return { buffer, giveBack: () => pool.give(buffer) };
  }

  #giveBack(): void {
    this.#memory.giveBack();
    this.#memory = NO_MEMORY;
  }

  /** They stay in the log's memory for a while, so what they lie in must not be used again. */
  #inlineBytes(): Uint8Array {
    const { buffer } = this.#memory;
    if (buffer.length <= this.#gateway.limits.inlineBytes) return buffer.subarray(0, this.#filled);
    const bytes = copyBytes(buffer.subarray(0, this.#filled));
    this.#giveBack();
    return bytes;
  }

  async #send(): Promise<void> {
    const { router, limits, clock, random } = this.#gateway;
    this.#blobId ??= blobIdOf(Math.max(0, clock.wallMs()), random.bytes(BLOB_RANDOM_BYTES));
    const name = chunkName(this.#blobId, Math.floor(this.#sentBytes / limits.chunkBytes));
    const { buffer, giveBack } = this.#memory;
    const bytes = buffer.subarray(0, this.#filled);
    await this.#holdIfSlow(this.#blobId);
    const release = await this.#takeOff(bytes.length);
    this.#throwIfFailed();
    const flight = router
      .writeChunk(router.partitionOf(chunkPlacement(name)), name, this.#owner, bytes, giveBack) // (T2)
      .catch((thrown: unknown) => {
        this.#failure ??= { thrown };
      })
      .finally(() => {
        release();
        this.#flights.delete(flight);
      });
    this.#flights.add(flight);
    this.#sentBytes += bytes.length;
    this.#filled = 0;
    this.#memory = NO_MEMORY;
  }

  /** Waits until one more chunk may be in flight. (T1) */
  async #takeOff(bytes: number): Promise<() => void> {
    const { limits, budget } = this.#gateway;
    for (;;) {
      if (this.#flights.size === 0) return () => {};
      if (this.#flights.size < limits.chunksInFlight && budget.tryTake(bytes))
        return () => budget.give(bytes);
      await Promise.race(this.#flights);
    }
  }

  /** The sweep aborts blobs that stay uncommitted for long; the owner is told that this one is still coming. */
  async #holdIfSlow(blobId: BlobId): Promise<void> {
    const { router, limits, clock } = this.#gateway;
    const nowMs = clock.nowMs();
    if (this.#heldAtMs === 0) this.#heldAtMs = nowMs;
    if (nowMs - this.#heldAtMs < limits.holdAfterMs) return;
    this.#heldAtMs = nowMs;
    const hold = { type: 'holdBlob', blobId, forMs: HOLD_FACTOR * limits.holdAfterMs } as const;
    accept(await router.execute(this.#owner, hold));
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.thrown;
  }
}

/** A body that has arrived: what to commit, and how to give it up. */
export interface ArrivedBody extends Awaited<ReturnType<BodySource['finish']>> {
  readonly segment: Segment;
  readonly size: number;
  discard(): Promise<void>;
}

/** Takes all of a body. When it fails nothing is left to do: chunks are being discarded. */
export async function takeBody(gateway: Gateway, owner: number, body: BodySource): Promise<ArrivedBody> {
  if (body.whole !== undefined && body.whole.length <= gateway.limits.inlineBytes)
    return arriveWhole(body, body.whole);
  const writer = new BlobWriter(gateway, owner, body.size);
  try {
    for await (const piece of body.bytes) await writer.add(piece);
    const segment = await writer.close();
    const digest = await body.finish();
    const size = segment.kind === 'inline' ? segment.bytes.length : segment.size;
    return { ...digest, segment, size, discard: () => writer.discard() };
  } catch (thrown) {
    void writer.discard();
    throw thrown;
  }
}

/** What is here and goes inline needs no writer. */
async function arriveWhole(body: BodySource, bytes: Uint8Array): Promise<ArrivedBody> {
  const digest = await body.finish();
  return { ...digest, segment: { kind: 'inline', bytes }, size: bytes.length, discard: async () => {} };
}
