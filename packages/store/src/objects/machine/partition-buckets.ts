/**
 * Buckets as every partition knows them. A partition learns of a bucket from the first command that names it.
 *
 * (P1) A newer generation is taken for live: the home partition made it only after the older one was gone everywhere.
 * (P2) While a bucket is sealed nothing in it changes, so `empty` stays true until it is unsealed or dropped.
 * (P3) A late step of an attempt that was unsealed here does nothing: attempts only grow.
 * (P4) What is dropped stays remembered, so a gateway that is behind can't bring it back.
 * (P5) Notification rules belong to a life of the bucket; the highest number holds, whatever the bucket's phase.
 */
import { copyBytes, toHex } from '@crescendo/base';
import type { KvReader } from '../../ports/state-store.ts';
import type {
  BucketScope,
  CommandResult,
  DropBucket,
  Refusal,
  SealBucket,
  SetBucketRules,
  UnsealBucket,
} from '../command.ts';
import { refuse } from '../command.ts';
import type { Generation } from '../identifiers.ts';
import { MAXIMUM_BATCH } from '../limits.ts';
import type { ReadScope } from '../query.ts';
import type { BucketMemory } from '../state/bucket-memory.ts';
import { type PartitionBucket, writePartitionBucket } from '../state/bucket-record.ts';
import { objectsOf, parseUploadPosition, prefixRange, uploadsOf } from '../state/keys.ts';
import type { Application } from './context.ts';
import { checkRules } from './events.ts';
import { queueUploadGarbage } from './garbage.ts';

/** The memory's (B1). */
function write({ kv, buckets }: Application, bucket: string, known: PartitionBucket): void {
  writePartitionBucket(kv, bucket, known);
  buckets.forget(bucket);
}

/** Before any write in a bucket: learns of it, or says why the write can't be done. */
export function enterBucket(application: Application, scope: BucketScope): Refusal | undefined {
  const { bucket, generation } = scope;
  const known = application.buckets.read(application.kv, bucket);
  if (known === undefined || known.generation < generation) {
    write(application, bucket, { generation, phase: 'live', attempt: 0 }); // (P1)
    return undefined;
  }
  return refusalOf(scope, known.generation === generation ? known.phase : 'dropped');
}

/** Before any read in a bucket. */
export function checkReadable(
  kv: KvReader,
  scope: BucketScope & ReadScope,
  buckets: BucketMemory,
): Refusal | undefined {
  const known = buckets.read(kv, scope.bucket);
  if (known === undefined || known.generation < scope.generation) return undefined;
  const phase = known.generation === scope.generation ? known.phase : 'dropped';
  return phase === 'sealed' && scope.sealedToo === true ? undefined : refusalOf(scope, phase);
}

function refusalOf(
  { bucket, generation }: BucketScope,
  phase: 'live' | 'sealed' | 'dropped',
): Refusal | undefined {
  if (phase === 'live') return undefined;
  if (phase === 'sealed')
    return refuse('BucketSealed', `Bucket ${bucket} may be about to be deleted; try again.`);
  return refuse('StaleBucket', `Generation ${generation} of bucket ${bucket} is gone.`);
}

export function applySealBucket(application: Application, command: SealBucket): CommandResult<SealBucket> {
  const { kv, buckets } = application;
  const { bucket, generation, attempt } = command;
  const known = buckets.read(kv, bucket);
  if (known !== undefined && known.generation >= generation) {
    if (known.generation > generation || known.phase === 'dropped') {
      return refuse('StaleBucket', `Generation ${generation} of bucket ${bucket} is gone.`);
    }
    const over = known.phase === 'live' ? attempt <= known.attempt : attempt < known.attempt; // (P3)
    if (over) return refuse('StaleAttempt', `Attempt ${attempt} to delete bucket ${bucket} is over.`);
  }
  write(application, bucket, { ...rulesOf(known, generation), generation, phase: 'sealed', attempt });
  const [first] = kv.range({ ...prefixRange(objectsOf(generation)), limit: 1 });
  return { ok: true, empty: first === undefined }; // (P2)
}

export function applyUnsealBucket(
  application: Application,
  command: UnsealBucket,
): CommandResult<UnsealBucket> {
  const { kv, buckets } = application;
  const { bucket, generation, attempt } = command;
  const known = buckets.read(kv, bucket);
  if (known !== undefined && known.generation >= generation) {
    const settled = known.generation > generation || known.phase === 'dropped' || known.attempt > attempt;
    if (settled) return { ok: true };
  }
  write(application, bucket, { ...rulesOf(known, generation), generation, phase: 'live', attempt });
  return { ok: true };
}

/** (P5) */
function rulesOf(known: PartitionBucket | undefined, generation: Generation): Pick<PartitionBucket, 'rules'> {
  return known?.generation === generation && known.rules !== undefined ? { rules: known.rules } : {};
}

export function applySetBucketRules(
  application: Application,
  { bucket, generation, number, rules }: SetBucketRules,
): CommandResult<SetBucketRules> {
  const refusal = checkRules(rules);
  if (refusal !== undefined) return refusal;
  const known = application.buckets.read(application.kv, bucket);
  const isNewLife = known === undefined || known.generation < generation;
  const present = isNewLife ? { generation, phase: 'live' as const, attempt: 0 } : known; // (P1)
  const isOver = present.generation > generation || present.phase === 'dropped';
  if (isOver || (present.rules?.number ?? 0) >= number) return { ok: true }; // (P5)
  write(application, bucket, { ...present, rules: { number, rules } });
  return { ok: true };
}

/** Uploads that were under way go with the bucket, as in S3. */
export function applyDropBucket(application: Application, command: DropBucket): CommandResult<DropBucket> {
  const { kv, buckets } = application;
  const { bucket, generation } = command;
  const known = buckets.read(kv, bucket);
  if (known === undefined || known.generation <= generation) {
    write(application, bucket, { generation, phase: 'dropped', attempt: known?.attempt ?? 0 }); // (P4)
  }
  const limit = Math.min(command.limit, MAXIMUM_BATCH);
  const prefix = uploadsOf(generation);
  const keys = [...kv.range({ ...prefixRange(prefix), limit })].map(({ key }) => copyBytes(key));
  for (const key of keys) {
    kv.remove(key);
    queueUploadGarbage(application, toHex(parseUploadPosition(key.subarray(prefix.length)).id));
  }
  return { ok: true, done: keys.length < limit };
}
