/**
 * One volume and its index, as the rest of the store sees them. It does not know the names of other volumes, and never moves a record.
 *
 * (V1) The index names a record only after the record is durable.
 * (V2) `live` holds exactly the records that the store's index points to; only a volume without any is deleted.
 */
import * as fs from 'node:fs';
import { systemCode, writeFullySync } from '../durable-file.ts';
import { encodeEntry, headerBytes, type IndexEntry, PAGE_BYTES } from './volume-format.ts';

/** Where a chunk lies. */
export interface Place {
  readonly name: string;
  readonly volume: Volume;
  /** Of the record's header. */
  readonly offset: number;
  /** Where the next record may begin. */
  readonly end: number;
  readonly size: number;
}

export function bytesOf({ offset, end }: Place): number {
  return end - offset;
}

export function dataStart({ name, offset, size }: Place): number {
  return offset + headerBytes(name.length, size);
}

export interface VolumeFiles {
  readonly number: number;
  readonly path: string;
  readonly indexPath: string;
  readonly salt: number;
}

export class Volume implements VolumeFiles {
  readonly number: number;
  readonly path: string;
  readonly indexPath: string;
  readonly salt: number;
  readonly live = new Set<Place>(); // (V2)
  /** Where the next batch begins: what is before it is durable or garbage. */
  end: number;
  liveBytes = 0;
  /** A record could not be copied: left alone until it has been found damaged. */
  stuck = false;
  #unwritten: IndexEntry[] = [];
  #indexEnd: number;

  constructor({ number, path, indexPath, salt }: VolumeFiles, end: number, indexEnd: number) {
    this.number = number;
    this.path = path;
    this.indexPath = indexPath;
    this.salt = salt;
    this.end = end;
    this.#indexEnd = indexEnd;
  }

  get garbageBytes(): number {
    return Math.max(0, this.end - PAGE_BYTES - this.liveBytes);
  }

  /** The store points to this record now. */
  add(place: Place): void {
    this.live.add(place);
    this.liveBytes += bytesOf(place);
  }

  /** The store points elsewhere, or nowhere. */
  drop(place: Place): void {
    if (!this.live.delete(place)) return;
    this.liveBytes -= bytesOf(place);
    this.stuck = false;
  }

  /** Tells the index; `flushIndex` brings it there. */
  note(kind: IndexEntry['kind'], { name, offset, end, size }: Omit<Place, 'volume'>): void {
    this.#unwritten.push({ kind, name, offset, end, size });
  }

  /** What can't be written now, on a full disk, waits for the next time; after a crash the headers say it again. */
  flushIndex(): void {
    if (this.#unwritten.length === 0) return;
    const entries = Buffer.concat(this.#unwritten.map((entry) => encodeEntry(entry, this.salt)));
    try {
      appendAt(this.indexPath, entries, this.#indexEnd);
    } catch (error) {
      if (!['ENOSPC', 'EDQUOT', 'ENOENT', 'EIO'].includes(systemCode(error) ?? '')) throw error;
      return;
    }
    this.#indexEnd += entries.length;
    this.#unwritten = [];
  }

  /** Deletes both files. Space of the volume is free when the last reader has closed it. */
  delete(): void {
    fs.rmSync(this.path, { force: true });
    fs.rmSync(this.indexPath, { force: true });
  }
}

function appendAt(path: string, bytes: Uint8Array, position: number): void {
  const fd = fs.openSync(path, 'r+');
  try {
    writeFullySync(fd, bytes, position);
  } finally {
    fs.closeSync(fd);
  }
}
