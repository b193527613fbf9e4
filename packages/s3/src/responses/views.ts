import type { ChecksumAlgorithm, ChecksumType } from '../checksums/algorithms.ts';

/**
 * What the answers need to know of buckets, objects and uploads. The store's own records have these fields, so they fit without
 * conversion; this package does not import the store.
 */
export interface ChecksumView {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  /** Base64; composite values end in `-<number of parts>`. */
  readonly value: string;
}

export interface BucketView {
  readonly name: string;
  readonly createdMs: number;
}

export interface ObjectView {
  readonly key: string;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly modifiedMs: number;
  readonly headers: Readonly<Partial<Record<string, string>>>;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly checksum?: ChecksumView;
  readonly partSizes?: readonly number[];
}

export interface ListedObjectView {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly storageClass?: string;
  readonly checksum?: Pick<ChecksumView, 'algorithm' | 'type'>;
}

/** A page of a listing; `nextAfter` is where the next one begins. */
export interface KeyPageView {
  readonly objects: readonly ListedObjectView[];
  readonly commonPrefixes: readonly string[];
  readonly truncated: boolean;
  readonly nextAfter?: string;
}

export interface UploadView {
  readonly key: string;
  readonly uploadId: string;
  readonly initiatedMs: number;
  readonly checksumAlgorithm?: ChecksumAlgorithm;
  readonly checksumType?: ChecksumType;
}

export interface UploadPageView {
  readonly uploads: readonly UploadView[];
  readonly commonPrefixes: readonly string[];
  readonly truncated: boolean;
}

export interface PartView {
  readonly partNumber: number;
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly checksum?: ChecksumView;
}
