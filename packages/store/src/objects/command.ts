/**
 * What may be written into a partition's log, and what comes of it. Commands are plain data and reach every replica as they stand:
 * fields may be added, never given another meaning.
 */
import type { EventRule } from './event-rule.ts';
import type { BlobId, Generation, UploadId } from './identifiers.ts';
import type { Checksum, ChecksumAlgorithm, Conditions, SystemHeaders } from './object-store.ts';
import type { StandingVersion, StoreFailureCode } from './store-failure.ts';

/** Why a command changed nothing, or a query has no answer. The gateway acts on the codes below the first line itself. */
export type RefusalCode =
  | StoreFailureCode
  /** The gateway's generation of the bucket is not the present one: ask the home partition again. */
  | 'StaleBucket'
  /** A deletion of the bucket is being decided: wait and ask again. */
  | 'BucketSealed'
  /** The deletion's attempt is over: it was decided without this step. */
  | 'StaleAttempt'
  /** The blob was aborted by the sweep, is too old, or is referenced already: write the data again. */
  | 'BlobAborted'
  /** The parts named are not those that stand: read them again. */
  | 'StaleParts'
  /** The chunk was written under another membership, or not by a majority: write it again. */
  | 'StaleConfiguration'
  /** Nothing that this version understands: a bug of the sender. */
  | 'Malformed';

export interface Refusal {
  readonly ok: false;
  readonly code: RefusalCode;
  readonly message: string;
  /** With `NotModified`: the version that the reader has. */
  readonly standing?: StandingVersion;
}

export type Done<T = object> = ({ readonly ok: true } & T) | Refusal;

/** Bytes of an object or part on their way into the log: themselves, or the blob that was written beforehand. */
export type Segment =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  | { readonly kind: 'blob'; readonly blobId: BlobId; readonly size: number; readonly chunkBytes: number };

/** Every command on objects says which life of the bucket it means. */
export interface BucketScope {
  readonly bucket: string;
  readonly generation: Generation;
}

export interface KeyScope extends BucketScope {
  readonly key: string;
}

export interface UploadScope extends KeyScope {
  readonly uploadId: UploadId;
}

/** To a bucket's home partition. */
export interface CreateBucket {
  readonly type: 'createBucket';
  readonly bucket: string;
}

/** Begins an attempt to delete, or joins the one under way. */
export interface BeginBucketDeletion {
  readonly type: 'beginBucketDeletion';
  readonly bucket: string;
  /** Only this life of the name. */
  readonly generation?: Generation;
}

interface DeletionStep extends BucketScope {
  readonly attempt: number;
}

/** Every partition was sealed and is empty: the bucket is gone with this entry. */
export interface FinishBucketDeletion extends DeletionStep {
  readonly type: 'finishBucketDeletion';
}

/** Some partition is not empty: the bucket lives on; the partitions are to be unsealed. */
export interface CancelBucketDeletion extends DeletionStep {
  readonly type: 'cancelBucketDeletion';
}

/** Every partition is unsealed. */
export interface FinishBucketReopening extends DeletionStep {
  readonly type: 'finishBucketReopening';
}

/** Every partition has dropped the bucket. */
export interface ForgetBucketDeletion extends BucketScope {
  readonly type: 'forgetBucketDeletion';
}

/** Replaces the bucket's notification rules at home, from where they are taken to every partition. */
export interface PutBucketRules {
  readonly type: 'putBucketRules';
  readonly bucket: string;
  readonly rules: readonly EventRule[];
}

/** To every partition: from this entry on writes are judged by these rules, unless later ones are known. */
export interface SetBucketRules extends BucketScope {
  readonly type: 'setBucketRules';
  readonly number: number;
  readonly rules: readonly EventRule[];
}

/** To the home partition: every partition has the rules of that number, or later ones. */
export interface FinishBucketRules extends BucketScope {
  readonly type: 'finishBucketRules';
  readonly number: number;
}

/** Events that were delivered, or given up: they wait no more. */
export interface SettleEvents {
  readonly type: 'settleEvents';
  readonly destination: string;
  /** Log indexes of the writes. */
  readonly indexes: readonly number[];
}

/** To every partition. */
export interface SealBucket extends DeletionStep {
  readonly type: 'sealBucket';
}

export interface UnsealBucket extends DeletionStep {
  readonly type: 'unsealBucket';
}

/** Removes at most `limit` uploads of the deleted bucket. */
export interface DropBucket extends BucketScope {
  readonly type: 'dropBucket';
  readonly limit: number;
}

export interface PutObject extends KeyScope {
  readonly type: 'putObject';
  readonly segment: Segment;
  readonly etag: string;
  readonly checksum?: Checksum;
  readonly headers: SystemHeaders;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly conditions?: Conditions;
  /** The bytes came from another object. */
  readonly copied?: boolean;
  /** Who asked for it, see `packOrigin`. */
  readonly origin?: string;
}

export interface DeleteObject extends KeyScope {
  readonly type: 'deleteObject';
  readonly conditions?: Conditions;
  readonly origin?: string;
}

export interface CreateUpload extends KeyScope {
  readonly type: 'createUpload';
  /** `UPLOAD_NONCE_BYTES` random bytes: nobody guesses an upload's id. */
  readonly nonce: Uint8Array;
  readonly headers: SystemHeaders;
  readonly userMetadata: Readonly<Record<string, string>>;
  readonly checksumAlgorithm?: ChecksumAlgorithm;
  readonly checksumType?: Checksum['type'];
}

