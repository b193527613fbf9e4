/**
 * The segment files of the log, oldest to newest; the newest one is written.
 *
 * Knows nothing about records. Invariants:
 * (S1) Sequence numbers of the files have no gap.
 * (S2) A segment's header is durable, and so is its name, before any batch is written into it.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { invariant } from '@crescendo/base';
import { crc32c } from '@node-rs/crc32';
import { FILE_MODE, readFullySync, syncFolderSync, writeFullySync } from '../durable-file.ts';

export interface Segment {
  readonly sequence: number;
  readonly path: string;
  readonly fd: number;
  /** Bytes that are durable; the next batch goes here. */
  length: number;
}

export const SEGMENT_HEADER_BYTES = 32;
const MAGIC = Buffer.from('CRESCLOG', 'latin1');
const VERSION = 1;
const NAME = /^segment-(\d{12})\.log$/;

export function segmentPath(folder: string, sequence: number): string {
  return join(folder, `segment-${String(sequence).padStart(12, '0')}.log`);
}

/** Sequence numbers of the segment files in the folder, ascending. */
export function listSegments(folder: string): number[] {
  const found: number[] = [];
  for (const name of fs.readdirSync(folder)) {
    const match = NAME.exec(name);
    if (match !== null) found.push(Number(match[1]));
  }
  return found.sort((a, b) => a - b);
}

export type HeaderCheck = 'ok' | 'torn' | 'damaged' | { readonly newerVersion: number };

/** `torn`: what a crash during creation leaves, which by (S2) holds nothing. */
export function checkSegmentHeader(bytes: Buffer, sequence: number): HeaderCheck {
  const header = bytes.subarray(0, SEGMENT_HEADER_BYTES);
  const whole = header.length === SEGMENT_HEADER_BYTES && header.subarray(0, 8).equals(MAGIC);
  if (!whole || header.readUInt32LE(28) !== crc32c(header.subarray(0, 28))) {
    return bytes.length <= SEGMENT_HEADER_BYTES ? 'torn' : 'damaged';
  }
  const version = header.readUInt16LE(8);
  if (version > VERSION) return { newerVersion: version };
  return header.readUIntLE(16, 6) === sequence ? 'ok' : 'damaged';
}

/** Final length of the segment before, from a header that was found `ok`: shows when that one was shortened. */
export function previousLength(bytes: Buffer): number {
  return bytes.readUIntLE(22, 6);
}

export class SegmentFiles {
  readonly #folder: string;
  readonly #segments: Segment[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  get oldest(): Segment {
    return this.#segments[0]!;
  }

  get active(): Segment {
    return this.#segments.at(-1)!;
  }

  get count(): number {
    return this.#segments.length;
  }

  bytes(): number {
    let sum = 0;
    for (const segment of this.#segments) sum += segment.length;
    return sum;
  }

  /** Takes up a file that recovery has read; `length` is where its last whole batch ends. */
  adopt(sequence: number, fd: number, length: number): void {
    invariant(this.count === 0 || this.active.sequence + 1 === sequence, `segment ${sequence} leaves a gap`);
    this.#segments.push({ sequence, path: segmentPath(this.#folder, sequence), fd, length });
  }

  /** Creates the next segment and makes it the active one. */
  create(sequence: number): Segment {
    const path = segmentPath(this.#folder, sequence);
    const fd = fs.openSync(path, 'wx+', FILE_MODE);
    try {
      writeFullySync(fd, encodeHeader(sequence, this.count === 0 ? 0 : this.active.length), 0);
      fs.fsyncSync(fd);
      syncFolderSync(this.#folder);
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
    this.adopt(sequence, fd, SEGMENT_HEADER_BYTES);
    return this.active;
  }

  read(sequence: number, offset: number, length: number): Buffer {
    const segment = this.#segments[sequence - this.oldest.sequence];
    invariant(segment !== undefined, `log segment ${sequence} is not open`);
    const bytes = Buffer.allocUnsafe(length);
    const count = readFullySync(segment.fd, bytes, offset);
    return count === length ? bytes : bytes.subarray(0, count);
  }

  /**
   * Forgets every segment before `sequence` and deletes the files on a thread of the pool. A crash in the middle may leave
   * some of them; recovery deletes those.
   */
  dropBefore(sequence: number): Promise<void> {
    const deletions: Promise<void>[] = [];
    while (this.count > 1 && this.oldest.sequence < sequence) {
      const segment = this.#segments.shift()!;
      fs.closeSync(segment.fd);
      deletions.push(new Promise((resolve) => fs.unlink(segment.path, () => resolve())));
    }
    return Promise.all(deletions).then(() => undefined);
  }

  close(): void {
    for (const segment of this.#segments.splice(0)) fs.closeSync(segment.fd);
  }
}

function encodeHeader(sequence: number, previousLength: number): Buffer {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  header.set(MAGIC);
  header.writeUInt16LE(VERSION, 8);
  header.writeUIntLE(sequence, 16, 6);
  header.writeUIntLE(previousLength, 22, 6);
  header.writeUInt32LE(crc32c(header.subarray(0, 28)), 28);
  return header;
}
