import type { CommandResult, CompletedUpload, CompleteUpload, Refusal, UploadScope } from '../command.ts';
import { refuse } from '../command.ts';
import { idBytes } from '../identifiers.ts';
import { MAXIMUM_OBJECT_BYTES, MAXIMUM_PART_NUMBER } from '../limits.ts';
import { numberBytes, partKey, TABLE, tableKey } from '../state/keys.ts';
import { type BlobReference, type DataReference, encodeManifest } from '../state/object-record.ts';
import { encodeCompleted, type UploadRecord, unpackParts } from '../state/upload-record.ts';
import { checkWriteConditions } from './conditions.ts';
import type { Application } from './context.ts';
import { keyBytesOf } from './data.ts';
import { queueEvents } from './events.ts';
import { freeData } from './garbage.ts';
import { readObject, replaceObject } from './objects.ts';
import { enterBucket } from './partition-buckets.ts';
import { completedUpload, findUpload, missing, partsBehind, type StandingPart } from './upload-lookup.ts';
import { removeUpload } from './uploads.ts';

export function applyCompleteUpload(
  application: Application,
  command: CompleteUpload,
): CommandResult<CompleteUpload> {
  const { kv } = application;
  const refusal = enterBucket(application, command);
  if (refusal !== undefined) return refusal;
  const repeated = completedUpload(kv, command);
  if (repeated !== undefined) return { ok: true, ...repeated }; // (U3)
  const upload = findUpload(kv, command);
  const key = keyBytesOf(command.key);
  if (!(key instanceof Uint8Array)) return key;
  if ('ok' in upload) return missing(upload)!;
  const standing = partsBehind(kv, command.uploadId, 0, MAXIMUM_PART_NUMBER);
  const chosen = chooseParts(standing, command.parts);
  if (!Array.isArray(chosen)) return chosen;
  const object = readObject(kv, command.generation, key);
  const unmet =
    checkSizes(chosen, command.minimumPartBytes) ?? checkWriteConditions(object, command.conditions);
  if (unmet !== undefined) return unmet;

  const data = joinParts(application, chosen);
  removeParts(application, command, standing, chosen);
  removeUpload(application, command);
  const completed = noteCompletion(application, command, upload, sizeOf(chosen));
  replaceObject(application, command.generation, key, object, { ...completed, data });
  const { size, etag } = completed;
  const name = 's3:ObjectCreated:CompleteMultipartUpload';
  queueEvents(application, command, { name, size, etag }, command.origin);
  return { ok: true, ...completed };
}

/** The standing parts that a completion names. */
function chooseParts(standing: readonly StandingPart[], packed: Uint8Array): StandingPart[] | Refusal {
  const choices = unpackParts(packed);
  if (choices === undefined || choices.length === 0) return refuse('Malformed', 'A completion names parts.');
  const byNumber = new Map(standing.map((part) => [part.partNumber, part]));
  const chosen: StandingPart[] = [];
  for (const { partNumber, revision } of choices) {
    if (partNumber <= (chosen.at(-1)?.partNumber ?? 0)) {
      return refuse('InvalidPartOrder', `Part ${partNumber} does not follow the one before it.`);
    }
    const part = byNumber.get(partNumber);
    if (part?.revision !== revision)
      return refuse('StaleParts', `Part ${partNumber} was replaced or is not there.`);
    chosen.push(part);
  }
  return chosen;
}

/** (U2) */
function checkSizes(parts: readonly StandingPart[], minimum: number): Refusal | undefined {
  const small = parts.slice(0, -1).find(({ size, data }) => size < minimum || data.kind !== 'blob');
  if (small !== undefined) {
    return refuse(
      'EntityTooSmall',
      `Part ${small.partNumber} has ${small.size} bytes; all but the last need ${minimum}.`,
    );
  }
  const size = sizeOf(parts);
  if (size <= MAXIMUM_OBJECT_BYTES) return undefined;
  return refuse('EntityTooLarge', `The parts have ${size} bytes together; at most ${MAXIMUM_OBJECT_BYTES}.`);
}

function sizeOf(parts: readonly StandingPart[]): number {
  return parts.reduce((sum, { size }) => sum + size, 0);
}

function joinParts({ kv, context }: Application, parts: readonly StandingPart[]): DataReference {
  const blobs: BlobReference[] = parts.flatMap(({ data }) => (data.kind === 'blob' ? [data] : []));
  const last = parts.at(-1)?.data;
  const tail = last?.kind === 'inline' ? { tail: { index: last.index, size: last.size } } : {};
  if (blobs.length > 0)
    kv.put(tableKey(TABLE.manifests, numberBytes(context.index, 6)), encodeManifest(blobs));
  return { kind: 'parts', manifest: context.index, blobs: blobs.length, ...tail };
}

/** The records go; the data of the chosen parts is the object's now, that of the others is garbage. */
function removeParts(
  application: Application,
  { uploadId }: UploadScope,
  standing: readonly StandingPart[],
  chosen: readonly StandingPart[],
): void {
  const kept = new Set(chosen);
  for (const part of standing) {
    application.kv.remove(partKey(uploadId, part.partNumber));
    if (!kept.has(part)) freeData(application, part.data);
  }
}

function noteCompletion(
  { kv, context }: Application,
  { uploadId, generation, key, etag, checksum }: CompleteUpload,
  { headers, userMetadata }: UploadRecord,
  size: number,
): CompletedUpload {
  const completedMs = context.timestampMs;
  const result = { size, etag, headers, userMetadata, ...(checksum === undefined ? {} : { checksum }) };
  const id = idBytes(uploadId);
  kv.put(tableKey(TABLE.completed, id), encodeCompleted({ completedMs, generation, key, ...result }));
  kv.put(tableKey(TABLE.completedTimes, numberBytes(completedMs, 6), id), Uint8Array.of(1));
  return { modifiedMs: completedMs, ...result };
}
