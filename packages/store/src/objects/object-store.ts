import type { WriteOrigin } from '../ports/event-sink.ts';
import type { EventRule } from './event-rule.ts';

/**
 * What the doors (S3, classic, admin) ask of the store. Every write is durable on a majority when its promise
 * resolves, every read sees every write that was acknowledged before it began.
 */

export interface BucketInfo {
  readonly name: string;
  readonly createdMs: number;
}

/** Headers that are stored with an object and given back as they came; names in lower case. */
export type SystemHeaders = Readonly<
  Partial<
    Record<
      | 'content-type'
      | 'content-encoding'
      | 'content-disposition'
      | 'content-language'
      | 'cache-control'
      | 'expires'
      | 'x-amz-storage-class'
      | 'x-amz-website-redirect-location',
      string
    >
  >
>;

export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256';

export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
  /** Base64; composite values end in `-<number of parts>`. */
  readonly value: string;
}

export interface ObjectInfo {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  /** Without quotes: MD5 in hexadecimal, or `<MD5 of MD5s>-<parts>` after a multipart upload. */
  readonly etag: string;
  readonly modifiedMs: number;
  readonly headers: SystemHeaders;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly checksum?: Checksum;
  /** Size of each part, in order, after a multipart upload. */
  readonly partSizes?: readonly number[];
}

/** Conditions on the object that stands at the key at the moment of the write (or of the read). */
export interface Conditions {
  /** ETags without quotes, or `*`. */
  readonly ifMatch?: readonly string[];
  readonly ifNoneMatch?: readonly string[];
  /** Milliseconds since 1970, whole seconds; reads and the source of copies only. */
  readonly ifModifiedSinceMs?: number;
  readonly ifUnmodifiedSinceMs?: number;
}

/** Bytes on their way in. Iterating may throw: then nothing is written. */
export interface BodySource {
  /** Number of bytes when it is known beforehand. */
  readonly size?: number;
  /** A piece is valid until the next one is asked for. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** All bytes, where they are there already: `bytes` need not be read then. They are not changed any more. */
  readonly whole?: Uint8Array;
  /**
   * Called once all bytes have been taken and before anything is committed: gives what was computed from them. It throws when a
   * promised digest, signature or length was not met; then nothing is written.
   */
  finish(): Promise<{ readonly etag: string; readonly checksum?: Checksum }>;
}

export interface PutObjectInput {
  readonly bucket: string;
  readonly key: string;
  readonly headers: SystemHeaders;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly conditions: Conditions;
  readonly body: BodySource;
  /** The bytes come from another object. */
  readonly copied?: boolean;
  readonly origin?: WriteOrigin;
}

/** An object to be read. Its bytes stay readable for at least a minute although it is overwritten or deleted. */
export interface ObjectRead {
  readonly info: ObjectInfo;
  /** Bytes [start, end) in pieces; a piece is valid until the next one is asked for. Fails rather than hand out a wrong byte. */
  bytes(start: number, end: number): AsyncIterable<Uint8Array>;
  /** The whole object when it is held in memory already (small ones are). */
  readonly inline?: Uint8Array;
}

export interface ListObjectsInput {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  /** Only what follows this in UTF-8 byte order: a key, or a common prefix that was listed last. */
  readonly after: string;
  /** At most this many keys and common prefixes together. */
  readonly limit: number;
}

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly storageClass?: string;
  readonly checksum?: Pick<Checksum, 'algorithm' | 'type'>;
}

export interface ListObjectsPage {
  readonly objects: readonly ListedObject[];
  readonly commonPrefixes: readonly string[];
  readonly truncated: boolean;
  /** Where the next page begins (the last key or common prefix of this one); present when truncated. */
  readonly nextAfter?: string;
}

export interface CreateUploadInput {
  readonly bucket: string;
  readonly key: string;
  readonly headers: SystemHeaders;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly checksumAlgorithm?: ChecksumAlgorithm;
  readonly checksumType?: Checksum['type'];
}

export interface UploadInfo {
  readonly key: string;
  readonly uploadId: string;
  readonly initiatedMs: number;
  readonly checksumAlgorithm?: ChecksumAlgorithm;
  readonly checksumType?: Checksum['type'];
}

export interface PartInfo {
  readonly partNumber: number;
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly checksum?: Checksum;
}

export interface PartReference {
  readonly partNumber: number;
  readonly etag: string;
  readonly checksum?: Pick<Checksum, 'algorithm' | 'value'>;
}

export interface UploadTarget {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

export interface CompleteUploadInput extends UploadTarget {
  readonly parts: readonly PartReference[];
  readonly conditions: Conditions;
  readonly origin?: WriteOrigin;
  /** Computes the object's ETag and checksum from its parts'; given in order. */
  finish(
    parts: readonly PartInfo[],
    upload: UploadInfo,
  ): Promise<{ readonly etag: string; readonly checksum?: Checksum }>;
}

export interface ListPartsPage {
  readonly upload: UploadInfo;
  readonly parts: readonly PartInfo[];
  readonly truncated: boolean;
}

export interface ListUploadsInput {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly afterKey: string;
  /** With `afterKey`: only later uploads of that key; empty: none of that key. */
  readonly afterUploadId: string;
  readonly limit: number;
}

export interface ListUploadsPage {
  readonly uploads: readonly UploadInfo[];
  readonly commonPrefixes: readonly string[];
  readonly truncated: boolean;
}

/** Every method fails with a `StoreFailure`, see `store-failure.ts`. */
export interface ObjectStore {
  /** `exists` when the bucket was there already. */
  createBucket(name: string): Promise<{ readonly outcome: 'created' | 'exists' }>;
  headBucket(name: string): Promise<BucketInfo>;
  deleteBucket(name: string): Promise<void>;
  listBuckets(): Promise<readonly BucketInfo[]>;
  /** In the order in which they were put; none where none were. */
  getEventRules(bucket: string): Promise<readonly EventRule[]>;
  /**
   * Replaces the bucket's rules: every write that begins after this resolves is judged by the new ones. Until then, and for a few seconds
   * after a failure, a write is judged by the old ones or the new ones.
   */
  putEventRules(bucket: string, rules: readonly EventRule[]): Promise<void>;

  putObject(input: PutObjectInput): Promise<ObjectInfo>;
  /** Conditions are checked against the same version that is read. */
  getObject(bucket: string, key: string, conditions?: Conditions): Promise<ObjectRead>;
  /** Resolves also when there was no object, unless conditions ask for one. */
  deleteObject(
    bucket: string,
    key: string,
    conditions?: Conditions,
    origin?: WriteOrigin,
  ): Promise<{ readonly existed: boolean }>;
  listObjects(input: ListObjectsInput): Promise<ListObjectsPage>;

  createUpload(input: CreateUploadInput): Promise<UploadInfo>;
  /** What `createUpload` was told: parts are checked against it. */
  getUpload(target: UploadTarget): Promise<UploadInfo>;
  putPart(
    target: UploadTarget & { readonly partNumber: number; readonly body: BodySource },
  ): Promise<PartInfo>;
  completeUpload(input: CompleteUploadInput): Promise<ObjectInfo>;
  abortUpload(target: UploadTarget): Promise<void>;
  listParts(
    target: UploadTarget & { readonly after: number; readonly limit: number },
  ): Promise<ListPartsPage>;
  listUploads(input: ListUploadsInput): Promise<ListUploadsPage>;
}
