/**
 * The sweep of one partition: deletes what nothing refers to, forgets what is deleted, and drops records that have served their time.
 * The partition's leader calls it now and then; it may be cut off anywhere, and run twice at once.
 *
 * (S1) A chunk of a blob that was never committed is deleted only after the owner's log says "aborted".
 * (S2) Garbage keeps its bytes for `graceMs`, so that a reader who began before can finish.
 * (S3) Garbage is forgotten only after its chunks are deleted.
 * (S4) A partition that does not answer delays what needs it, and nothing else.
 */
import type { ResolveBlobs } from '../command.ts';
import { accept } from '../gateway/refusal.ts';
import { type BlobId, parseChunkName } from '../identifiers.ts';
import type { ChunkInfo } from '../query.ts';
import type { PartitionRouter } from '../router.ts';
import { StoreFailure } from '../store-failure.ts';
import { chunksOf, deleteChunks } from './blob-disposal.ts';

export interface SweepLimits {
  /** About how many chunks one call looks at, of garbage and again of pending ones: what is left waits for the next call. */
  readonly batch: number;
  /** How long garbage stays readable. At least a minute, and more than clocks may differ. */
  readonly graceMs: number;
  /** A chunk of a blob that is not committed after this time is asked about. */
  readonly unreferencedMs: number;
  /** No blob may take longer than this from its first chunk to its commit. Marks of older ones are forgotten. */
  readonly maximumBlobAgeMs: number;
  /** How long the completion of an upload may be repeated. */
  readonly completedMs: number;
}

export const DEFAULT_SWEEP_LIMITS: SweepLimits = {
  batch: 500,
  graceMs: 5 * 60_000,
  unreferencedMs: 3_600_000,
  maximumBlobAgeMs: 7 * 24 * 3_600_000,
  completedMs: 24 * 3_600_000,
};

export interface SweepReport {
  /** Chunks deleted anywhere. */
  readonly deletedChunks: number;
  /** Chunks of this partition that turned out to be referenced. */
  readonly settledChunks: number;
  /** Garbage entries of this partition that were worked on. */
  readonly garbage: number;
  /** Records forgotten because of their age. */
  readonly expired: number;
  /** Something had to be left because a partition did not answer. */
  readonly delayed: boolean;
  /** Batches were full: call again soon. */
  readonly more: boolean;
}

const NOTHING: SweepReport = {
  ...{ deletedChunks: 0, settledChunks: 0, garbage: 0, expired: 0 },
  ...{ delayed: false, more: false },
};

/** `nowMs` by the wall clock. Fails as Unavailable when the swept partition itself does not answer. */
export async function sweepPartition(
  router: PartitionRouter,
  partition: number,
  limits: SweepLimits,
  nowMs: number,
): Promise<SweepReport> {
  const reports = [
    await sweepGarbage(router, partition, limits, nowMs),
    await sweepPending(router, partition, limits, nowMs),
    await sweepRecords(router, partition, limits, nowMs),
  ];
  return reports.reduce(sumOf);
}

function sumOf(a: SweepReport, b: SweepReport): SweepReport {
  return {
    deletedChunks: a.deletedChunks + b.deletedChunks,
    settledChunks: a.settledChunks + b.settledChunks,
    garbage: a.garbage + b.garbage,
    expired: a.expired + b.expired,
    delayed: a.delayed || b.delayed,
    more: a.more || b.more,
  };
}

async function sweepGarbage(
  router: PartitionRouter,
  partition: number,
  { batch, graceMs }: SweepLimits,
  nowMs: number,
): Promise<SweepReport> {
  const beforeMs = Math.max(0, nowMs - graceMs); // (S2)
  const { entries, truncated } = accept(
    await router.query(partition, { type: 'garbage', beforeMs, limit: batch }),
  );
  let deletedChunks = 0;
  let garbage = 0;
  for (const { id, cursor, next, blobs } of entries) {
    const deleted = await unlessUnavailable(deleteChunks(router, blobs.flatMap(chunksOf)));
    if (deleted === undefined) continue; // (S4)
    deletedChunks += deleted;
    garbage++;
    accept(await router.execute(partition, { type: 'forgetGarbage', id, cursor, next })); // (S3)
  }
  return { ...NOTHING, deletedChunks, garbage, delayed: garbage < entries.length, more: truncated };
}

