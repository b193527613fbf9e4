/**
 * Appends chunks to volumes. Whatever waits goes into one batch, from one piece of memory that is used again, and one flush makes it durable.
 *
 * It does not know which chunks are wanted, nor how much room there is.
 *
 * (W1) A record's place is given out only after its bytes are durable.
 * (W2) After a failed write or flush nothing is appended to that volume any more: what the disk did is not known.
 * (W3) One batch at a time; the bytes of a chunk are borrowed until its promise settles.
 */
import * as fs from 'node:fs';
import { syncData, systemCode, writeFully } from '../durable-file.ts';
import { blockSums } from './block-reads.ts';
import { openDirect, pageMemory } from './page-memory.ts';
import type { Place, Volume } from './volume.ts';
import { encodeHeader, headerBytes, PAGE_BYTES, pageEnd, recordBytes } from './volume-format.ts';

export interface Written {
  readonly place: Place;
  readonly sums: Uint32Array;
}

export interface VolumeWriterOptions {
  /** A volume gets no further batch when it has this size. */
  readonly volumeBytes: number;
  /** False: never past the page cache. */
  readonly direct: boolean;
  create(): Volume;
  /** Nothing will be appended to this volume any more. */
  sealed(volume: Volume): void;
}

interface Pending {
  readonly name: string;
  readonly bytes: Uint8Array;
  resolve(written: Written): void;
  reject(cause: unknown): void;
}

interface OpenVolume {
  readonly volume: Volume;
  readonly fd: number;
  /** The same file, past the page cache. */
  direct: number | undefined;
}

const STAGING_BYTES = 4 * 1024 * 1024 + 64 * 1024;
/** Smaller batches cost the same either way, and whoever reads them soon finds them in the page cache. */
const DIRECT_BYTES = 256 * 1024;
const BYTES_A_FLUSH = 16 * 1024 * 1024;

export class VolumeWriter {
  readonly #options: VolumeWriterOptions;
  readonly #queue: Pending[] = [];
  #staging: Buffer | undefined;
  #filled = 0;
  #open: OpenVolume | undefined;
  #direct: boolean;
  #running: Promise<void> | undefined;

  constructor(options: VolumeWriterOptions) {
    this.#options = options;
    this.#direct = options.direct;
  }

  /** The volume that is being appended to. */
  get volume(): Volume | undefined {
    return this.#open?.volume;
  }

  /** Goes on with a volume from before. */
  resume(volume: Volume): void {
    this.#open = this.#opened(volume);
  }

  append(name: string, bytes: Uint8Array): Promise<Written> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ name, bytes, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** The next chunk goes into a new volume. */
  async seal(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    this.#close();
  }

  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    this.#release();
  }

  async #run(): Promise<void> {
    // Whatever else comes in this turn goes along.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const taken: Pending[] = [];
      try {
        this.#open ??= this.#opened(this.#options.create());
        await this.#flushSome(this.#open, taken);
        if (this.#open.volume.end >= this.#options.volumeBytes) this.#close();
      } catch (cause) {
        this.#giveUp();
        for (const { reject } of taken.length > 0 ? taken : this.#queue.splice(0)) reject(cause);
      }
    }
    // In the turn in which the queue was seen empty: what comes next starts anew.
    this.#running = undefined;
  }

  /** Writes batches until nothing waits, or enough has been written, and makes them durable. */
  async #flushSome(open: OpenVolume, taken: Pending[]): Promise<void> {
    const { volume } = open;
    const written: Written[] = [];
    let position = volume.end;
    do {
      const batch = this.#nextBatch();
      taken.push(...batch);
      position = await this.#writeBatch(open, batch, position, written);
    } while (
      this.#queue.length > 0 &&
      position - volume.end < BYTES_A_FLUSH &&
      position < this.#options.volumeBytes
    );
    await syncData(open.fd);
    volume.end = position;
    for (const { place } of written) volume.note('put', place);
    volume.flushIndex();
    for (const [i, { resolve }] of taken.entries()) resolve(written[i]!); // (W1)
  }

  /** As many as fit into the staging memory, at least one. */
  #nextBatch(): Pending[] {
    let bytes = 0;
    let count = 0;
    for (const { name, bytes: body } of this.#queue) {
      bytes += recordBytes(name.length, body.length);
      if (count > 0 && bytes > STAGING_BYTES) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  /** Where the next batch begins. */
  async #writeBatch(
    open: OpenVolume,
    batch: readonly Pending[],
    start: number,
    written: Written[],
  ): Promise<number> {
    const { volume } = open;
    let offset = start;
    let position = start;
    const put = async (bytes: Uint8Array): Promise<void> => {
      for (let taken = 0; taken < bytes.length; ) {
        taken += this.#stage(bytes, taken);
        if (this.#filled === STAGING_BYTES) position = await this.#writeStaged(open, position);
      }
    };
    for (const [i, { name, bytes }] of batch.entries()) {
      const sums = blockSums(bytes);
      const recordEnd = offset + recordBytes(name.length, bytes.length);
      const end = i === batch.length - 1 ? pageEnd(recordEnd) : recordEnd;
      await put(encodeHeader({ name, size: bytes.length, sums }, volume.salt));
      await put(bytes);
      await put(ZEROS.subarray(0, end - offset - headerBytes(name.length, bytes.length) - bytes.length));
      written.push({ place: { name, volume, offset, end, size: bytes.length }, sums });
      offset = end;
    }
    return this.#filled === 0 ? position : this.#writeStaged(open, position);
  }

  #stage(bytes: Uint8Array, from: number): number {
    this.#staging ??= pageMemory(STAGING_BYTES);
    const count = Math.min(bytes.length - from, STAGING_BYTES - this.#filled);
    this.#staging.set(count === bytes.length ? bytes : bytes.subarray(from, from + count), this.#filled);
    this.#filled += count;
    return count;
  }

  async #writeStaged(open: OpenVolume, position: number): Promise<number> {
    const bytes = this.#staging!.subarray(0, this.#filled);
    this.#filled = 0;
    const direct = bytes.length >= DIRECT_BYTES ? open.direct : undefined;
    if (direct === undefined) await writeFully(open.fd, bytes, position);
    else await this.#writeDirect(open, direct, bytes, position);
    return position + bytes.length;
  }

  async #writeDirect(open: OpenVolume, direct: number, bytes: Uint8Array, position: number): Promise<void> {
    try {
      await writeFully(direct, bytes, position);
    } catch (error) {
      if (systemCode(error) !== 'EINVAL') throw error;
      // This file system wants something else of the memory or the position: from now on through the page cache.
      this.#direct = false;
      fs.closeSync(direct);
      open.direct = undefined;
      await writeFully(open.fd, bytes, position);
    }
  }

  #opened(volume: Volume): OpenVolume {
    const fd = fs.openSync(volume.path, 'r+');
    return { volume, fd, direct: this.#direct ? openDirect(volume.path) : undefined };
  }

  /** (W2) */
  #giveUp(): void {
    this.#filled = 0;
    if (this.#open === undefined) return;
    const { fd, volume } = this.#open;
    try {
      fs.ftruncateSync(fd, volume.end);
    } catch {
      // It takes room until the volume is deleted.
    }
    this.#close();
  }

  #close(): void {
    const volume = this.#open?.volume;
    this.#release();
    if (volume !== undefined) this.#options.sealed(volume);
  }

  #release(): void {
    if (this.#open === undefined) return;
    fs.closeSync(this.#open.fd);
    if (this.#open.direct !== undefined) fs.closeSync(this.#open.direct);
    this.#open = undefined;
  }
}

const ZEROS = new Uint8Array(PAGE_BYTES);
