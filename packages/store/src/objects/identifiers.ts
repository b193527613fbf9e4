/**
 * The names that the object layer makes: generations of buckets, blobs, uploads, chunks. Each is hexadecimal of fixed length, so
 * that text order is byte order, and unique without asking anybody.
 */
import { parseHex, toHex, utf8 } from '@crescendo/base';
import type { ChunkName } from '../ports/chunk-store.ts';

/**
 * One life of a bucket name: 16 hexadecimal digits, the home partition (4) and the index of the log entry that created it
 * (12). Lives of the same name follow each other in this order.
 */
export type Generation = string;

/** A run of bytes that is cut into chunks: 32 hexadecimal digits, milliseconds since 1970 (12) and randomness (20). */
export type BlobId = string;

/** 32 hexadecimal digits: index of the log entry that began it (12) and randomness (20); later ones come later. */
export type UploadId = string;

export const BLOB_RANDOM_BYTES = 10;
export const UPLOAD_NONCE_BYTES = 10;
const GENERATION = /^[0-9a-f]{16}$/;
const LONG_ID = /^[0-9a-f]{32}$/;
const CHUNK_NAME = /^([0-9a-f]{32})\.(0|[1-9][0-9]{0,8})$/;

export function generationOf(homePartition: number, index: number): Generation {
  return homePartition.toString(16).padStart(4, '0') + hex48(index);
}

export function isGeneration(text: string): boolean {
  return GENERATION.test(text);
}

/** `random` gives `BLOB_RANDOM_BYTES` bytes. */
export function blobIdOf(bornMs: number, random: Uint8Array): BlobId {
  return hex48(bornMs) + toHex(random);
}

export function isBlobId(text: string): boolean {
  return LONG_ID.test(text);
}

/** When the gateway began the blob, by its own clock. */
export function blobBornMs(blob: BlobId): number {
  return Number.parseInt(blob.slice(0, 12), 16);
}

export function uploadIdOf(index: number, nonce: Uint8Array): UploadId {
  return hex48(index) + toHex(nonce);
}

export function isUploadId(text: string): boolean {
  return LONG_ID.test(text);
}

export function chunkName(blob: BlobId, index: number): ChunkName {
  return `${blob}.${index}`;
}

export function parseChunkName(name: string): { readonly blob: BlobId; readonly index: number } | undefined {
  const match = CHUNK_NAME.exec(name);
  return match === null ? undefined : { blob: match[1]!, index: Number(match[2]) };
}

export function chunkCount(size: number, chunkBytes: number): number {
  return Math.ceil(size / chunkBytes);
}

/** The bytes behind an identifier of this file. */
export function idBytes(id: string): Uint8Array {
  return parseHex(id) ?? new Uint8Array(id.length / 2);
}

/**
 * What is hashed to find the partition of an object and of its uploads: bucket, `/`, key. Part of the stored format. Bucket names
 * hold no slash, so no two objects share a name.
 */
export function objectPlacement(bucket: string, key: string): Uint8Array {
  return utf8(`${bucket}/${key}`);
}

/** What is hashed to find a bucket's home partition. Part of the stored format. */
export function bucketPlacement(bucket: string): Uint8Array {
  return utf8(bucket);
}

/** What is hashed to find a chunk's partition. Part of the stored format. */
export function chunkPlacement(name: ChunkName): Uint8Array {
  return utf8(name);
}

function hex48(value: number): string {
  return Math.floor(value).toString(16).padStart(12, '0');
}
