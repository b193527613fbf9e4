/**
 * Open files of chunks with their tables of checksums, the most recently used ones kept open.
 *
 * (O1) A descriptor that is being read is closed only after the last reader has let go of it: a closed number may be given to
 *      another file at once.
 */
import * as fs from 'node:fs';
import { readFullySync } from '../durable-file.ts';
import { parseTrailer, trailerBytes } from './chunk-format.ts';

export interface OpenChunk {
  readonly fd: number;
  readonly size: number;
  readonly sums: Uint32Array;
}

interface Slot extends OpenChunk {
  readers: number;
  doomed: boolean;
}

export class ChunkDescriptors {
  readonly #limit: number;
  /** In the order of use, oldest first. */
  readonly #slots = new Map<string, Slot>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Must be followed by `release`. `damaged`: the trailer can't be trusted. Throws what the system says. */
  acquire(name: string, path: string, size: number): OpenChunk | 'damaged' {
    let slot = this.#slots.get(name);
    if (slot === undefined) {
      const opened = open(path, size);
      if (opened === undefined) return 'damaged';
      slot = opened;
    }
    this.#slots.delete(name);
    this.#slots.set(name, slot);
    slot.readers += 1;
    this.#shrink();
    return slot;
  }

  release(chunk: OpenChunk): void {
    const slot = chunk as Slot;
    slot.readers -= 1;
    if (slot.doomed && slot.readers === 0) fs.closeSync(slot.fd);
  }

  /** The chunk is gone, or replaced. */
  forget(name: string): void {
    const slot = this.#slots.get(name);
    if (slot === undefined) return;
    this.#slots.delete(name);
    slot.doomed = true;
    if (slot.readers === 0) fs.closeSync(slot.fd);
  }

  close(): void {
    for (const name of [...this.#slots.keys()]) this.forget(name);
  }

  #shrink(): void {
    for (const [name, slot] of this.#slots) {
      if (this.#slots.size <= this.#limit) return;
      if (slot.readers === 0) this.forget(name);
    }
  }
}

function open(path: string, size: number): Slot | undefined {
  const fd = fs.openSync(path, 'r');
  const trailer = Buffer.alloc(trailerBytes(size));
  const whole = readFullySync(fd, trailer, size) === trailer.length;
  const sums = whole ? parseTrailer(trailer, size) : undefined;
  if (sums === undefined) {
    fs.closeSync(fd);
    return undefined;
  }
  return { fd, size, sums, readers: 0, doomed: false };
}
