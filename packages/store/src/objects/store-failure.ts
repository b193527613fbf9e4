import { Failure } from '@crescendo/base';

/**
 * Everything the store can refuse or fail to do. The doors translate: S3 has one table from these codes to its
 * own.
 */
export type StoreFailureCode =
  | 'NoSuchBucket'
  | 'BucketNotEmpty'
  | 'NoSuchKey'
  | 'NoSuchUpload'
  | 'InvalidPart'
  | 'InvalidPartOrder'
  | 'EntityTooSmall'
  | 'EntityTooLarge'
  | 'KeyTooLong'
  | 'PreconditionFailed'
  /** A read whose If-None-Match or If-Modified-Since says that the reader has it. */
  | 'NotModified'
  /** The write met another one of the same kind in flight: AWS's ConditionalRequestConflict. */
  | 'Conflict'
  /** The volumes of the nodes concerned are full: reads and deletes go on. */
  | 'StorageFull'
  /** A majority of the replicas concerned can't be reached now; nothing is lost, try again. */
  | 'Unavailable'
  /** No replica holds an undamaged copy of a chunk. */
  | 'DataDamaged';

/** The version of an object that made a condition fail. */
export interface StandingVersion {
  readonly etag: string;
  readonly modifiedMs: number;
}

export class StoreFailure extends Failure<StoreFailureCode> {
  override readonly name = 'StoreFailure';
  /** With `NotModified`: what the reader has. Absent when a node of an earlier version has answered. */
  readonly standing: StandingVersion | undefined;

  constructor(
    code: StoreFailureCode,
    message: string,
    options: { retryable?: boolean; cause?: unknown; standing?: StandingVersion } = {},
  ) {
    super(code, message, options);
    this.standing = options.standing;
  }
}
