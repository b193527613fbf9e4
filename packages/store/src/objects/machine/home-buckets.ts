/**
 * Buckets in their home partition: what exists, and how far a deletion has come.
 *
 * live -> deleting (attempt a) -> gone (cleaning), or -> reopening (a) -> live.
 *
 * (B1) A bucket is gone from the entry that finishes its deletion on, and that entry needs that every partition was
 *      sealed under the same attempt and empty.
 * (B2) An attempt ends once: finished or cancelled. Steps of an ended attempt are refused or do nothing.
 * (B3) Whatever is begun is noted as work until it is done everywhere, so anybody may go on with it.
 */
import { fromUtf8, toHex, utf8 } from '@crescendo/base';
import type { KvReader } from '../../ports/state-store.ts';
import type {
  BeginBucketDeletion,
  CancelBucketDeletion,
  CommandResult,
  CreateBucket,
  FinishBucketDeletion,
  FinishBucketReopening,
  ForgetBucketDeletion,
} from '../command.ts';
import { refuse } from '../command.ts';
import { generationOf } from '../identifiers.ts';
import { MAXIMUM_BUCKET_NAME_BYTES, MAXIMUM_PAGE_ROWS } from '../limits.ts';
import type { BucketInfo } from '../object-store.ts';
import type { BucketQuery, BucketsQuery, BucketWork, BucketWorkQuery, QueryResult } from '../query.ts';
import {
  clearBucketWork,
  decodeBucketWork,
  decodeHomeBucket,
  type HomeBucket,
  noteBucketWork,
  readHomeBucket,
  writeHomeBucket,
} from '../state/bucket-record.ts';
import { behindKey, bucketKey, prefixRange, TABLE, tableKey } from '../state/keys.ts';
import type { Application } from './context.ts';

export function applyCreateBucket(
  { kv, context }: Application,
  { bucket }: CreateBucket,
): CommandResult<CreateBucket> {
  if (bucket === '' || utf8(bucket).length > MAXIMUM_BUCKET_NAME_BYTES) {
    return refuse('Malformed', `A bucket's name has 1 to ${MAXIMUM_BUCKET_NAME_BYTES} bytes.`);
  }
  const home = readHomeBucket(kv, bucket);
  if (home?.phase === 'deleting') return refuse('Conflict', `Bucket ${bucket} is being deleted; try again.`);
  if (home !== undefined) {
    return { ok: true, outcome: 'exists', generation: home.generation, createdMs: home.createdMs };
  }
  const generation = generationOf(context.partition, context.index);
  const createdMs = context.timestampMs;
  writeHomeBucket(kv, bucket, { generation, createdMs, phase: 'live', attempt: 0 });
  return { ok: true, outcome: 'created', generation, createdMs };
}

export function applyBeginBucketDeletion(
  { kv, context }: Application,
  { bucket, generation: wanted }: BeginBucketDeletion,
): CommandResult<BeginBucketDeletion> {
  const home = readHomeBucket(kv, bucket);
  if (home === undefined) return refuse('NoSuchBucket', `There is no bucket ${bucket}.`);
  const { generation } = home;
  if (wanted !== undefined && wanted !== generation) {
    return refuse('StaleBucket', `Generation ${wanted} of bucket ${bucket} is gone.`);
  }
  if (home.phase === 'deleting') return { ok: true, generation, attempt: home.attempt };
  writeHomeBucket(kv, bucket, { ...home, phase: 'deleting', attempt: context.index });
  noteBucketWork(kv, TABLE.bucketWork, generation, bucket, context.timestampMs); // (B3)
  return { ok: true, generation, attempt: context.index };
}

export function applyFinishBucketDeletion(
  { kv }: Application,
  { bucket, generation, attempt }: FinishBucketDeletion,
): CommandResult<FinishBucketDeletion> {
  const home = readHomeBucket(kv, bucket);
  if (home === undefined || home.generation > generation) return { ok: true };
  if (!isUnderWay(home, generation, attempt)) return attemptIsOver(bucket, attempt); // (B2)
  kv.remove(bucketKey(TABLE.homeBuckets, bucket)); // (B1) The work stays noted: what is left is to be dropped.
  return { ok: true };
}

