import { S3Error, type S3ErrorCode } from '@crescendo/s3';
import { StoreFailure, type StoreFailureCode } from '@crescendo/store';

/** What S3 calls the failures of the store; `docs/reference/s3-errors.md` has this table in words. */
export const S3_CODES: Readonly<Record<StoreFailureCode, S3ErrorCode>> = {
  BucketNotEmpty: 'BucketNotEmpty',
  Conflict: 'ConditionalRequestConflict',
  DataDamaged: 'InternalError',
  EntityTooLarge: 'EntityTooLarge',
  EntityTooSmall: 'EntityTooSmall',
  InvalidPart: 'InvalidPart',
  InvalidPartOrder: 'InvalidPartOrder',
  KeyTooLong: 'KeyTooLongError',
  NoSuchBucket: 'NoSuchBucket',
  NoSuchKey: 'NoSuchKey',
  NoSuchUpload: 'NoSuchUpload',
  NotModified: 'NotModified',
  PreconditionFailed: 'PreconditionFailed',
  StorageFull: 'InsufficientStorage',
  Unavailable: 'ServiceUnavailable',
};

export interface ErrorSubject {
  readonly bucket?: string;
  readonly key?: string;
  readonly uploadId?: string;
}

/**
 * Any failure as the error a client is told. What is not meant for clients stays in `cause`: an unexpected failure becomes
 * `InternalError` with the general text.
 */
export function toS3Error(thrown: unknown, subject: ErrorSubject): S3Error {
  if (thrown instanceof S3Error) return thrown;
  // The store may wrap what a body threw.
  if (thrown instanceof Error && thrown.cause instanceof S3Error) return thrown.cause;
  if (!(thrown instanceof StoreFailure)) return new S3Error('InternalError', undefined, { cause: thrown });
  const code = S3_CODES[thrown.code];
  return new S3Error(code, undefined, {
    details: detailsOf(code, subject),
    ...(code === 'ServiceUnavailable' || code === 'InsufficientStorage'
      ? { headers: { 'retry-after': '1' } }
      : {}),
    cause: thrown,
  });
}

function detailsOf(code: S3ErrorCode, subject: ErrorSubject): Record<string, string> {
  const { bucket, key, uploadId } = subject;
  switch (code) {
    case 'NoSuchBucket':
    case 'BucketNotEmpty':
      return bucket === undefined ? {} : { BucketName: bucket };
    case 'NoSuchKey':
      return key === undefined ? {} : { Key: key };
    case 'NoSuchUpload':
      return uploadId === undefined ? {} : { UploadId: uploadId };
    default:
      return {};
  }
}
