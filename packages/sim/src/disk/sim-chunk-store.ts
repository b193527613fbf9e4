/**
 * Chunks on one machine's disk, in memory. A chunk whose write was under way at a crash is there whole or not at all; a
 * removal that was not flushed may be undone. Bytes rot when the simulator says so, and are then refused.
 */
import { Failure, invariant } from '@crescendo/base';
import type { ChunkName, ChunkRead, ChunkStore, DiskUsage } from '../ports.ts';
import type { Volume } from './volume.ts';

interface Chunk {
  readonly bytes: Uint8Array;
  /** Offset of a byte that can't be read any more. */
  rotAt: number | undefined;
}

/** The volume refuses new data this long before it is really full. */
const RESERVE = 0.05;

export class SimChunkStore implements ChunkStore {
  readonly #volume: Volume;
  readonly #chunks: Map<ChunkName, Chunk>;
  readonly #writing = new Map<symbol, { readonly name: ChunkName; readonly bytes: Uint8Array }>();
  readonly #removed = new Map<ChunkName, Chunk>();
  #usedBytes = 0;
  #reservedBytes = 0;
  /** What something else occupies on the volume. */
  foreignBytes = 0;

  constructor(volume: Volume, chunks = new Map<ChunkName, Chunk>(), foreignBytes = 0) {
    this.#volume = volume;
    this.#chunks = chunks;
    this.foreignBytes = foreignBytes;
    for (const { bytes } of chunks.values()) this.#usedBytes += bytes.length;
  }

  reopen(): SimChunkStore {
    return new SimChunkStore(this.#volume, this.#chunks, this.foreignBytes);
  }

  crash(): void {
    const { random } = this.#volume;
    for (const { name, bytes } of this.#writing.values()) {
      if (random.chance(0.5)) this.#chunks.set(name, { bytes, rotAt: undefined });
    }
    for (const [name, chunk] of this.#removed) {
      if (!this.#chunks.has(name) && random.chance(0.5)) this.#chunks.set(name, chunk);
    }
    this.#writing.clear();
    this.#removed.clear();
  }

  write(name: ChunkName, bytes: Uint8Array): Promise<void> {
    invariant(/^[A-Za-z0-9.-]+$/.test(name), `a chunk's name of other characters: ${name}`);
    const before = this.#chunks.get(name);
    if (before !== undefined && before.rotAt === undefined) {
      invariant(sameBytes(before.bytes, bytes), `chunk ${name} is written again with other bytes`);
    }
    if (!this.#fits(bytes.length)) {
      return Promise.reject(new Failure('DiskFull', `the volume has no room for ${bytes.length} bytes`));
    }
    const copy = bytes.slice();
    const token = Symbol(name);
    this.#writing.set(token, { name, bytes: copy });
    this.#reservedBytes += copy.length;
    return new Promise((resolve) => {
      this.#volume.afterFlush(() => {
        this.#writing.delete(token);
        this.#reservedBytes -= copy.length;
        this.#drop(name);
        this.#chunks.set(name, { bytes: copy, rotAt: undefined });
        this.#removed.delete(name);
        this.#usedBytes += copy.length;
        resolve();
      });
    });
  }

  #fits(bytes: number): boolean {
    const { usedBytes, capacityBytes } = this.usage();
    return usedBytes + bytes <= capacityBytes * (1 - RESERVE);
  }

  read(name: ChunkName, offset: number, length: number): Promise<ChunkRead> {
    return new Promise((resolve) => {
      this.#volume.afterFlush(() => resolve(this.#readNow(name, offset, length)), 0.3);
    });
  }

  #readNow(name: ChunkName, offset: number, length: number): ChunkRead {
    const chunk = this.#chunks.get(name);
    if (chunk === undefined) return { ok: false, reason: 'missing' };
    const { rotAt } = chunk;
    if (rotAt !== undefined && rotAt >= offset && rotAt < offset + length)
      return { ok: false, reason: 'damaged' };
    return { ok: true, bytes: chunk.bytes.slice(offset, offset + length) };
  }

  size(name: ChunkName): number | undefined {
    return this.#chunks.get(name)?.bytes.length;
  }

  verify(name: ChunkName): Promise<'ok' | 'missing' | 'damaged'> {
    return new Promise((resolve) => {
      this.#volume.afterFlush(() => {
        const chunk = this.#chunks.get(name);
        resolve(chunk === undefined ? 'missing' : chunk.rotAt === undefined ? 'ok' : 'damaged');
      });
    });
  }

  remove(name: ChunkName): void {
    const chunk = this.#chunks.get(name);
    if (chunk === undefined) return;
    this.#removed.set(name, chunk);
    this.#drop(name);
    this.#volume.afterFlush(() => this.#removed.delete(name), 10);
  }

  #drop(name: ChunkName): void {
    const chunk = this.#chunks.get(name);
    if (chunk === undefined) return;
    this.#usedBytes -= chunk.bytes.length;
    this.#chunks.delete(name);
  }

  /** A copy: chunks may come and go while somebody walks through them. */
  names(): Iterable<ChunkName> {
    return [...this.#chunks.keys()];
  }

  usage(): DiskUsage {
    const usedBytes = this.#usedBytes + this.#reservedBytes + this.foreignBytes;
    const { capacityBytes } = this.#volume;
    return {
      capacityBytes,
      usedBytes,
      heldBytes: usedBytes,
      full: usedBytes >= capacityBytes * (1 - RESERVE),
    };
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#volume.afterFlush(() => {
        this.#removed.clear();
        resolve();
      });
    });
  }

  /** One byte of the chunk goes bad. */
  rot(name: ChunkName): void {
    const chunk = this.#chunks.get(name);
    if (chunk !== undefined) chunk.rotAt = this.#volume.random.int(Math.max(1, chunk.bytes.length));
  }

  /** The bytes as they lie on the disk, for checkers; undefined when they are missing or rotten. */
  peek(name: ChunkName): Uint8Array | undefined {
    const chunk = this.#chunks.get(name);
    return chunk?.rotAt === undefined ? chunk?.bytes : undefined;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
