/**
 * A volume: a file in which chunks lie one after the other, and its index beside it. Numbers are little-endian.
 *
 *   volume = head | batch ...         each batch starts at a multiple of 4,096 bytes, where a write may go past the page cache
 *   head   = "CRESVOLM" | version u16 | 0 u16 | salt u32 | crc32c u32, and zeros up to 4,096 bytes
 *   batch  = record ... | zeros
 *   record = header | bytes | zeros up to a multiple of 8
 *   header = "RECD" | name length u16 | 0 u16 | size u48 | 0 u16 | crc32c u32 for each 64 KiB block | name | crc32c u32
 *
 *   index  = "CRESVIDX" | version u16 | 0 u16 | salt u32 | entry ...
 *   entry  = kind u8 | name length u8 | 0 u16 | offset u48 | end u48 | size u48 | name | crc32c u32
 *
 * (F1) The checksums of headers and entries start from the volume's salt, which no client knows: bytes of users are never taken for a
 *      header, nor what another volume left on the disk.
 * (F2) The index is a convenience: what it lacks is found by the headers. Only that a chunk was removed is found nowhere else.
 */
import { crc32c } from '@node-rs/crc32';
import { blockCount } from './block-reads.ts';

export const PAGE_BYTES = 4096;
export const MAX_NAME_BYTES = 200;
export const INDEX_HEAD_BYTES = 16;
/** What is known of a header before its length is known. */
export const HEADER_START_BYTES = 16;
const CHUNK_NAME = /^[A-Za-z0-9.-]{1,200}$/;
const VOLUME_MAGIC = 'CRESVOLM';
const INDEX_MAGIC = 'CRESVIDX';
const RECORD_MAGIC = 0x44434552;
const VERSION = 1;
const ENTRY_START_BYTES = 22;
const KIND = { put: 1, dead: 2 } as const;
/** More than any chunk: a size beyond it is damage. */
const MAX_RECORD_BYTES = 2 ** 32;

export interface IndexEntry {
  /** `dead`: the record at this offset was removed. */
  readonly kind: 'put' | 'dead';
  readonly name: string;
  /** Of the record's header in the volume. */
  readonly offset: number;
  /** Where the next record may begin. */
  readonly end: number;
  readonly size: number;
}

export interface RecordHeader {
  readonly name: string;
  readonly size: number;
  readonly sums: Uint32Array;
}

export function isChunkName(name: string): boolean {
  return CHUNK_NAME.test(name);
}

export function headerBytes(nameLength: number, size: number): number {
  return HEADER_START_BYTES + 4 * blockCount(size) + nameLength + 4;
}

/** Header, bytes and the zeros behind them. */
export function recordBytes(nameLength: number, size: number): number {
  return Math.ceil((headerBytes(nameLength, size) + size) / 8) * 8;
}

export function pageEnd(offset: number): number {
  return Math.ceil(offset / PAGE_BYTES) * PAGE_BYTES;
}

export function encodeVolumeHead(salt: number): Buffer {
  const head = Buffer.alloc(PAGE_BYTES);
  head.write(VOLUME_MAGIC, 'latin1');
  head.writeUInt16LE(VERSION, 8);
  head.writeUInt32LE(salt, 12);
  head.writeUInt32LE(crc32c(head.subarray(0, 16)), 16);
  return head;
}

/** The salt; undefined when this is no head. */
export function parseVolumeHead(head: Buffer): number | undefined {
  if (head.length < 20 || head.toString('latin1', 0, 8) !== VOLUME_MAGIC) return undefined;
  if (head.readUInt16LE(8) !== VERSION || head.readUInt32LE(16) !== crc32c(head.subarray(0, 16)))
    return undefined;
  return head.readUInt32LE(12);
}

export function encodeHeader({ name, size, sums }: RecordHeader, salt: number): Buffer {
  const header = Buffer.alloc(headerBytes(name.length, size));
  header.writeUInt32LE(RECORD_MAGIC, 0);
  header.writeUInt16LE(name.length, 4);
  header.writeUIntLE(size, 8, 6);
  for (let block = 0; block < sums.length; block++)
    header.writeUInt32LE(sums[block]!, HEADER_START_BYTES + 4 * block);
  header.write(name, HEADER_START_BYTES + 4 * sums.length, 'latin1');
  header.writeUInt32LE(crc32c(header.subarray(0, -4), salt), header.length - 4); // (F1)
  return header;
}

