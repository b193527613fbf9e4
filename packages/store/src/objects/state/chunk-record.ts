/** Records of chunks, in the chunk's own partition, and of garbage, in the partition of what it belonged to. */
import { toHex } from '@crescendo/base';
import { idBytes, type UploadId } from '../identifiers.ts';
import { type BlobReference, readBlob, writeBlob } from './object-record.ts';
import { ByteReader, ByteWriter } from './record-bytes.ts';

const VERSION = 1;

export interface ChunkRecord {
  readonly size: number;
  /** Checksum that the writer gave, if any. */
  readonly crc?: number;
  /** Partition whose object or part refers to the chunk's blob, or will. */
  readonly owner: number;
  /** Where it stands in table 0x31; 0 once its blob is known to be referenced. */
  readonly pendingSinceMs: number;
}

export function encodeChunk(record: ChunkRecord): Uint8Array {
  const writer = new ByteWriter()
    .u8(VERSION)
    .varint(record.size)
    .u16(record.owner)
    .u48(record.pendingSinceMs);
  if (record.crc !== undefined) writer.u32(record.crc);
  return writer.finish();
}

export function decodeChunk(bytes: Uint8Array): ChunkRecord {
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  const record = { size: reader.varint(), owner: reader.u16(), pendingSinceMs: reader.u48() };
  return reader.atEnd ? record : { ...record, crc: reader.u32() };
}

/**
 * Data that nothing refers to any more. `cursor` says how far its chunks are deleted and forgotten: blobs of a
 * manifest, or part numbers of an upload.
 */
export type GarbageRecord =
  | { readonly kind: 'blob'; readonly cursor: number; readonly blob: BlobReference }
  | { readonly kind: 'manifest'; readonly cursor: number; readonly manifest: number }
  | { readonly kind: 'upload'; readonly cursor: number; readonly upload: UploadId };

const GARBAGE_KINDS = ['blob', 'manifest', 'upload'] as const;

export function encodeGarbage(record: GarbageRecord): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).u8(GARBAGE_KINDS.indexOf(record.kind)).varint(record.cursor);
  if (record.kind === 'blob') writeBlob(writer, record.blob);
  else if (record.kind === 'manifest') writer.u48(record.manifest);
  else writer.raw(idBytes(record.upload));
  return writer.finish();
}

export function decodeGarbage(bytes: Uint8Array): GarbageRecord {
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  const kind = GARBAGE_KINDS[reader.u8()];
  const cursor = reader.varint();
  if (kind === 'blob') return { kind, cursor, blob: readBlob(reader) };
  if (kind === 'manifest') return { kind, cursor, manifest: reader.u48() };
  return { kind: 'upload', cursor, upload: toHex(reader.raw(16)) };
}

/** A blob that is not referenced: `heldUntilMs` protects it while it is being written, 0 means that it was aborted for good. */
export interface BlobMark {
  readonly heldUntilMs: number;
}

export function encodeMark({ heldUntilMs }: BlobMark): Uint8Array {
  return new ByteWriter().u8(VERSION).u48(heldUntilMs).finish();
}

export function decodeMark(bytes: Uint8Array): BlobMark {
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  return { heldUntilMs: reader.u48() };
}

export type BlobState = 'known' | 'unresolved';
