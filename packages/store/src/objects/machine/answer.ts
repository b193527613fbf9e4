/** Queries against a partition's map. Answers hold copies: they stay valid whatever is written later. */
import type { KvReader } from '../../ports/state-store.ts';
import { isQuery } from '../check.ts';
import { refuse } from '../command.ts';
import type { HousekeepingQuery, Query, QueryResult, QueryTable } from '../query.ts';
import { BucketMemory } from '../state/bucket-memory.ts';
import { readCounters } from '../state/counters.ts';
import { answerBlobStates, oldestMarkMs } from './blobs.ts';
import { answerChunkInfo, answerChunkPage, answerPendingChunks } from './chunks.ts';
import { answerOutboxes, answerWaitingEvents } from './events.ts';
import { answerGarbage } from './garbage.ts';
import { answerBucket, answerBuckets, answerBucketWork } from './home-buckets.ts';
import { answerBucketRules, answerRuleWork } from './home-rules.ts';
import { answerListObjects, answerListUploads } from './listing.ts';
import { answerObject } from './objects.ts';
import { answerParts, answerUpload } from './upload-lookup.ts';
import { oldestCompletedMs } from './uploads.ts';

type Answers = {
  readonly [Type in Query['type']]: (
    kv: KvReader,
    query: QueryTable[Type][0],
    buckets: BucketMemory,
  ) => QueryTable[Type][1];
};

const ANSWERS: Answers = {
  bucket: answerBucket,
  buckets: answerBuckets,
  bucketWork: answerBucketWork,
  bucketRules: answerBucketRules,
  ruleWork: answerRuleWork,
  outboxes: answerOutboxes,
  waitingEvents: answerWaitingEvents,
  object: answerObject,
  listObjects: answerListObjects,
  listUploads: answerListUploads,
  upload: answerUpload,
  parts: answerParts,
  chunkInfo: answerChunkInfo,
  chunkPage: answerChunkPage,
  pendingChunks: answerPendingChunks,
  blobStates: answerBlobStates,
  garbage: answerGarbage,
  housekeeping: answerHousekeeping,
  stats: (kv) => ({ ok: true, ...readCounters(kv) }),
};

/** Answers a query, which may be anything, from the partition's map. `buckets` mirrors that map. */
export function answerQuery<Q extends Query>(kv: KvReader, query: Q, buckets?: BucketMemory): QueryResult<Q>;
export function answerQuery(kv: KvReader, query: unknown, buckets?: BucketMemory): unknown;
export function answerQuery(kv: KvReader, query: unknown, buckets = new BucketMemory()): unknown {
  if (!isQuery(query))
    return refuse('Malformed', 'This is not a query of this version, or it lacks a field.');
  return ANSWERS[query.type](kv, query as never, buckets);
}

function answerHousekeeping(kv: KvReader): QueryResult<HousekeepingQuery> {
  const markMs = oldestMarkMs(kv);
  const completedMs = oldestCompletedMs(kv);
  return {
    ok: true,
    ...(markMs === undefined ? {} : { oldestMarkMs: markMs }),
    ...(completedMs === undefined ? {} : { oldestCompletedMs: completedMs }),
  };
}
