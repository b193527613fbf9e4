/**
 * How a segment of the log lies on disk: a head, then batches. A batch is all that was appended before one flush: a head with its length
 * and a checksum that is bound to its place, then records with checksums of their own. It counts whole or not at all.
 */
import { crc32 } from 'node:zlib';
import { recordAt } from './log-record.ts';

export const FORMAT = 1;
export const SEGMENT_HEAD_BYTES = 32;
export const BATCH_HEAD_BYTES = 20;
const SEGMENT_MAGIC = Buffer.from('CrescSQS');
const BATCH_MAGIC = Buffer.from('CqB1');

export interface SegmentHead {
  readonly format: number;
  readonly segment: number;
  /** No message before this segment has this number or a higher one. */
  readonly nextSeq: number;
}

export function encodeSegmentHead(segment: number, nextSeq: number): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEAD_BYTES);
  SEGMENT_MAGIC.copy(bytes);
  bytes.writeUInt32LE(FORMAT, 8);
  bytes.writeUInt32LE(segment, 12);
  bytes.writeDoubleLE(nextSeq, 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 24)), 24);
  return bytes;
}

/** undefined when it is not whole. */
export function decodeSegmentHead(bytes: Buffer): SegmentHead | undefined {
  if (bytes.length < SEGMENT_HEAD_BYTES || !bytes.subarray(0, 8).equals(SEGMENT_MAGIC)) return undefined;
  if (crc32(bytes.subarray(0, 24)) !== bytes.readUInt32LE(24)) return undefined;
  return {
    format: bytes.readUInt32LE(8),
    segment: bytes.readUInt32LE(12),
    nextSeq: bytes.readDoubleLE(16),
  };
}

/** `flushedTo`: what of the segment was on disk for certain before this batch was written. */
export function encodeBatchHead(
  segment: number,
  offset: number,
  payloadBytes: number,
  flushedTo: number,
): Buffer {
  const bytes = Buffer.allocUnsafe(BATCH_HEAD_BYTES);
  BATCH_MAGIC.copy(bytes);
  bytes.writeUInt32LE(payloadBytes, 4);
  bytes.writeDoubleLE(flushedTo, 8);
  bytes.writeUInt32LE(headSum(bytes, segment, offset), 16);
  return bytes;
}

function headSum(head: Buffer, segment: number, offset: number): number {
  const place = Buffer.allocUnsafe(8);
  place.writeUInt32LE(segment, 0);
  place.writeUInt32LE(offset, 4);
  return crc32(head.subarray(0, 16), crc32(place));
}

interface BatchHead {
  readonly payloadBytes: number;
  readonly flushedTo: number;
}

function batchHeadAt(bytes: Buffer, segment: number, offset: number): BatchHead | undefined {
  if (offset + BATCH_HEAD_BYTES > bytes.length) return undefined;
  const head = bytes.subarray(offset, offset + BATCH_HEAD_BYTES);
  if (!head.subarray(0, 4).equals(BATCH_MAGIC)) return undefined;
  if (headSum(head, segment, offset) !== head.readUInt32LE(16)) return undefined;
  return { payloadBytes: head.readUInt32LE(4), flushedTo: head.readDoubleLE(8) };
}

/** The places of the records of the batch that begins there; undefined when it is not whole. */
export function batchAt(
  bytes: Buffer,
  segment: number,
  offset: number,
): { readonly records: readonly Buffer[]; readonly end: number } | undefined {
  const head = batchHeadAt(bytes, segment, offset);
  if (head === undefined) return undefined;
  const end = offset + BATCH_HEAD_BYTES + head.payloadBytes;
  if (end > bytes.length) return undefined;
  const payload = bytes.subarray(0, end);
  const records: Buffer[] = [];
  for (let at = offset + BATCH_HEAD_BYTES; at < end; ) {
    const record = recordAt(payload, at);
    if (record === undefined) return undefined;
    records.push(record);
    at += record.length;
  }
  return { records, end };
}

/**
 * Whether a later batch proves that what lies at `offset` had been flushed: then it was not cut off by a crash, but damaged afterwards.
 */
export function provesDamage(bytes: Buffer, segment: number, offset: number): boolean {
  for (let at = bytes.indexOf(BATCH_MAGIC, offset + 1); at >= 0; at = bytes.indexOf(BATCH_MAGIC, at + 1)) {
    const head = batchHeadAt(bytes, segment, at);
    if (head !== undefined && head.flushedTo > offset) return true;
  }
  return false;
}
