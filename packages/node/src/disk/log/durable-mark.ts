/**
 * A small side file that remembers how far the log was durable: with it, a log that somebody shortened is told from one
 * whose last write was torn by a crash.
 *
 * It is overwritten after each flush and never synced itself, so after a power failure it may be old, which only makes the
 * check weaker, never wrong. Two slots are written in turn, each with a checksum, so a torn slot leaves the other.
 */
import * as fs from 'node:fs';
import { crc32c } from '@node-rs/crc32';
import { FILE_MODE, readFullySync, writeFullySync } from '../durable-file.ts';

export interface DurableLength {
  readonly segment: number;
  readonly length: number;
}

const SLOT_BYTES = 32;

export class DurableMark {
  readonly #fd: number;
  readonly #slot = Buffer.alloc(SLOT_BYTES);
  #round = 0;

  constructor(path: string) {
    this.#fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, FILE_MODE);
  }

  /** The newest whole slot; undefined when there is none. */
  read(): DurableLength | undefined {
    let newest: (DurableLength & { round: number }) | undefined;
    for (const place of [0, 1]) {
      const slot = Buffer.alloc(SLOT_BYTES);
      if (readFullySync(this.#fd, slot, place * SLOT_BYTES) < SLOT_BYTES) continue;
      if (slot.readUInt32LE(28) !== crc32c(slot.subarray(0, 28))) continue;
      const round = slot.readUIntLE(0, 6);
      if (newest !== undefined && newest.round > round) continue;
      newest = { round, segment: slot.readUIntLE(8, 6), length: slot.readUIntLE(16, 6) };
    }
    this.#round = newest?.round ?? 0;
    return newest;
  }

  write(segment: number, length: number): void {
    this.#round += 1;
    this.#slot.writeUIntLE(this.#round, 0, 6);
    this.#slot.writeUIntLE(segment, 8, 6);
    this.#slot.writeUIntLE(length, 16, 6);
    this.#slot.writeUInt32LE(crc32c(this.#slot.subarray(0, 28)), 28);
    writeFullySync(this.#fd, this.#slot, (this.#round % 2) * SLOT_BYTES);
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}
