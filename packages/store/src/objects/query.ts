/** What can be asked of a partition without writing. Answers are plain data. */

import type { ObjectEvent } from '../ports/event-sink.ts';
import type { BucketScope, CompletedUpload, Done, KeyScope, UploadScope } from './command.ts';
import type { NumberedRules } from './event-rule.ts';
import type { BlobId, Generation } from './identifiers.ts';
import type { BucketInfo, Checksum, Conditions, SystemHeaders, UploadInfo } from './object-store.ts';
import type { BlobState } from './state/chunk-record.ts';
import type { PartitionCounters } from './state/counters.ts';
import type { BlobReference } from './state/object-record.ts';

/**
 * Reads of objects are refused with `BucketSealed` while a deletion is being decided, unless the gateway has asked
 * the home partition and found the bucket alive.
 */
export interface ReadScope {
  readonly sealedToo?: boolean;
}

/** To the home partition. */
export interface BucketQuery {
  readonly type: 'bucket';
  readonly bucket: string;
}

/** Buckets whose home this partition is, behind `after` in UTF-8 byte order. */
export interface BucketsQuery {
  readonly type: 'buckets';
  readonly after: string;
  readonly limit: number;
}

/** Deletions under way whose home this partition is. */
export interface BucketWorkQuery {
  readonly type: 'bucketWork';
  readonly limit: number;
}

export interface BucketWork extends BucketScope {
  /** `cleaning`: deleted; what it left in the partitions is to be dropped. */
  readonly phase: 'deleting' | 'reopening' | 'cleaning';
  readonly attempt: number;
  readonly sinceMs: number;
}

/** To the home partition. */
export interface BucketRulesQuery {
  readonly type: 'bucketRules';
  readonly bucket: string;
}

/** Changes of rules whose home this partition is, that may not have reached every partition. */
export interface RuleWorkQuery {
  readonly type: 'ruleWork';
  readonly limit: number;
}

export interface RuleWork extends BucketScope {
  readonly sinceMs: number;
}

/** Destinations that events wait for in this partition. */
export interface OutboxesQuery {
  readonly type: 'outboxes';
}

export interface Outbox {
  readonly destination: string;
  readonly waiting: number;
  /** When the write was that has waited longest. */
  readonly oldestMs: number;
}

/** The first events that wait for a destination, in the log's order. */
export interface WaitingEventsQuery {
  readonly type: 'waitingEvents';
  readonly destination: string;
  readonly limit: number;
}

export interface ObjectQuery extends KeyScope, ReadScope {
  readonly type: 'object';
  readonly conditions?: Conditions;
}

export interface FoundObject {
  readonly size: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly checksum?: Checksum;
  readonly headers: SystemHeaders;
  readonly userMetadata: Readonly<Record<string, string>>;
  /** Came from a multipart upload: every blob, and the inline bytes, are one part. */
  readonly parts: boolean;
  /** All bytes of an object that is not inline and did not come in parts. */
  readonly blob?: BlobReference;
  /** The first bytes of an object of parts: a list of blobs, see `decodeManifest`. */
  readonly manifest?: Uint8Array;
  /** The last bytes of the object, or all of them. */
  readonly inline?: Uint8Array;
}

export interface ListQuery extends BucketScope, ReadScope {
  readonly type: 'listObjects';
  readonly prefix: string;
  readonly delimiter: string;
  /** In UTF-8: only what follows it. */
  readonly after: Uint8Array;
  readonly limit: number;
}

/** The same for uploads; `after` is a position among uploads, see `uploadPosition`. */
export interface ListUploadsQuery extends Omit<ListQuery, 'type'> {
  readonly type: 'listUploads';
}

/** Rows as `RowWriter` packs them. */
export interface RowsPage {
  readonly rows: Uint8Array;
  /** At least one row follows. */
  readonly truncated: boolean;
}

export interface UploadQuery extends UploadScope, ReadScope {
  readonly type: 'upload';
}

/** Parts behind number `after`. */
export interface PartsQuery extends UploadScope, ReadScope {
  readonly type: 'parts';
  readonly after: number;
  readonly limit: number;
}