export function applyCancelBucketDeletion(
  { kv }: Application,
  { bucket, generation, attempt }: CancelBucketDeletion,
): CommandResult<CancelBucketDeletion> {
  const home = readHomeBucket(kv, bucket);
  if (home?.generation === generation && home.attempt === attempt && home.phase !== 'deleting')
    return { ok: true };
  if (home === undefined || !isUnderWay(home, generation, attempt)) return attemptIsOver(bucket, attempt); // (B2)
  writeHomeBucket(kv, bucket, { ...home, phase: 'reopening' });
  return { ok: true };
}

export function applyFinishBucketReopening(
  { kv }: Application,
  { bucket, generation, attempt }: FinishBucketReopening,
): CommandResult<FinishBucketReopening> {
  const home = readHomeBucket(kv, bucket);
  if (home?.generation !== generation || home.attempt !== attempt || home.phase !== 'reopening')
    return { ok: true };
  writeHomeBucket(kv, bucket, { ...home, phase: 'live' });
  clearBucketWork(kv, TABLE.bucketWork, generation);
  return { ok: true };
}

export function applyForgetBucketDeletion(
  { kv }: Application,
  { bucket, generation }: ForgetBucketDeletion,
): CommandResult<ForgetBucketDeletion> {
  if (readHomeBucket(kv, bucket)?.generation === generation) {
    return refuse('StaleAttempt', `Bucket ${bucket} is not deleted.`);
  }
  clearBucketWork(kv, TABLE.bucketWork, generation);
  return { ok: true };
}

function isUnderWay(home: HomeBucket, generation: string, attempt: number): boolean {
  return home.generation === generation && home.phase === 'deleting' && home.attempt === attempt;
}

function attemptIsOver(bucket: string, attempt: number) {
  return refuse('StaleAttempt', `Attempt ${attempt} to delete bucket ${bucket} is over.`);
}

export function answerBucket(kv: KvReader, { bucket }: BucketQuery): QueryResult<BucketQuery> {
  const home = readHomeBucket(kv, bucket);
  if (home === undefined) return refuse('NoSuchBucket', `There is no bucket ${bucket}.`);
  const { generation, createdMs, phase } = home;
  return { ok: true, name: bucket, generation, createdMs, deleting: phase === 'deleting' };
}

export function answerBuckets(kv: KvReader, { after, limit }: BucketsQuery): QueryResult<BucketsQuery> {
  const { end } = prefixRange(tableKey(TABLE.homeBuckets));
  const start = after === '' ? tableKey(TABLE.homeBuckets) : behindKey(bucketKey(TABLE.homeBuckets, after));
  const rows = Math.min(limit, MAXIMUM_PAGE_ROWS);
  const buckets: BucketInfo[] = [];
  for (const { key, value } of kv.range({ start, end, limit: rows + 1 })) {
    if (buckets.length === rows) return { ok: true, buckets, truncated: true };
    buckets.push({ name: fromUtf8(key.subarray(1)), createdMs: decodeHomeBucket(value).createdMs });
  }
  return { ok: true, buckets, truncated: false };
}

export function answerBucketWork(kv: KvReader, { limit }: BucketWorkQuery): QueryResult<BucketWorkQuery> {
  const work: BucketWork[] = [];
  const range = prefixRange(tableKey(TABLE.bucketWork));
  for (const { key, value } of kv.range({ ...range, limit: Math.min(limit, MAXIMUM_PAGE_ROWS) })) {
    const generation = toHex(key.subarray(1));
    const { bucket, sinceMs } = decodeBucketWork(value);
    const home = readHomeBucket(kv, bucket);
    const standing = home?.generation === generation ? home : undefined;
    const phase = standing === undefined || standing.phase === 'live' ? 'cleaning' : standing.phase;
    work.push({ bucket, generation, phase, attempt: standing?.attempt ?? 0, sinceMs });
  }
  return { ok: true, work };
}
