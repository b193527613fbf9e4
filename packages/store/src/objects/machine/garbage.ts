/**
 * What nothing refers to any more: queued by the entry that made it so, kept readable for a while, then deleted chunk by chunk and
 * forgotten.
 *
 * (G1) A blob stays known (table 0x26) until its chunks are deleted, so the sweep of unreferenced chunks leaves it alone.
 * (G2) Forgetting names where it begins: two sweepers at once can't forget what neither has deleted.
 */
import { copyBytes, invariant } from '@crescendo/base';
import type { KvReader } from '../../ports/state-store.ts';
import type { CommandResult, ForgetGarbage } from '../command.ts';
import { refuse } from '../command.ts';
import { chunkCount, type UploadId } from '../identifiers.ts';
import { MAXIMUM_BATCH } from '../limits.ts';
import type { GarbageEntry, GarbageQuery, QueryResult } from '../query.ts';
import { decodeGarbage, encodeGarbage, type GarbageRecord } from '../state/chunk-record.ts';
import { addChange } from '../state/counters.ts';
import { blobKey, numberBytes, partKey, partsOf, prefixRange, TABLE, tableKey } from '../state/keys.ts';
import {
  type BlobReference,
  type DataReference,
  decodeManifest,
  type InlineReference,
} from '../state/object-record.ts';
import { decodePart } from '../state/upload-record.ts';
import type { Application } from './context.ts';

/** Lets go of an object's or part's data. Inline bytes go at once: a reader got them with the object. */
export function freeData(application: Application, data: DataReference): void {
  if (data.kind === 'inline') freeInline(application, data);
  else if (data.kind === 'blob') queue(application, { kind: 'blob', cursor: 0, blob: data });
  else {
    if (data.tail !== undefined) freeInline(application, data.tail);
    if (data.blobs > 0) queue(application, { kind: 'manifest', cursor: 0, manifest: data.manifest });
  }
}

export function queueUploadGarbage(application: Application, upload: UploadId): void {
  const [first] = application.kv.range({ ...prefixRange(partsOf(upload)), limit: 1 });
  if (first !== undefined) queue(application, { kind: 'upload', cursor: 0, upload });
}

function freeInline({ kv, counted }: Application, { index, size }: InlineReference): void {
  kv.remove(tableKey(TABLE.inline, numberBytes(index, 6)));
  addChange(counted, { inlineBytes: -size });
}

function queue(application: Application, record: GarbageRecord): void {
  const { kv, context } = application;
  const id = [numberBytes(context.timestampMs, 6), numberBytes(context.index, 6)];
  kv.put(tableKey(TABLE.garbage, ...id, numberBytes(application.garbageCount++, 2)), encodeGarbage(record));
}

export function answerGarbage(kv: KvReader, { beforeMs, limit }: GarbageQuery): QueryResult<GarbageQuery> {
  const entries: GarbageEntry[] = [];
  let left = Math.min(limit, MAXIMUM_BATCH);
  let truncated = false;
  const range = { start: tableKey(TABLE.garbage), end: tableKey(TABLE.garbage, numberBytes(beforeMs, 6)) };
  for (const { key, value } of kv.range({ ...range, limit: left })) {
    if (left <= 0) break;
    const record = decodeGarbage(value);
    const blobs: BlobReference[] = [];
    let next = record.cursor;
    for (const piece of piecesOf(kv, record, left)) {
      if (piece.cost > left && next > record.cursor) {
        truncated = true;
        break;
      }
      next = piece.next;
      left -= piece.cost;
      if (piece.blob !== undefined) blobs.push(piece.blob);
    }
    entries.push({ id: copyBytes(key.subarray(1)), cursor: record.cursor, next, blobs });
  }
  return { ok: true, entries, truncated: truncated || left <= 0 };
}

/** A part of a garbage entry that can be forgotten by itself, the cursor behind it, and what deleting it costs in chunks. */
interface GarbagePiece {
  readonly next: number;
  readonly cost: number;
  readonly blob?: BlobReference;
}