/** How long the header is that begins so; undefined when none does. */
export function headerLength(start: Buffer): number | undefined {
  if (start.length < HEADER_START_BYTES || start.readUInt32LE(0) !== RECORD_MAGIC) return undefined;
  const nameLength = start.readUInt16LE(4);
  const size = start.readUIntLE(8, 6);
  if (nameLength < 1 || nameLength > MAX_NAME_BYTES || size > MAX_RECORD_BYTES) return undefined;
  return headerBytes(nameLength, size);
}

/** undefined when it is damaged, or of another volume. */
export function parseHeader(header: Buffer, salt: number): RecordHeader | undefined {
  if (headerLength(header) !== header.length) return undefined;
  if (header.readUInt32LE(header.length - 4) !== crc32c(header.subarray(0, -4), salt)) return undefined;
  const size = header.readUIntLE(8, 6);
  const blocks = blockCount(size);
  return {
    name: header.toString('latin1', HEADER_START_BYTES + 4 * blocks, header.length - 4),
    size,
    sums: Uint32Array.from({ length: blocks }, (_, i) => header.readUInt32LE(HEADER_START_BYTES + 4 * i)),
  };
}

export function encodeIndexHead(salt: number): Buffer {
  const head = Buffer.alloc(INDEX_HEAD_BYTES);
  head.write(INDEX_MAGIC, 'latin1');
  head.writeUInt16LE(VERSION, 8);
  head.writeUInt32LE(salt, 12);
  return head;
}

/** The salt; undefined when this is no head. */
export function parseIndexHead(index: Buffer): number | undefined {
  if (index.length < INDEX_HEAD_BYTES || index.toString('latin1', 0, 8) !== INDEX_MAGIC) return undefined;
  return index.readUInt16LE(8) === VERSION ? index.readUInt32LE(12) : undefined;
}

export function encodeEntry({ kind, name, offset, end, size }: IndexEntry, salt: number): Buffer {
  const entry = Buffer.alloc(ENTRY_START_BYTES + name.length + 4);
  entry.writeUInt8(KIND[kind], 0);
  entry.writeUInt8(name.length, 1);
  entry.writeUIntLE(offset, 4, 6);
  entry.writeUIntLE(end, 10, 6);
  entry.writeUIntLE(size, 16, 6);
  entry.write(name, ENTRY_START_BYTES, 'latin1');
  entry.writeUInt32LE(crc32c(entry.subarray(0, -4), salt), entry.length - 4);
  return entry;
}

/** The entries up to the first that is torn or damaged, and how many bytes of the index they take. */
export function parseEntries(
  index: Buffer,
  salt: number,
): { readonly entries: readonly IndexEntry[]; readonly wholeBytes: number } {
  const entries: IndexEntry[] = [];
  let at = INDEX_HEAD_BYTES;
  for (;;) {
    const parsed = parseEntry(index.subarray(at, at + ENTRY_START_BYTES + MAX_NAME_BYTES + 4), salt);
    if (parsed === undefined) return { entries, wholeBytes: at };
    entries.push(parsed);
    at += ENTRY_START_BYTES + parsed.name.length + 4;
  }
}

function parseEntry(bytes: Buffer, salt: number): IndexEntry | undefined {
  if (bytes.length < ENTRY_START_BYTES) return undefined;
  const length = ENTRY_START_BYTES + bytes.readUInt8(1) + 4;
  if (bytes.length < length) return undefined;
  if (bytes.readUInt32LE(length - 4) !== crc32c(bytes.subarray(0, length - 4), salt)) return undefined;
  const kind = bytes.readUInt8(0) === KIND.put ? 'put' : 'dead';
  return {
    kind,
    name: bytes.toString('latin1', ENTRY_START_BYTES, length - 4),
    offset: bytes.readUIntLE(4, 6),
    end: bytes.readUIntLE(10, 6),
    size: bytes.readUIntLE(16, 6),
  };
}