export interface PutPart extends UploadScope {
  readonly type: 'putPart';
  readonly partNumber: number;
  readonly segment: Segment;
  readonly etag: string;
  readonly checksum?: Checksum;
}

export interface CompleteUpload extends UploadScope {
  readonly type: 'completeUpload';
  /** See `packParts`. */
  readonly parts: Uint8Array;
  readonly etag: string;
  readonly checksum?: Checksum;
  readonly minimumPartBytes: number;
  readonly conditions?: Conditions;
  readonly origin?: string;
}

export interface AbortUpload extends UploadScope {
  readonly type: 'abortUpload';
}

/** Makes a chunk count: `holders` have its bytes on disk, written while the membership of `epoch` was in force. */
export interface RegisterChunk {
  readonly type: 'registerChunk';
  readonly name: string;
  readonly size: number;
  readonly crc?: number;
  readonly ownerPartition: number;
  readonly epoch: number;
  readonly holders: readonly string[];
}

/** Only after the owner has answered `aborted`, or for garbage. */
export interface DeleteChunks {
  readonly type: 'deleteChunks';
  readonly names: readonly string[];
}

/** `settled` are known to be referenced; `postponed` are asked about again later. */
export interface SettleChunks {
  readonly type: 'settleChunks';
  readonly settled: readonly string[];
  readonly postponed: readonly string[];
}

/** Asks the owner about blobs; those that are neither known nor held are aborted by this very entry. */
export interface ResolveBlobs {
  readonly type: 'resolveBlobs';
  readonly blobIds: readonly BlobId[];
}

/** Keeps a blob that takes long to write from being aborted for the next `forMs`. */
export interface HoldBlob {
  readonly type: 'holdBlob';
  readonly blobId: BlobId;
  readonly forMs: number;
}

/** The chunks of a garbage entry from `cursor` up to `next` are deleted: forget their blobs. */
export interface ForgetGarbage {
  readonly type: 'forgetGarbage';
  readonly id: Uint8Array;
  readonly cursor: number;
  readonly next: number;
}

/** Blobs born before `floorMs` can't be committed any more, so at most `limit` marks about such are forgotten. */
export interface RaiseBlobFloor {
  readonly type: 'raiseBlobFloor';
  readonly floorMs: number;
  readonly limit: number;
}

/** Forgets at most `limit` results of uploads that were completed before. */
export interface ExpireUploads {
  readonly type: 'expireUploads';
  readonly beforeMs: number;
  readonly limit: number;
}

/** Every command by its type, with what it answers. */
export interface CommandTable {
  createBucket: [
    CreateBucket,
    Done<{
      readonly outcome: 'created' | 'exists';
      readonly generation: Generation;
      readonly createdMs: number;
    }>,
  ];
  beginBucketDeletion: [
    BeginBucketDeletion,
    Done<{ readonly generation: Generation; readonly attempt: number }>,
  ];
  finishBucketDeletion: [FinishBucketDeletion, Done];
  cancelBucketDeletion: [CancelBucketDeletion, Done];
  finishBucketReopening: [FinishBucketReopening, Done];
  forgetBucketDeletion: [ForgetBucketDeletion, Done];
  putBucketRules: [PutBucketRules, Done<{ readonly generation: Generation; readonly number: number }>];
  setBucketRules: [SetBucketRules, Done];
  finishBucketRules: [FinishBucketRules, Done];
  settleEvents: [SettleEvents, Done<{ readonly settled: number }>];
  sealBucket: [SealBucket, Done<{ readonly empty: boolean }>];
  unsealBucket: [UnsealBucket, Done];
  dropBucket: [DropBucket, Done<{ readonly done: boolean }>];
  putObject: [PutObject, Done<{ readonly modifiedMs: number }>];
  deleteObject: [DeleteObject, Done<{ readonly existed: boolean }>];
  createUpload: [CreateUpload, Done<{ readonly uploadId: UploadId; readonly initiatedMs: number }>];
  putPart: [PutPart, Done<{ readonly modifiedMs: number }>];
  completeUpload: [CompleteUpload, Done<CompletedUpload>];
  abortUpload: [AbortUpload, Done];
  registerChunk: [RegisterChunk, Done];
  deleteChunks: [DeleteChunks, Done<{ readonly deleted: number }>];
  settleChunks: [SettleChunks, Done];
  resolveBlobs: [ResolveBlobs, Done<{ readonly states: readonly ('known' | 'held' | 'aborted')[] }>];
  holdBlob: [HoldBlob, Done];
  forgetGarbage: [ForgetGarbage, Done];
  raiseBlobFloor: [RaiseBlobFloor, Done<{ readonly removed: number }>];
  expireUploads: [ExpireUploads, Done<{ readonly removed: number }>];
}

/** What a completion made, also when it is repeated. */
export interface CompletedUpload {
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly checksum?: Checksum;
  readonly headers: SystemHeaders;
  readonly userMetadata: Readonly<Record<string, string>>;
}

export type Command = CommandTable[keyof CommandTable][0];
export type CommandResult<C extends Command> = CommandTable[C['type']][1];

/** Commands that bring new data: a partition whose disks are full refuses them; all others free space or settle things. */
export function commandGrows(command: Command): boolean {
  return GROWING.has(command.type);
}

const GROWING: ReadonlySet<Command['type']> = new Set([
  'createBucket',
  'putObject',
  'createUpload',
  'putPart',
  'completeUpload',
  'registerChunk',
] satisfies Command['type'][]);

export function refuse(code: RefusalCode, message: string): Refusal {
  return { ok: false, code, message };
}
