/**
 * The folder of volumes: makes new ones, and finds at the start what is in those that are there, from their indexes and, where these end, from the
 * headers of the records.
 */
import { randomInt } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { FILE_MODE, makeFolderSync, readFullySync, syncFolderSync } from '../durable-file.ts';
import { blocksAreReadableSync } from './block-reads.ts';
import { type Place, Volume, type VolumeFiles } from './volume.ts';
import {
  encodeIndexHead,
  encodeVolumeHead,
  HEADER_START_BYTES,
  headerBytes,
  headerLength,
  INDEX_HEAD_BYTES,
  type IndexEntry,
  PAGE_BYTES,
  pageEnd,
  parseEntries,
  parseHeader,
  parseIndexHead,
  parseVolumeHead,
  type RecordHeader,
  recordBytes,
} from './volume-format.ts';

const VOLUME_NAME = /^([0-9a-f]{8})\.volume$/;

/** A record that is in a volume and was not removed, as far as is known. */
export type FoundRecord = Omit<Place, 'volume'>;

export interface FoundVolume {
  readonly volume: Volume;
  readonly records: readonly FoundRecord[];
}

/** The volumes in the order in which they were written. */
export function openVolumes(folder: string): FoundVolume[] {
  makeFolderSync(folder);
  const found: FoundVolume[] = [];
  for (const file of fs.readdirSync(folder).sort()) {
    const match = VOLUME_NAME.exec(file);
    const volume = match === null ? undefined : openVolume(folder, Number.parseInt(match[1]!, 16));
    if (volume !== undefined) found.push(volume);
  }
  return found;
}

/** A new volume and its index; their names are durable when it returns. The head is durable with the first record. */
export function createVolume(folder: string, number: number): Volume {
  const files = { ...pathsOf(folder, number), number, salt: randomInt(2 ** 32) };
  fs.writeFileSync(files.indexPath, encodeIndexHead(files.salt), { flag: 'wx', mode: FILE_MODE });
  fs.writeFileSync(files.path, encodeVolumeHead(files.salt), { flag: 'wx', mode: FILE_MODE });
  syncFolderSync(folder);
  return new Volume(files, PAGE_BYTES, INDEX_HEAD_BYTES);
}

function pathsOf(folder: string, number: number) {
  const name = number.toString(16).padStart(8, '0');
  return { path: join(folder, `${name}.volume`), indexPath: join(folder, `${name}.index`) };
}

function openVolume(folder: string, number: number): FoundVolume | undefined {
  const paths = pathsOf(folder, number);
  const index = fs.existsSync(paths.indexPath) ? fs.readFileSync(paths.indexPath) : Buffer.alloc(0);
  const fd = fs.openSync(paths.path, 'r');
  try {
    const head = Buffer.alloc(PAGE_BYTES);
    readFullySync(fd, head, 0);
    const indexSalt = parseIndexHead(index);
    const salt = parseVolumeHead(head) ?? indexSalt;
    // Nothing in it can be told apart from noise; it stays for whoever wants to know why.
    if (salt === undefined) return undefined;
    const usable = indexSalt === salt ? index : encodeIndexHead(salt);
    if (usable !== index) fs.writeFileSync(paths.indexPath, usable, { mode: FILE_MODE });
    const { entries, wholeBytes } = parseEntries(usable, salt);
    if (wholeBytes < usable.length) fs.truncateSync(paths.indexPath, wholeBytes);
    return findRecords(fd, { ...paths, number, salt }, entries, wholeBytes);
  } finally {
    fs.closeSync(fd);
  }
}

function findRecords(
  fd: number,
  files: VolumeFiles,
  entries: readonly IndexEntry[],
  indexEnd: number,
): FoundVolume {
  const records = new Map<number, FoundRecord>();
  let end = PAGE_BYTES;
  for (const entry of entries) {
    if (entry.kind === 'dead') records.delete(entry.offset);
    else {
      records.set(entry.offset, entry);
      end = entry.end;
    }
  }
  const fileBytes = fs.fstatSync(fd).size;
  const unindexed = scanRecords(fd, files.salt, end, fileBytes);
  // Whatever lies behind the last record was never acknowledged, but it takes room.
  const volume = new Volume(files, Math.max(pageEnd(end), pageEnd(fileBytes)), indexEnd);
  for (const record of unindexed) {
    records.set(record.offset, record);
    volume.note('put', record);
  }
  return { volume, records: [...records.values()] };
}

/** The whole records from `start` on. A damaged header hides its record; the next one is looked for at the beginnings of batches. */
function scanRecords(fd: number, salt: number, start: number, fileBytes: number): FoundRecord[] {
  const found: FoundRecord[] = [];
  for (let at = start; at < fileBytes; ) {
    const header = headerAt(fd, at, salt);
    if (header === undefined) {
      at = at % PAGE_BYTES === 0 ? at + PAGE_BYTES : pageEnd(at);
      continue;
    }
    const { name, size, sums } = header;
    const end = at + recordBytes(name.length, size);
    // What was on its way when the node died may have a header and no bytes yet.
    const range = { fd, start: at + headerBytes(name.length, size), size, sums };
    if (blocksAreReadableSync(range)) found.push({ name, size, offset: at, end });
    at = end;
  }
  return found;
}

function headerAt(fd: number, at: number, salt: number): RecordHeader | undefined {
  const start = Buffer.alloc(HEADER_START_BYTES);
  const length = readFullySync(fd, start, at) === start.length ? headerLength(start) : undefined;
  return length === undefined ? undefined : readHeader(fd, at, length, salt);
}

function readHeader(fd: number, at: number, length: number, salt: number): RecordHeader | undefined {
  const header = Buffer.alloc(length);
  return readFullySync(fd, header, at) === length ? parseHeader(header, salt) : undefined;
}

/** The checksums of a record's blocks; undefined when its header is damaged, or another's. */
export function readSums(fd: number, { volume, name, offset, size }: Place): Uint32Array | undefined {
  const header = readHeader(fd, offset, headerBytes(name.length, size), volume.salt);
  return header?.name === name && header.size === size ? header.sums : undefined;
}
