/** The files of the log, one a segment, and what is open of them. It does not know what is in them but the head. */
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { FILE_MODE } from '@crescendo/node/disk';
import { encodeSegmentHead, SEGMENT_HEAD_BYTES } from './segment-format.ts';

const NAME = /^(\d{10})\.messages$/;
/** Reads go to few segments at a time; a log may have thousands. */
const MAX_OPEN = 64;

export class SegmentFiles {
  readonly #folder: string;
  /** Segment -> descriptor for reading, the one that was used last at the end. */
  readonly #open = new Map<number, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** In ascending order. */
  list(): number[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .flatMap((file) => NAME.exec(file)?.[1] ?? [])
      .map(Number)
      .sort((one, other) => one - other);
  }

  path(segment: number): string {
    return join(this.#folder, `${String(segment).padStart(10, '0')}.messages`);
  }

  /** An empty segment with its head on disk; gives a descriptor for writing. */
  create(segment: number, nextSeq: number): number {
    const descriptor = openSync(this.path(segment), 'w', FILE_MODE);
    writeSync(descriptor, encodeSegmentHead(segment, nextSeq), 0, SEGMENT_HEAD_BYTES, 0);
    fdatasyncSync(descriptor);
    this.#flushFolder();
    return descriptor;
  }

  /** For writing, without what lies behind `end`. */
  openForWriting(segment: number, end: number): number {
    const descriptor = openSync(this.path(segment), 'r+');
    ftruncateSync(descriptor, end);
    fsyncSync(descriptor);
    return descriptor;
  }

  read(segment: number, offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    const count = readSync(this.#reader(segment), bytes, 0, length, offset);
    return count === length ? bytes : bytes.subarray(0, count);
  }

  remove(segment: number): void {
    this.#close(segment);
    unlinkSync(this.path(segment));
    this.#flushFolder();
  }

  close(): void {
    for (const segment of [...this.#open.keys()]) this.#close(segment);
  }

  #reader(segment: number): number {
    const known = this.#open.get(segment);
    const descriptor = known ?? openSync(this.path(segment), 'r');
    this.#open.delete(segment);
    this.#open.set(segment, descriptor);
    if (this.#open.size > MAX_OPEN) this.#close(this.#open.keys().next().value!);
    return descriptor;
  }

  #close(segment: number): void {
    const descriptor = this.#open.get(segment);
    if (descriptor === undefined) return;
    this.#open.delete(segment);
    closeSync(descriptor);
  }

  /** New and removed names are on disk. */
  #flushFolder(): void {
    const descriptor = openSync(this.#folder, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}
