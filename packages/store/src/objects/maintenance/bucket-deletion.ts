/**
 * Deleting a bucket across all partitions: seal, decide, then drop or unseal. Every step may be repeated, by anybody, at any time:
 * attempts are numbered and the home partition decides each one once (see `machine/home-buckets.ts`).
 *
 * (D1) A bucket is deleted only after every partition has answered under one attempt that it is sealed and empty.
 * (D2) What an attempt has begun stays noted at home until it is done, so a coordinator may vanish at any point.
 */
import { unreachable } from '@crescendo/base';
import type { BucketScope, Refusal } from '../command.ts';
import { accept, failureOf } from '../gateway/refusal.ts';
import { bucketPlacement, type Generation } from '../identifiers.ts';
import type { BucketWork } from '../query.ts';
import type { PartitionRouter } from '../router.ts';
import { readRows } from '../state/rows.ts';
import { StoreFailure } from '../store-failure.ts';
import { inParallel } from './parallel.ts';

/** Partitions written to at once. */
const PARALLEL = 16;
/** Attempts may be ended by others; so many in a row mean that something else is wrong. */
const MAXIMUM_ATTEMPTS = 20;
const UPLOADS_AT_ONCE = 500;

type Attempt = BucketScope & { readonly attempt: number };

/** Deletes the bucket if it is empty. What its partitions still hold of it is dropped later, by `resumeBucketDeletions`. */
export async function deleteBucketNow(
  router: PartitionRouter,
  bucket: string,
): Promise<'deleted' | 'notEmpty' | 'noSuchBucket'> {
  const home = router.partitionOf(bucketPlacement(bucket));
  const standing = await router.query(home, { type: 'bucket', bucket });
  if (!standing.ok) return 'noSuchBucket';
  const { generation } = standing;
  if (await holdsObjects(router, { bucket, generation })) return 'notEmpty';
  for (let i = 0; i < MAXIMUM_ATTEMPTS; i++) {
    const begun = await router.execute(home, { type: 'beginBucketDeletion', bucket, generation });
    if (!begun.ok && i === 0) return 'noSuchBucket';
    // Joined an attempt, or began one; somebody else brought it to its end.
    if (!begun.ok) return 'deleted';
    const outcome = await decide(router, { bucket, generation, attempt: begun.attempt });
    if (outcome !== 'over') return outcome;
  }
  throw new StoreFailure('Conflict', `Bucket ${bucket}: other deletions were in the way.`, {
    retryable: true,
  });
}

/** Looks before anything is sealed: the usual refusal disturbs nobody. */
async function holdsObjects(router: PartitionRouter, scope: BucketScope): Promise<boolean> {
  const all = { prefix: '', delimiter: '', after: new Uint8Array(0), limit: 1, sealedToo: true };
  const pages = await router.queryAll(allPartitions(router), { type: 'listObjects', ...scope, ...all });
  return pages.some((page) => page.ok && readRows(page.rows).length > 0);
}

async function decide(router: PartitionRouter, attempt: Attempt): Promise<'deleted' | 'notEmpty' | 'over'> {
  const home = router.partitionOf(bucketPlacement(attempt.bucket));
  const seals = await inParallel(allPartitions(router), PARALLEL, (partition) =>
    router.execute(partition, { type: 'sealBucket', ...attempt }),
  );
  const refusal = seals.find((seal): seal is Refusal => !seal.ok);
  if (refusal !== undefined) return isOver(refusal);
  const empty = seals.every((seal) => seal.ok && seal.empty);
  if (empty) {
    const finished = await router.execute(home, { type: 'finishBucketDeletion', ...attempt }); // (D1)
    return finished.ok ? 'deleted' : isOver(finished);
  }
  const cancelled = await router.execute(home, { type: 'cancelBucketDeletion', ...attempt });
  if (!cancelled.ok) return isOver(cancelled);
  await reopen(router, attempt);
  return 'notEmpty';
}

/** The attempt was decided by somebody else; any other refusal is a failure. */
function isOver(refusal: Refusal): 'over' {
  if (refusal.code === 'StaleAttempt' || refusal.code === 'StaleBucket') return 'over';
  throw failureOf(refusal);
}

async function reopen(router: PartitionRouter, attempt: Attempt): Promise<void> {
  await inParallel(allPartitions(router), PARALLEL, async (partition) =>
    accept(await router.execute(partition, { type: 'unsealBucket', ...attempt })),
  );
  const home = router.partitionOf(bucketPlacement(attempt.bucket));
  await router.execute(home, { type: 'finishBucketReopening', ...attempt });
}

async function clean(router: PartitionRouter, { bucket, generation }: BucketScope): Promise<void> {
  await inParallel(allPartitions(router), PARALLEL, async (partition) => {
    for (;;) {
      const drop = { type: 'dropBucket', bucket, generation, limit: UPLOADS_AT_ONCE } as const;
      if (accept(await router.execute(partition, drop)).done) return;
    }
  });
  const home = router.partitionOf(bucketPlacement(bucket));
  await router.execute(home, { type: 'forgetBucketDeletion', bucket, generation });
}

export interface BucketDeletionLimits {
  /** Deletions taken up by one call. */
  readonly buckets: number;
  /** Attempts younger than this are left to who began them. */
  readonly minimumAgeMs: number;
}

export const DEFAULT_BUCKET_DELETION_LIMITS: BucketDeletionLimits = { buckets: 20, minimumAgeMs: 5_000 };

export interface BucketDeletionReport {
  readonly finished: number;
  /** Left for the next time, because a partition did not answer. */
  readonly unfinished: number;
}

/**
 * Goes on with the deletions whose home is `homePartition`. Its leader calls this every few seconds; calling it twice at
 * once does no harm.
 */
export async function resumeBucketDeletions(
  router: PartitionRouter,
  homePartition: number,
  limits: BucketDeletionLimits,
  nowMs: number,
): Promise<BucketDeletionReport> {
  const answer = accept(await router.query(homePartition, { type: 'bucketWork', limit: limits.buckets }));
  const due = answer.work.filter(
    ({ phase, sinceMs }) => phase === 'cleaning' || sinceMs <= nowMs - limits.minimumAgeMs,
  );
  let unfinished = 0;
  for (const work of due) {
    try {
      await goOn(router, work);
    } catch (thrown) {
      if (!(thrown instanceof StoreFailure)) throw thrown;
      unfinished++;
    }
  }
  return { finished: due.length - unfinished, unfinished };
}

/** Goes on with one bucket's deletion, if there is one under way. */
export async function resumeBucketDeletion(
  router: PartitionRouter,
  bucket: string,
  generation?: Generation,
): Promise<void> {
  const home = router.partitionOf(bucketPlacement(bucket));
  const answer = accept(await router.query(home, { type: 'bucketWork', limit: 1_000 }));
  for (const work of answer.work) {
    const meant = work.bucket === bucket && (generation === undefined || work.generation === generation);
    if (meant && work.phase !== 'cleaning') await goOn(router, work);
  }
}

async function goOn(router: PartitionRouter, work: BucketWork): Promise<void> {
  const { bucket, generation, attempt, phase } = work;
  switch (phase) {
    case 'deleting':
      await decide(router, { bucket, generation, attempt });
      return;
    case 'reopening':
      return reopen(router, { bucket, generation, attempt });
    case 'cleaning':
      return clean(router, { bucket, generation });
    default:
      return unreachable(phase);
  }
}

function allPartitions({ partitionCount }: PartitionRouter): number[] {
  return Array.from({ length: partitionCount }, (_, partition) => partition);
}
