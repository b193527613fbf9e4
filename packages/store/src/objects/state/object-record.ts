/**
 * The record of an object. What a listing shows stands at its front as one run of bytes, so a listing copies it without
 * reading the rest.
 */
import { parseHex, toHex } from '@crescendo/base';
import { type BlobId, idBytes } from '../identifiers.ts';
import type { Checksum, ChecksumAlgorithm, ListedObject, SystemHeaders } from '../object-store.ts';
import { ByteReader, ByteWriter } from './record-bytes.ts';

export interface BlobReference {
  readonly blobId: BlobId;
  readonly size: number;
  readonly chunkBytes: number;
}

/** Bytes in table 0x24, under the index of the log entry that brought them. */
export interface InlineReference {
  readonly index: number;
  readonly size: number;
}

export type DataReference =
  | ({ readonly kind: 'inline' } & InlineReference)
  | ({ readonly kind: 'blob' } & BlobReference)
  /** Parts in order: `blobs` of them in the manifest of that index, then perhaps one that is kept inline. */
  | {
      readonly kind: 'parts';
      readonly manifest: number;
      readonly blobs: number;
      readonly tail?: InlineReference;
    };

export interface ObjectRecord {
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly headers: SystemHeaders;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly checksum?: Checksum;
  readonly data: DataReference;
}

const VERSION = 1;
const ALGORITHMS: readonly ChecksumAlgorithm[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'];
const COMPOSITE = 8;

export function encodeObject(record: ObjectRecord): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).bytes(encodeHead(record));
  writeData(writer, record.data);
  writer
    .textMap(record.headers)
    .textMap(record.userMetadata)
    .text(record.checksum?.value ?? '');
  return writer.finish();
}

export function decodeObject(bytes: Uint8Array): ObjectRecord {
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  const head = decodeHead(reader.bytes());
  const data = readData(reader);
  const headers: SystemHeaders = reader.textMap();
  const userMetadata = reader.textMap();
  const value = reader.text();
  const { size, etag, modifiedMs } = head;
  return {
    ...{ size, etag, modifiedMs, headers, userMetadata, data },
    ...(head.checksum === undefined ? {} : { checksum: { ...head.checksum, value } }),
  };
}

/** The front of a stored record: a view. */
export function objectHead(bytes: Uint8Array): Uint8Array {
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  return reader.bytes();
}

function encodeHead({ size, modifiedMs, etag, headers, checksum }: ObjectRecord): Uint8Array {
  const writer = new ByteWriter().varint(size).varint(modifiedMs);
  writeEtag(writer, etag);
  return writer
    .u8(checksumKind(checksum))
    .text(headers['x-amz-storage-class'] ?? '')
    .finish();
}

/** Reads the front of a record, as listings carry it. */
export function decodeHead(head: Uint8Array): Omit<ListedObject, 'key'> {
  const reader = new ByteReader(head);
  const size = reader.varint();
  const modifiedMs = reader.varint();
  const etag = readEtag(reader);
  const checksum = checksumOfKind(reader.u8());
  const storageClass = reader.text();
  return {
    ...{ size, modifiedMs, etag },
    ...(checksum === undefined ? {} : { checksum }),
    ...(storageClass === '' ? {} : { storageClass }),
  };
}

/** One byte for algorithm and type; 0 for none. */
export function checksumKind(checksum: Pick<Checksum, 'algorithm' | 'type'> | undefined): number {
  if (checksum === undefined) return 0;
  return ALGORITHMS.indexOf(checksum.algorithm) + 1 + (checksum.type === 'COMPOSITE' ? COMPOSITE : 0);
}

export function checksumOfKind(kind: number): Pick<Checksum, 'algorithm' | 'type'> | undefined {
  const algorithm = ALGORITHMS[(kind % COMPOSITE) - 1];
  if (algorithm === undefined) return undefined;
  return { algorithm, type: kind >= COMPOSITE ? 'COMPOSITE' : 'FULL_OBJECT' };
}

const PLAIN_ETAG = 0;
const PARTS_ETAG = 1;
const OTHER_ETAG = 2;
const DIGEST_ETAG = /^([0-9a-f]{32})(?:-([1-9][0-9]{0,8}))?$/;

/** The usual forms of an ETag take half their length. */
export function writeEtag(writer: ByteWriter, etag: string): void {
  const match = DIGEST_ETAG.exec(etag);
  const digest = match === null ? undefined : parseHex(match[1]!);
  if (match === null || digest === undefined) writer.u8(OTHER_ETAG).text(etag);
  else if (match[2] === undefined) writer.u8(PLAIN_ETAG).raw(digest);
  else writer.u8(PARTS_ETAG).raw(digest).varint(Number(match[2]));
}

export function readEtag(reader: ByteReader): string {
  const form = reader.u8();
  if (form === OTHER_ETAG) return reader.text();
  const digest = toHex(reader.raw(16));
  return form === PLAIN_ETAG ? digest : `${digest}-${reader.varint()}`;
}

const DATA_KINDS = ['inline', 'blob', 'parts'] as const;

export function writeData(writer: ByteWriter, data: DataReference): void {
  writer.u8(DATA_KINDS.indexOf(data.kind));
  if (data.kind === 'inline') writeInline(writer, data);
  else if (data.kind === 'blob') writeBlob(writer, data);
  else {
    writer.u48(data.manifest).varint(data.blobs);
    writer.u8(data.tail === undefined ? 0 : 1);
    if (data.tail !== undefined) writeInline(writer, data.tail);
  }
}

export function readData(reader: ByteReader): DataReference {
  const kind = DATA_KINDS[reader.u8()];
  if (kind === 'inline') return { kind, ...readInline(reader) };
  if (kind === 'blob') return { kind, ...readBlob(reader) };
  const manifest = reader.u48();
  const blobs = reader.varint();
  const tail = reader.u8() === 1 ? { tail: readInline(reader) } : {};
  return { kind: 'parts', manifest, blobs, ...tail };
}

function writeInline(writer: ByteWriter, { index, size }: InlineReference): void {
  writer.u48(index).varint(size);
}

function readInline(reader: ByteReader): InlineReference {
  return { index: reader.u48(), size: reader.varint() };
}

/** Fixed length, so that a manifest can be entered anywhere. */
export const BLOB_REFERENCE_BYTES = 16 + 6 + 4;

export function writeBlob(writer: ByteWriter, { blobId, size, chunkBytes }: BlobReference): void {
  writer.raw(idBytes(blobId)).u48(size).u32(chunkBytes);
}

export function readBlob(reader: ByteReader): BlobReference {
  return { blobId: toHex(reader.raw(16)), size: reader.u48(), chunkBytes: reader.u32() };
}

const MANIFEST_VERSION = 1;

export function encodeManifest(blobs: readonly BlobReference[]): Uint8Array {
  const writer = new ByteWriter().u8(MANIFEST_VERSION);
  for (const blob of blobs) writeBlob(writer, blob);
  return writer.finish();
}

/** Blobs [from, to) of a stored manifest. */
export function decodeManifest(bytes: Uint8Array, from = 0, to = Number.POSITIVE_INFINITY): BlobReference[] {
  new ByteReader(bytes).version(MANIFEST_VERSION);
  const count = (bytes.length - 1) / BLOB_REFERENCE_BYTES;
  const reader = new ByteReader(bytes, 1 + from * BLOB_REFERENCE_BYTES);
  const blobs: BlobReference[] = [];
  for (let i = from; i < Math.min(to, count); i++) blobs.push(readBlob(reader));
  return blobs;
}
