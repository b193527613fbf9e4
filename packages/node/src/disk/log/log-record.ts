/**
 * How the log looks inside a segment file: batches of records.
 *
 *   batch  = header (32 bytes) records
 *   header = magic u32 | version u8 | 0 u24 | segment u48 | 0 u16 | position u32 | bodyBytes u32 | records u32 | crc32c u32
 *   record = bytes u32 | crc32c u32 | version u8 | type u8 | group (u8 length, text) | body      (crc over what follows it)
 *
 * Numbers are little-endian. One batch is one write and one flush; it is written only after the batch before it is
 * durable. A header that stands at its own position therefore proves that everything before it once was durable, which
 * is how recovery tells a torn tail (only the last batch) from damage (anything before).
 */
import { fromUtf8, invariant, utf8 } from '@crescendo/base';
import type { Entry, HardState, SnapshotMark } from '@crescendo/raft';
import type { GroupId } from '@crescendo/store';
import { crc32c } from '@node-rs/crc32';

export type LogRecord =
  /** `moved`: a copy of an entry that the log still holds; it truncates nothing. */
  | { readonly type: 'entry'; readonly group: GroupId; readonly entry: Entry; readonly moved: boolean }
  | { readonly type: 'hardState'; readonly group: GroupId; readonly hardState: HardState }
  /** Entries up to the mark are gone; later ones stay or go. */
  | {
      readonly type: 'mark';
      readonly group: GroupId;
      readonly mark: SnapshotMark;
      readonly keepLater: boolean;
    }
  | { readonly type: 'removed'; readonly group: GroupId }
  /** No segment before this one is needed. */
  | { readonly type: 'oldest'; readonly segment: number };

export const BATCH_HEADER_BYTES = 32;
export const RECORD_PREFIX_BYTES = 8;
/** One record; an entry larger than this is a bug of the proposer. */
export const MAX_RECORD_BYTES = 256 * 2 ** 20;

const BATCH_MAGIC = 0x54414243;
const RECORD_VERSION = 1;
const TYPES = ['command', 'membership', 'empty', 'hardState', 'mark', 'removed', 'oldest'] as const;
type StoredType = (typeof TYPES)[number];
const MOVED = 0x80;

export interface BatchHeader {
  readonly bodyBytes: number;
  readonly records: number;
}

/** Collects the records of one batch in a buffer that is used again and again. */
export class BatchWriter {
  #buffer = Buffer.allocUnsafeSlow(64 * 1024);
  #length = BATCH_HEADER_BYTES;
  #records = 0;

  get records(): number {
    return this.#records;
  }

  /** Bytes that the batch takes in the file. */
  get byteLength(): number {
    return this.#length;
  }

  /** Appends one record and returns where it stands, relative to the batch. */
  append(record: LogRecord): { readonly offset: number; readonly length: number } {
    const group = record.type === 'oldest' ? '' : record.group;
    const body = encodeBody(record);
    const length = RECORD_PREFIX_BYTES + 3 + group.length + body.head.length + body.data.length;
    invariant(
      length <= MAX_RECORD_BYTES,
      `a log record of ${length} bytes, at most ${MAX_RECORD_BYTES} are allowed`,
    );
    invariant(group.length <= 255, `a group id of ${group.length} characters, at most 255 are allowed`);
    const offset = this.#reserve(length);
    const buffer = this.#buffer;
    let at = buffer.writeUInt32LE(length - RECORD_PREFIX_BYTES, offset) + 4;
    at = buffer.writeUInt8(RECORD_VERSION, at);
    at = buffer.writeUInt8(TYPES.indexOf(body.type) | (body.moved ? MOVED : 0), at);
    at = buffer.writeUInt8(group.length, at);
    at += buffer.write(group, at, 'latin1');
    buffer.set(body.head, at);
    buffer.set(body.data, at + body.head.length);
    buffer.writeUInt32LE(crc32c(buffer.subarray(offset + RECORD_PREFIX_BYTES, offset + length)), offset + 4);
    this.#records += 1;
    return { offset, length };
  }