/** The next pieces, at least one. */
function piecesOf(kv: KvReader, record: GarbageRecord, limit: number): GarbagePiece[] {
  const { cursor } = record;
  if (record.kind === 'blob') return [blobPiece(record.blob, 1)];
  if (record.kind === 'manifest') {
    const blobs = decodeManifest(manifestOf(kv, record.manifest), cursor, cursor + limit);
    return blobs.map((blob, i) => blobPiece(blob, cursor + i + 1));
  }
  const parts = partsBehind(kv, record.upload, cursor, limit).map(({ partNumber, data }) =>
    data.kind === 'blob' ? blobPiece(data, partNumber) : { next: partNumber, cost: 1 },
  );
  return parts.length > 0 ? parts : [{ next: cursor + 1, cost: 1 }];
}

function blobPiece({ blobId, size, chunkBytes }: BlobReference, next: number): GarbagePiece {
  return { next, cost: chunkCount(size, chunkBytes), blob: { blobId, size, chunkBytes } };
}

function manifestOf(kv: KvReader, index: number): Uint8Array {
  const bytes = kv.get(tableKey(TABLE.manifests, numberBytes(index, 6)));
  invariant(bytes !== undefined, `garbage names manifest ${index}, which is not there`);
  return bytes;
}

function partsBehind(kv: KvReader, upload: UploadId, after: number, limit: number) {
  const { end } = prefixRange(partsOf(upload));
  const pairs = kv.range({ start: partKey(upload, after + 1), end, limit });
  return Array.from(pairs, ({ key, value }) => {
    return { key: copyBytes(key), partNumber: key.at(-2)! * 256 + key.at(-1)!, data: decodePart(value).data };
  });
}

export function applyForgetGarbage(
  application: Application,
  { id, cursor, next }: ForgetGarbage,
): CommandResult<ForgetGarbage> {
  const { kv } = application;
  const key = tableKey(TABLE.garbage, id);
  const bytes = kv.get(key);
  const record = bytes === undefined ? undefined : decodeGarbage(bytes);
  if (record === undefined || record.cursor !== cursor) return { ok: true }; // (G2) Somebody else was here.
  if (next <= cursor || next - cursor > MAXIMUM_BATCH)
    return refuse('Malformed', `Cursor ${cursor} to ${next}.`);
  const finished = FORGET[record.kind](application, record as never, next);
  if (finished) kv.remove(key);
  else kv.put(key, encodeGarbage({ ...record, cursor: next }));
  return { ok: true };
}

type Of<Kind extends GarbageRecord['kind']> = Extract<GarbageRecord, { kind: Kind }>;

/** Each forgets blobs from the record's cursor to `next` and says whether nothing is left. */
const FORGET = {
  blob: ({ kv }: Application, { blob }: Of<'blob'>): boolean => {
    kv.remove(blobKey(blob.blobId));
    return true;
  },
  manifest: ({ kv }: Application, { cursor, manifest }: Of<'manifest'>, next: number): boolean => {
    const bytes = manifestOf(kv, manifest);
    const more = decodeManifest(bytes, next, next + 1).length > 0;
    for (const { blobId } of decodeManifest(bytes, cursor, next)) kv.remove(blobKey(blobId));
    if (!more) kv.remove(tableKey(TABLE.manifests, numberBytes(manifest, 6)));
    return !more;
  },
  upload: (application: Application, { cursor, upload }: Of<'upload'>, next: number): boolean => {
    const { kv } = application;
    for (const { key, partNumber, data } of partsBehind(kv, upload, cursor, next - cursor)) {
      if (partNumber > next) break;
      kv.remove(key);
      if (data.kind === 'inline') freeInline(application, data);
      if (data.kind === 'blob') kv.remove(blobKey(data.blobId));
    }
    return partsBehind(kv, upload, next, 1).length === 0;
  },
};