export interface PartsAnswer {
  readonly upload: UploadInfo;
  /** See `unpackPartInfos`. */
  readonly parts: Uint8Array;
  readonly truncated: boolean;
}

export interface ChunkInfoQuery {
  readonly type: 'chunkInfo';
  readonly name: string;
}

export interface ChunkInfo {
  readonly name: string;
  readonly size: number;
  readonly crc?: number;
  readonly owner: number;
}

/** Registered chunks behind the name `after` (empty: from the first on), in order of blob and index. */
export interface ChunkPageQuery {
  readonly type: 'chunkPage';
  readonly after: string;
  readonly limit: number;
}

/** Chunks registered (or postponed) before `beforeMs` whose blob is not known to be referenced, oldest first. */
export interface PendingChunksQuery {
  readonly type: 'pendingChunks';
  readonly beforeMs: number;
  readonly limit: number;
}

export interface BlobStatesQuery {
  readonly type: 'blobStates';
  readonly blobIds: readonly BlobId[];
}

/** Garbage of before `beforeMs`, oldest first, until it comes to about `limit` chunks. */
export interface GarbageQuery {
  readonly type: 'garbage';
  readonly beforeMs: number;
  readonly limit: number;
}

export interface GarbageEntry {
  readonly id: Uint8Array;
  readonly cursor: number;
  /** For `forgetGarbage` once the chunks of these blobs are deleted. */
  readonly next: number;
  readonly blobs: readonly BlobReference[];
}

/** How old the oldest records are that only `raiseBlobFloor` and `expireUploads` remove. */
export interface HousekeepingQuery {
  readonly type: 'housekeeping';
}

export interface Housekeeping {
  readonly oldestMarkMs?: number;
  readonly oldestCompletedMs?: number;
}

export interface StatsQuery {
  readonly type: 'stats';
}

/** Every query by its type, with its answer. */
export interface QueryTable {
  bucket: [BucketQuery, Done<BucketInfo & { readonly generation: Generation; readonly deleting: boolean }>];
  buckets: [BucketsQuery, Done<{ readonly buckets: readonly BucketInfo[]; readonly truncated: boolean }>];
  bucketWork: [BucketWorkQuery, Done<{ readonly work: readonly BucketWork[] }>];
  /** Without rules: number 0 and an empty list. */
  bucketRules: [BucketRulesQuery, Done<NumberedRules & { readonly generation: Generation }>];
  ruleWork: [RuleWorkQuery, Done<{ readonly work: readonly RuleWork[] }>];
  outboxes: [OutboxesQuery, Done<{ readonly outboxes: readonly Outbox[] }>];
  waitingEvents: [WaitingEventsQuery, Done<{ readonly events: readonly ObjectEvent[] }>];
  object: [ObjectQuery, Done<FoundObject>];
  listObjects: [ListQuery, Done<RowsPage>];
  listUploads: [ListUploadsQuery, Done<RowsPage>];
  upload: [UploadQuery, Done<{ readonly upload: UploadInfo } | { readonly completed: CompletedUpload }>];
  parts: [PartsQuery, Done<PartsAnswer>];
  chunkInfo: [ChunkInfoQuery, Done<{ readonly chunk?: ChunkInfo }>];
  chunkPage: [ChunkPageQuery, Done<{ readonly chunks: readonly ChunkInfo[]; readonly truncated: boolean }>];
  pendingChunks: [PendingChunksQuery, Done<{ readonly chunks: readonly ChunkInfo[] }>];
  blobStates: [BlobStatesQuery, Done<{ readonly states: readonly BlobState[] }>];
  /** `truncated`: there may be more of it. */
  garbage: [GarbageQuery, Done<{ readonly entries: readonly GarbageEntry[]; readonly truncated: boolean }>];
  housekeeping: [HousekeepingQuery, Done<Housekeeping>];
  stats: [StatsQuery, Done<PartitionCounters>];
}

export type Query = QueryTable[keyof QueryTable][0];
export type QueryResult<Q extends Query> = QueryTable[Q['type']][1];
