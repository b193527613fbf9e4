/**
 * The layout of a partition's map. The first byte names a table; below 0x10 is the host's. Byte order of keys is the order that
 * listings and sweeps go in.
 *
 * | table | key behind the first byte | holds |
 * |---|---|---|
 * | 0x10 | - | counters |
 * | 0x11 | bucket name | home record of a bucket |
 * | 0x12 | bucket name | what this partition knows of a bucket |
 * | 0x13 | generation (8) | a bucket whose deletion is under way |
 * | 0x14 | generation (8) | a bucket whose notification rules are on their way to the partitions |
 * | 0x20 | generation (8), key | object |
 * | 0x21 | generation (8), escaped key, 0 0, upload id (16) | upload |
 * | 0x22 | upload id (16), part number (2) | part |
 * | 0x23 | upload id (16) | result of a completed upload |
 * | 0x24 | log index (6) | inline bytes |
 * | 0x25 | log index (6) | the list of blobs of an object of many parts |
 * | 0x26 | blob id (16) | the blob is referenced here, or waits in the garbage |
 * | 0x27 | blob id (16) | the blob is held for a slow writer, or aborted |
 * | 0x28 | time (6), log index (6), ordinal (2) | garbage |
 * | 0x29 | time (6), upload id (16) | when a completed upload was completed |
 * | 0x2a | - | blobs born before this moment can't be committed any more |
 * | 0x30 | blob id (16), chunk index (4) | registered chunk |
 * | 0x31 | time (6), blob id (16), chunk index (4) | registered chunk that is not known to be referenced yet |
 * | 0x40 | destination, 0, log index (6) | event that waits for delivery |
 * | 0x41 | destination | how many wait for it |
 */
import { concatBytes, copyBytes, utf8 } from '@crescendo/base';
import { type BlobId, type Generation, idBytes, type UploadId } from '../identifiers.ts';

export const TABLE = {
  counters: 0x10,
  homeBuckets: 0x11,
  buckets: 0x12,
  bucketWork: 0x13,
  ruleWork: 0x14,
  objects: 0x20,
  uploads: 0x21,
  parts: 0x22,
  completed: 0x23,
  inline: 0x24,
  manifests: 0x25,
  blobs: 0x26,
  marks: 0x27,
  garbage: 0x28,
  completedTimes: 0x29,
  blobFloor: 0x2a,
  chunks: 0x30,
  pendingChunks: 0x31,
  outbox: 0x40,
  outboxCounts: 0x41,
} as const;

export function tableKey(table: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(Uint8Array.of(table), ...parts);
}

/** Big-endian. */
export function numberBytes(value: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = Math.floor(value);
  for (let i = size - 1; i >= 0; i--) {
    bytes[i] = rest % 0x100;
    rest = Math.floor(rest / 0x100);
  }
  return bytes;
}

/** The first byte string behind all that begin with these bytes. */
export function behindPrefix(prefix: Uint8Array): Uint8Array {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  const next = copyBytes(prefix.subarray(0, length));
  next[length - 1] = next[length - 1]! + 1;
  return next;
}

/** Everything that begins with these bytes. */
export function prefixRange(prefix: Uint8Array): { readonly start: Uint8Array; readonly end: Uint8Array } {
  return { start: prefix, end: behindPrefix(prefix) };
}

/** The first key behind this one. */
export function behindKey(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

export function objectsOf(generation: Generation): Uint8Array {
  return tableKey(TABLE.objects, idBytes(generation));
}

export function objectKey(generation: Generation, key: Uint8Array): Uint8Array {
  return tableKey(TABLE.objects, idBytes(generation), key);
}

export function uploadsOf(generation: Generation): Uint8Array {
  return tableKey(TABLE.uploads, idBytes(generation));
}

export function uploadKey(generation: Generation, key: Uint8Array, upload: UploadId): Uint8Array {
  return tableKey(TABLE.uploads, idBytes(generation), uploadPosition(key, upload));
}

export function partsOf(upload: UploadId): Uint8Array {
  return tableKey(TABLE.parts, idBytes(upload));
}

export function partKey(upload: UploadId, partNumber: number): Uint8Array {
  return tableKey(TABLE.parts, idBytes(upload), numberBytes(partNumber, 2));
}

export function blobKey(blob: BlobId): Uint8Array {
  return tableKey(TABLE.blobs, idBytes(blob));
}

export function markKey(blob: BlobId): Uint8Array {
  return tableKey(TABLE.marks, idBytes(blob));
}

export function chunkKey(blob: BlobId, index: number): Uint8Array {
  return tableKey(TABLE.chunks, idBytes(blob), numberBytes(index, 4));
}

export function pendingChunkKey(sinceMs: number, blob: BlobId, index: number): Uint8Array {
  return tableKey(TABLE.pendingChunks, numberBytes(sinceMs, 6), idBytes(blob), numberBytes(index, 4));
}

export function bucketKey(table: number, bucket: string): Uint8Array {
  return tableKey(table, utf8(bucket));
}

const UPLOAD_ID_BYTES = 16;

/** Keeps order and prefixes, and leaves 0 0 free as an end mark: 0 becomes 0 1. */
export function escapeZeros(key: Uint8Array): Uint8Array {
  if (!key.includes(0)) return key;
  const escaped: number[] = [];
  for (const byte of key) {
    escaped.push(byte);
    if (byte === 0) escaped.push(1);
  }
  return Uint8Array.from(escaped);
}

export function unescapeZeros(escaped: Uint8Array): Uint8Array {
  if (!escaped.includes(0)) return escaped;
  return escaped.filter((_, i) => i === 0 || escaped[i - 1] !== 0);
}

/** Where an upload stands among its bucket's: ordered by key, then by id. */
export function uploadPosition(key: Uint8Array, upload: UploadId): Uint8Array {
  return concatBytes(escapeZeros(key), Uint8Array.of(0, 0), idBytes(upload));
}

/** Behind every upload of the key. */
export function behindUploadsOf(key: Uint8Array): Uint8Array {
  return concatBytes(escapeZeros(key), Uint8Array.of(0, 0), new Uint8Array(UPLOAD_ID_BYTES).fill(0xff));
}

export function parseUploadPosition(position: Uint8Array): {
  readonly key: Uint8Array;
  readonly id: Uint8Array;
} {
  const escaped = position.subarray(0, position.length - UPLOAD_ID_BYTES - 2);
  return { key: unescapeZeros(escaped), id: position.subarray(position.length - UPLOAD_ID_BYTES) };
}
