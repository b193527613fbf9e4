import type { ChecksumAlgorithm, ChecksumType } from '../checksums/algorithms.ts';
import type { ByteRange } from './byte-range.ts';
import type { RequestConditions } from './conditions.ts';
import type { CopySource } from './copy-source.ts';
import type { StoredHeaders, UserMetadata } from './stored-headers.ts';
import type { SubresourceAnswer } from './subresources.ts';

export interface OnBucket {
  readonly bucket: string;
}

export interface OnObject extends OnBucket {
  readonly key: string;
}

export interface OnUpload extends OnObject {
  readonly uploadId: string;
}

export interface ListBuckets {
  readonly kind: 'ListBuckets';
  readonly prefix: string;
  /** Absent: all of them. */
  readonly maxBuckets?: number;
  readonly continuationToken?: string;
}

export interface BucketOperation extends OnBucket {
  readonly kind:
    | 'CreateBucket'
    | 'HeadBucket'
    | 'DeleteBucket'
    | 'GetBucketLocation'
    | 'GetBucketNotificationConfiguration'
    | 'DeleteObjects';
}

export interface PutBucketNotificationConfiguration extends OnBucket {
  readonly kind: 'PutBucketNotificationConfiguration';
  /** Queues are taken at their word. */
  readonly skipsValidation: boolean;
}

/** What the three listings of keys have in common. */
export interface KeyListing extends OnBucket {
  readonly prefix: string;
  readonly delimiter: string;
  /** 0 to 1,000. */
  readonly maxKeys: number;
  /** Keys and prefixes are percent-encoded in the answer. */
  readonly encodeKeys: boolean;
}

export interface ListObjects extends KeyListing {
  readonly kind: 'ListObjects';
  readonly marker: string;
}

export interface ListObjectsV2 extends KeyListing {
  readonly kind: 'ListObjectsV2';
  readonly startAfter: string;
  readonly continuationToken?: string;
  readonly fetchOwner: boolean;
}

export interface ListObjectVersions extends KeyListing {
  readonly kind: 'ListObjectVersions';
  readonly keyMarker: string;
  readonly versionIdMarker: string;
}

export interface ListMultipartUploads extends OnBucket {
  readonly kind: 'ListMultipartUploads';
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxUploads: number;
  readonly encodeKeys: boolean;
  readonly keyMarker: string;
  readonly uploadIdMarker: string;
}

export interface ReadObject extends OnObject {
  readonly kind: 'GetObject' | 'HeadObject';
  readonly conditions: RequestConditions;
  readonly range?: { readonly range: ByteRange; readonly text: string; readonly ifRange?: string };
  readonly partNumber?: number;
  /** `response-content-type` and its kin, by the header that they replace. */
  readonly overrides: Readonly<Record<string, string>>;
  readonly checksumMode: boolean;
}

export interface PutObject extends OnObject {
  readonly kind: 'PutObject';
  readonly headers: StoredHeaders;
  readonly userMetadata: UserMetadata;
  readonly conditions: RequestConditions;
}

export interface CopyObject extends OnObject {
  readonly kind: 'CopyObject';
  readonly source: CopySource;
  /** What the copy gets instead of the source's; absent under the directive COPY. */
  readonly replacement?: { readonly headers: StoredHeaders; readonly userMetadata: UserMetadata };
  /** Given under either directive: the storage class is never copied. */
  readonly storageClass?: string;
  readonly redirectLocation?: string;
  readonly checksumAlgorithm?: ChecksumAlgorithm;
  readonly conditions: RequestConditions;
}

export interface DeleteObject extends OnObject {
  readonly kind: 'DeleteObject';
  readonly conditions: RequestConditions;
}

export type ObjectAttribute = 'ETag' | 'Checksum' | 'ObjectParts' | 'StorageClass' | 'ObjectSize';

export interface GetObjectAttributes extends OnObject {
  readonly kind: 'GetObjectAttributes';
  readonly attributes: readonly ObjectAttribute[];
  readonly maxParts: number;
  readonly partNumberMarker: number;
}

export interface CreateMultipartUpload extends OnObject {
  readonly kind: 'CreateMultipartUpload';
  readonly headers: StoredHeaders;
  readonly userMetadata: UserMetadata;
  readonly checksumAlgorithm?: ChecksumAlgorithm;
  readonly checksumType?: ChecksumType;
}

export interface UploadPart extends OnUpload {
  readonly kind: 'UploadPart';
  readonly partNumber: number;
}

export interface UploadPartCopy extends OnUpload {
  readonly kind: 'UploadPartCopy';
  readonly partNumber: number;
  readonly source: CopySource;
  /** Bytes [start, end). */
  readonly range?: { readonly start: number; readonly end: number; readonly text: string };
}

export interface CompleteMultipartUpload extends OnUpload {
  readonly kind: 'CompleteMultipartUpload';
  readonly conditions: RequestConditions;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
  readonly checksumType?: ChecksumType;
  /** `x-amz-mp-object-size`: what all parts must come to. */
  readonly objectSize?: number;
}

export interface AbortMultipartUpload extends OnUpload {
  readonly kind: 'AbortMultipartUpload';
}

export interface ListParts extends OnUpload {
  readonly kind: 'ListParts';
  readonly maxParts: number;
  readonly partNumberMarker: number;
  readonly encodeKeys: boolean;
}

/** A configuration that nobody can have set here: the answer is the one AWS gives where none is set. */
export interface ReadSubresource extends OnBucket {
  readonly kind: 'ReadSubresource';
  readonly name: string;
  /** Present when it belongs to an object, which must exist. */
  readonly key?: string;
  readonly answer: SubresourceAnswer;
}

/** Everything that a request can ask for. */
export type S3Operation =
  | ListBuckets
  | BucketOperation
  | PutBucketNotificationConfiguration
  | ListObjects
  | ListObjectsV2
  | ListObjectVersions
  | ListMultipartUploads
  | ReadObject
  | PutObject
  | CopyObject
  | DeleteObject
  | GetObjectAttributes
  | CreateMultipartUpload
  | UploadPart
  | UploadPartCopy
  | CompleteMultipartUpload
  | AbortMultipartUpload
  | ListParts
  | ReadSubresource;

/** Operations that are done in full, in AWS's names; `docs/reference/s3-operations.md` lists them. */
export const IMPLEMENTED_OPERATIONS = [
  'AbortMultipartUpload',
  'CompleteMultipartUpload',
  'CopyObject',
  'CreateBucket',
  'CreateMultipartUpload',
  'DeleteBucket',
  'DeleteObject',
  'DeleteObjects',
  'GetBucketLocation',
  'GetBucketNotificationConfiguration',
  'GetObject',
  'GetObjectAttributes',
  'HeadBucket',
  'HeadObject',
  'ListBuckets',
  'ListMultipartUploads',
  'ListObjects',
  'ListObjectsV2',
  'ListObjectVersions',
  'ListParts',
  'PutBucketNotificationConfiguration',
  'PutObject',
  'UploadPart',
  'UploadPartCopy',
] as const satisfies readonly S3Operation['kind'][];
