/** Records of multipart uploads: the upload, its parts, and the result of one that was completed. */
import { toHex } from '@crescendo/base';
import { type Generation, idBytes } from '../identifiers.ts';
import type { Checksum, ChecksumAlgorithm, PartInfo, SystemHeaders } from '../object-store.ts';
import {
  checksumKind,
  checksumOfKind,
  type DataReference,
  readData,
  readEtag,
  writeData,
  writeEtag,
} from './object-record.ts';
import { ByteReader, ByteWriter } from './record-bytes.ts';

const VERSION = 1;

export interface UploadRecord {
  readonly initiatedMs: number;
  readonly checksumAlgorithm?: ChecksumAlgorithm;
  readonly checksumType?: Checksum['type'];
  readonly headers: SystemHeaders;
  readonly userMetadata: Readonly<Record<string, string>>;
}

/** What a listing shows of an upload. */
export type UploadHead = Pick<UploadRecord, 'initiatedMs' | 'checksumAlgorithm' | 'checksumType'>;

export function encodeUpload(record: UploadRecord): Uint8Array {
  const head = new ByteWriter().varint(record.initiatedMs);
  head.text(record.checksumAlgorithm ?? '').text(record.checksumType ?? '');
  const writer = new ByteWriter().u8(VERSION).bytes(head.finish());
  return writer.textMap(record.headers).textMap(record.userMetadata).finish();
}

export function decodeUpload(bytes: Uint8Array): UploadRecord {
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  const head = decodeUploadHead(reader.bytes());
  return { ...head, headers: reader.textMap() as SystemHeaders, userMetadata: reader.textMap() };
}

/** The front of a stored record, as listings carry it: a view. */
export function uploadHead(bytes: Uint8Array): Uint8Array {
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  return reader.bytes();
}

export function decodeUploadHead(head: Uint8Array): UploadHead {
  const reader = new ByteReader(head);
  const initiatedMs = reader.varint();
  const algorithm = reader.text() as ChecksumAlgorithm | '';
  const type = reader.text() as Checksum['type'] | '';
  return {
    initiatedMs,
    ...(algorithm === '' ? {} : { checksumAlgorithm: algorithm }),
    ...(type === '' ? {} : { checksumType: type }),
  };
}

export interface PartRecord {
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly checksum?: Checksum;
  /** Index of the log entry that brought it: tells a part from the one that replaces it. */
  readonly revision: number;
  readonly data: DataReference;
}

export function encodePart(record: PartRecord): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).varint(record.size).varint(record.modifiedMs);
  writeEtag(writer, record.etag);
  writer
    .u8(checksumKind(record.checksum))
    .text(record.checksum?.value ?? '')
    .u48(record.revision);
  writeData(writer, record.data);
  return writer.finish();
}

export function decodePart(bytes: Uint8Array): PartRecord {
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  const size = reader.varint();
  const modifiedMs = reader.varint();
  const etag = readEtag(reader);
  const kind = checksumOfKind(reader.u8());
  const value = reader.text();
  const revision = reader.u48();
  return {
    ...{ size, modifiedMs, etag, revision, data: readData(reader) },
    ...(kind === undefined ? {} : { checksum: { ...kind, value } }),
  };
}

/** Answers a repeated completion although the object may have changed since. */
export interface CompletedRecord {
  readonly generation: Generation;
  readonly key: string;
  readonly completedMs: number;
  readonly size: number;
  readonly etag: string;
  readonly checksum?: Checksum;
  readonly headers: SystemHeaders;
  readonly userMetadata: Readonly<Record<string, string>>;
}

export function encodeCompleted(record: CompletedRecord): Uint8Array {
  const writer = new ByteWriter().u8(VERSION).raw(idBytes(record.generation)).text(record.key);
  writer.varint(record.completedMs).varint(record.size);
  writeEtag(writer, record.etag);
  writer.u8(checksumKind(record.checksum)).text(record.checksum?.value ?? '');
  return writer.textMap(record.headers).textMap(record.userMetadata).finish();
}

export function decodeCompleted(bytes: Uint8Array): CompletedRecord {
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  const generation = toHex(reader.raw(8));
  const key = reader.text();
  const completedMs = reader.varint();
  const size = reader.varint();
  const etag = readEtag(reader);
  const kind = checksumOfKind(reader.u8());
  const value = reader.text();
  const headers = reader.textMap() as SystemHeaders;
  return {
    ...{ generation, key, completedMs, size, etag, headers, userMetadata: reader.textMap() },
    ...(kind === undefined ? {} : { checksum: { ...kind, value } }),
  };
}

const PACKED_PART_BYTES = 2 + 6;

/** A part as a completion names it: its number and its revision. */
export interface PartChoice {
  readonly partNumber: number;
  readonly revision: number;
}

/** Ten thousand parts take 80 KB of the log. */
export function packParts(parts: readonly PartChoice[]): Uint8Array {
  const writer = new ByteWriter();
  for (const { partNumber, revision } of parts) writer.u16(partNumber).u48(revision);
  return writer.finish();
}

/** undefined when the bytes are not a list of parts. */
export function unpackParts(bytes: Uint8Array): PartChoice[] | undefined {
  if (bytes.length % PACKED_PART_BYTES !== 0) return undefined;
  const reader = new ByteReader(bytes);
  const parts: PartChoice[] = [];
  while (!reader.atEnd) parts.push({ partNumber: reader.u16(), revision: reader.u48() });
  return parts;
}

const PACKED_INFO_VERSION = 1;

/** Parts on their way to a gateway. */
export function packPartInfos(parts: readonly (PartInfo & PartChoice)[]): Uint8Array {
  const writer = new ByteWriter().u8(PACKED_INFO_VERSION);
  for (const part of parts) {
    writer.u16(part.partNumber).u48(part.revision).varint(part.size).varint(part.modifiedMs);
    writeEtag(writer, part.etag);
    writer.u8(checksumKind(part.checksum)).text(part.checksum?.value ?? '');
  }
  return writer.finish();
}

export function unpackPartInfos(bytes: Uint8Array): (PartInfo & PartChoice)[] {
  const reader = new ByteReader(bytes);
  reader.version(PACKED_INFO_VERSION);
  const parts: (PartInfo & PartChoice)[] = [];
  while (!reader.atEnd) {
    const [partNumber, revision, size, modifiedMs] = [
      reader.u16(),
      reader.u48(),
      reader.varint(),
      reader.varint(),
    ];
    const etag = readEtag(reader);
    const kind = checksumOfKind(reader.u8());
    const value = reader.text();
    const checksum = kind === undefined ? {} : { checksum: { ...kind, value } };
    parts.push({ partNumber, revision, size, modifiedMs, etag, ...checksum });
  }
  return parts;
}