type Fate = 'known' | 'held' | 'aborted' | 'unanswered';

async function sweepPending(
  router: PartitionRouter,
  partition: number,
  { batch, unreferencedMs }: SweepLimits,
  nowMs: number,
): Promise<SweepReport> {
  const beforeMs = Math.max(0, nowMs - unreferencedMs);
  const { chunks } = accept(await router.query(partition, { type: 'pendingChunks', beforeMs, limit: batch }));
  if (chunks.length === 0) return NOTHING;
  const fates = await fatesOf(router, chunks);
  const names = (wanted: Fate): string[] =>
    chunks.filter(({ name }) => fates.get(blobOf(name)) === wanted).map(({ name }) => name);
  const settled = names('known');
  // A chunk whose owner does not answer must not stand in the way of those behind it. (S4)
  const postponed = [...names('held'), ...names('unanswered')];
  if (settled.length + postponed.length > 0) {
    accept(await router.execute(partition, { type: 'settleChunks', settled, postponed }));
  }
  const deletedChunks = await deleteChunks(router, names('aborted'));
  const delayed = names('unanswered').length > 0;
  return { ...NOTHING, deletedChunks, settledChunks: settled.length, delayed, more: chunks.length >= batch };
}

/** Asks the owners of chunks what becomes of their blobs; to say "aborted" they log it first. (S1) */
async function fatesOf(router: PartitionRouter, chunks: readonly ChunkInfo[]): Promise<Map<BlobId, Fate>> {
  const byOwner = new Map<number, Set<BlobId>>();
  for (const { name, owner } of chunks) {
    const blobs = byOwner.get(owner) ?? new Set();
    byOwner.set(owner, blobs.add(blobOf(name)));
  }
  const fates = new Map<BlobId, Fate>();
  for (const [owner, blobs] of byOwner) {
    for (const blob of blobs) fates.set(blob, 'unanswered');
    await unlessUnavailable(askOwner(router, owner, [...blobs], fates));
  }
  return fates;
}

async function askOwner(
  router: PartitionRouter,
  owner: number,
  blobs: readonly BlobId[],
  fates: Map<BlobId, Fate>,
): Promise<void> {
  const { states } = accept(await router.query(owner, { type: 'blobStates', blobIds: blobs }));
  const unresolved = blobs.filter((_, i) => states[i] !== 'known');
  for (const [i, blob] of blobs.entries()) if (states[i] === 'known') fates.set(blob, 'known');
  if (unresolved.length === 0) return;
  const command: ResolveBlobs = { type: 'resolveBlobs', blobIds: unresolved };
  const resolved = accept(await router.execute(owner, command));
  for (const [i, state] of resolved.states.entries()) fates.set(unresolved[i]!, state);
}

function blobOf(name: string): BlobId {
  return parseChunkName(name)?.blob ?? name;
}

async function sweepRecords(
  router: PartitionRouter,
  partition: number,
  { batch: limit, maximumBlobAgeMs, completedMs }: SweepLimits,
  nowMs: number,
): Promise<SweepReport> {
  const oldest = accept(await router.query(partition, { type: 'housekeeping' }));
  const floorMs = nowMs - maximumBlobAgeMs;
  const beforeMs = nowMs - completedMs;
  let expired = 0;
  let more = false;
  if (oldest.oldestMarkMs !== undefined && oldest.oldestMarkMs < floorMs) {
    const { removed } = accept(await router.execute(partition, { type: 'raiseBlobFloor', floorMs, limit }));
    expired += removed;
    more ||= removed >= limit;
  }
  if (oldest.oldestCompletedMs !== undefined && oldest.oldestCompletedMs < beforeMs) {
    const { removed } = accept(await router.execute(partition, { type: 'expireUploads', beforeMs, limit }));
    expired += removed;
    more ||= removed >= limit;
  }
  return { ...NOTHING, expired, more };
}

async function unlessUnavailable<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (thrown) {
    if (thrown instanceof StoreFailure && thrown.code === 'Unavailable') return undefined;
    throw thrown;
  }
}