  /** The whole batch, ready for its place in the file; valid until `clear`. */
  finish(segment: number, position: number): Uint8Array {
    const buffer = this.#buffer;
    buffer.fill(0, 0, BATCH_HEADER_BYTES);
    buffer.writeUInt32LE(BATCH_MAGIC, 0);
    buffer.writeUInt8(RECORD_VERSION, 4);
    buffer.writeUIntLE(segment, 8, 6);
    buffer.writeUInt32LE(position, 16);
    buffer.writeUInt32LE(this.#length - BATCH_HEADER_BYTES, 20);
    buffer.writeUInt32LE(this.#records, 24);
    buffer.writeUInt32LE(crc32c(buffer.subarray(0, 28)), 28);
    return buffer.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = BATCH_HEADER_BYTES;
    this.#records = 0;
    // A burst must not keep its memory for ever.
    if (this.#buffer.length > 16 * 2 ** 20) this.#buffer = Buffer.allocUnsafeSlow(64 * 1024);
  }

  #reserve(bytes: number): number {
    const offset = this.#length;
    if (offset + bytes > this.#buffer.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, offset + bytes));
      grown.set(this.#buffer.subarray(0, offset));
      this.#buffer = grown;
    }
    this.#length = offset + bytes;
    return offset;
  }
}

/** The header at `offset` of a segment's bytes, if a whole and fitting one stands there. */
export function readBatchHeader(bytes: Buffer, offset: number, segment: number): BatchHeader | undefined {
  if (offset + BATCH_HEADER_BYTES > bytes.length || bytes.readUInt32LE(offset) !== BATCH_MAGIC)
    return undefined;
  if (bytes.readUInt32LE(offset + 28) !== crc32c(bytes.subarray(offset, offset + 28))) return undefined;
  if (bytes.readUIntLE(offset + 8, 6) !== segment || bytes.readUInt32LE(offset + 16) !== offset)
    return undefined;
  return { bodyBytes: bytes.readUInt32LE(offset + 20), records: bytes.readUInt32LE(offset + 24) };
}

/** True when a batch starts anywhere in bytes [from, end): then everything before it was durable once. */
export function laterBatchExists(bytes: Buffer, from: number, segment: number): boolean {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(BATCH_MAGIC);
  for (let at = bytes.indexOf(magic, from); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    if (readBatchHeader(bytes, at, segment) !== undefined) return true;
  }
  return false;
}

/** Length of the record at `offset`, prefix included, when the record is whole and its checksum right. */
export function checkRecord(bytes: Buffer, offset: number, end: number): number | undefined {
  if (offset + RECORD_PREFIX_BYTES > end) return undefined;
  const length = RECORD_PREFIX_BYTES + bytes.readUInt32LE(offset);
  if (length < RECORD_PREFIX_BYTES + 3 || offset + length > end) return undefined;
  const sum = crc32c(bytes.subarray(offset + RECORD_PREFIX_BYTES, offset + length));
  return sum === bytes.readUInt32LE(offset + 4) ? length : undefined;
}

/** Decodes a record that `checkRecord` has passed. An entry's data is a view of `bytes`. Throws on an unknown version. */
export function decodeRecord(bytes: Buffer, offset: number, length: number): LogRecord {
  const version = bytes.readUInt8(offset + 8);
  if (version !== RECORD_VERSION)
    throw new Error(`a record of version ${version}; this program knows ${RECORD_VERSION}`);
  const typeByte = bytes.readUInt8(offset + 9);
  const type = TYPES[typeByte & ~MOVED];
  const groupLength = bytes.readUInt8(offset + 10);
  const group = bytes.toString('latin1', offset + 11, offset + 11 + groupLength);
  const body = bytes.subarray(offset + 11 + groupLength, offset + length);
  const moved = (typeByte & MOVED) !== 0;
  switch (type) {
    case 'command':
    case 'membership':
    case 'empty':
      return { type: 'entry', group, entry: decodeEntry(type, body), moved };
    case 'hardState':
      return { type, group, hardState: decodeHardState(body) };
    case 'mark':
      return { type, group, mark: decodeMark(body), keepLater: body.readUInt8(12) === 1 };
    case 'removed':
      return { type, group };
    case 'oldest':
      return { type, segment: readIndex(body, 0) };
    default:
      throw new Error(`a record of the unknown type ${typeByte}`);
  }
}

interface Body {
  readonly type: StoredType;
  readonly head: Uint8Array;
  readonly data: Uint8Array;
  readonly moved: boolean;
}

const NOTHING = new Uint8Array(0);

function encodeBody(record: LogRecord): Body {
  switch (record.type) {
    case 'entry': {
      const { entry, moved } = record;
      const head = twoNumbers(entry.index, entry.term);
      const data =
        entry.type === 'command'
          ? entry.data
          : entry.type === 'membership'
            ? json(entry.membership)
            : NOTHING;
      return { type: entry.type, head, data, moved };
    }
    case 'hardState': {
      const { term, vote, commit } = record.hardState;
      // A vote is an id: never an empty text.
      return { type: 'hardState', head: twoNumbers(term, commit), data: utf8(vote ?? ''), moved: false };
    }
    case 'mark': {
      const head = Buffer.allocUnsafe(13);
      head.set(twoNumbers(record.mark.index, record.mark.term));
      head.writeUInt8(record.keepLater ? 1 : 0, 12);
      return { type: 'mark', head, data: json(record.mark.membership), moved: false };
    }
    case 'removed':
      return { type: 'removed', head: NOTHING, data: NOTHING, moved: false };
    case 'oldest':
      return { type: 'oldest', head: twoNumbers(record.segment, 0), data: NOTHING, moved: false };
  }
}

function decodeEntry(type: 'command' | 'membership' | 'empty', body: Buffer): Entry {
  const index = readIndex(body, 0);
  const term = readIndex(body, 6);
  if (type === 'empty') return { type, index, term };
  const data = body.subarray(12);
  return type === 'command'
    ? { type, index, term, data }
    : { type, index, term, membership: JSON.parse(fromUtf8(data)) };
}

function decodeHardState(body: Buffer): HardState {
  const vote = fromUtf8(body.subarray(12));
  return { term: readIndex(body, 0), vote: vote === '' ? null : vote, commit: readIndex(body, 6) };
}

function decodeMark(body: Buffer): SnapshotMark {
  return {
    index: readIndex(body, 0),
    term: readIndex(body, 6),
    membership: JSON.parse(fromUtf8(body.subarray(13))),
  };
}

/** Two numbers below 2^48, the size of indices and terms on disk. */
function twoNumbers(first: number, second: number): Buffer {
  const bytes = Buffer.allocUnsafe(12);
  bytes.writeUIntLE(first, 0, 6);
  bytes.writeUIntLE(second, 6, 6);
  return bytes;
}

function readIndex(bytes: Buffer, offset: number): number {
  return bytes.readUIntLE(offset, 6);
}

function json(value: unknown): Uint8Array {
  return utf8(JSON.stringify(value));
}
