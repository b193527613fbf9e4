/**
 * Blobs in the partition of the object that refers to them, or will.
 *
 * (A1) A blob is committed at most once, and never after it was aborted.
 * (A2) The sweep deletes an unreferenced chunk only after this log says that its blob is aborted.
 * (A3) Marks of blobs older than the floor may be forgotten, because such blobs are aborted without a mark.
 */
import { copyBytes, toHex } from '@crescendo/base';
import type { KvReader } from '../../ports/state-store.ts';
import type { CommandResult, HoldBlob, RaiseBlobFloor, Refusal, ResolveBlobs } from '../command.ts';
import { refuse } from '../command.ts';
import { type BlobId, blobBornMs, isBlobId } from '../identifiers.ts';
import { MAXIMUM_BATCH } from '../limits.ts';
import type { BlobStatesQuery, QueryResult } from '../query.ts';
import { type BlobMark, decodeMark, encodeMark } from '../state/chunk-record.ts';
import { blobKey, markKey, numberBytes, TABLE, tableKey } from '../state/keys.ts';
import { ByteReader, ByteWriter } from '../state/record-bytes.ts';
import type { Application } from './context.ts';

const VERSION = 1;
const MAXIMUM_HOLD_MS = 24 * 3_600_000;

/** Why a blob can't be committed, if so. (A1) */
export function checkBlob(kv: KvReader, blob: BlobId): Refusal | undefined {
  if (!isBlobId(blob)) return refuse('Malformed', `Blob id ${blob} does not have 32 hexadecimal digits.`);
  const aborted =
    isKnown(kv, blob) || readMark(kv, blob)?.heldUntilMs === 0 || blobBornMs(blob) < readFloor(kv);
  return aborted
    ? refuse('BlobAborted', `Blob ${blob} was given up or is used already; send the data again.`)
    : undefined;
}

/** After `checkBlob`. */
export function commitBlob({ kv }: Application, blob: BlobId): void {
  kv.put(blobKey(blob), Uint8Array.of(VERSION));
  if (kv.get(markKey(blob)) !== undefined) kv.remove(markKey(blob));
}

export function applyResolveBlobs(
  application: Application,
  { blobIds }: ResolveBlobs,
): CommandResult<ResolveBlobs> {
  if (blobIds.length > MAXIMUM_BATCH || !blobIds.every(isBlobId)) {
    return refuse('Malformed', `At most ${MAXIMUM_BATCH} blob ids of 32 hexadecimal digits.`);
  }
  return { ok: true, states: blobIds.map((blob) => resolve(application, blob)) };
}

function resolve({ kv, context }: Application, blob: BlobId): 'known' | 'held' | 'aborted' {
  if (isKnown(kv, blob)) return 'known';
  if (blobBornMs(blob) < readFloor(kv)) return 'aborted'; // (A3)
  const mark = readMark(kv, blob);
  if (mark !== undefined && mark.heldUntilMs > context.timestampMs) return 'held';
  if (mark?.heldUntilMs !== 0) kv.put(markKey(blob), encodeMark({ heldUntilMs: 0 })); // (A2)
  return 'aborted';
}

export function applyHoldBlob({ kv, context }: Application, command: HoldBlob): CommandResult<HoldBlob> {
  const { blobId } = command;
  const refusal = checkBlob(kv, blobId);
  if (refusal !== undefined) return refusal;
  const heldUntilMs = context.timestampMs + Math.min(command.forMs, MAXIMUM_HOLD_MS);
  kv.put(markKey(blobId), encodeMark({ heldUntilMs }));
  return { ok: true };
}

export function applyRaiseBlobFloor(
  { kv }: Application,
  command: RaiseBlobFloor,
): CommandResult<RaiseBlobFloor> {
  const floorMs = Math.max(command.floorMs, readFloor(kv));
  kv.put(tableKey(TABLE.blobFloor), new ByteWriter().u8(VERSION).u48(floorMs).finish());
  const range = { start: tableKey(TABLE.marks), end: tableKey(TABLE.marks, numberBytes(floorMs, 6)) };
  const limit = Math.min(command.limit, MAXIMUM_BATCH);
  const keys = Array.from(kv.range({ ...range, limit }), ({ key }) => copyBytes(key));
  for (const key of keys) kv.remove(key);
  return { ok: true, removed: keys.length };
}

/** Only `known` is final; whatever else is for `resolveBlobs` to say. */
export function answerBlobStates(kv: KvReader, { blobIds }: BlobStatesQuery): QueryResult<BlobStatesQuery> {
  return { ok: true, states: blobIds.map((blob) => (isKnown(kv, blob) ? 'known' : 'unresolved')) };
}

export function oldestMarkMs(kv: KvReader): number | undefined {
  const range = { start: tableKey(TABLE.marks), end: tableKey(TABLE.marks + 1) };
  for (const { key } of kv.range({ ...range, limit: 1 })) return blobBornMs(toHex(key.subarray(1)));
  return undefined;
}

function isKnown(kv: KvReader, blob: BlobId): boolean {
  return kv.get(blobKey(blob)) !== undefined;
}

function readMark(kv: KvReader, blob: BlobId): BlobMark | undefined {
  const bytes = kv.get(markKey(blob));
  return bytes === undefined ? undefined : decodeMark(bytes);
}

function readFloor(kv: KvReader): number {
  const bytes = kv.get(tableKey(TABLE.blobFloor));
  if (bytes === undefined) return 0;
  const reader = new ByteReader(bytes);
  reader.version(VERSION);
  return reader.u48();
}
