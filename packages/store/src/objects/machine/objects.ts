/** Objects in the partition of their key: put, deleted, read. */
import { copyBytes } from '@crescendo/base';
import type { KvReader } from '../../ports/state-store.ts';
import type { CommandResult, DeleteObject, PutObject } from '../command.ts';
import { refuse } from '../command.ts';
import type { Generation } from '../identifiers.ts';
import type { FoundObject, ObjectQuery, QueryResult } from '../query.ts';
import type { BucketMemory } from '../state/bucket-memory.ts';
import { addChange } from '../state/counters.ts';
import { numberBytes, objectKey, TABLE, tableKey } from '../state/keys.ts';
import { type DataReference, decodeObject, encodeObject, type ObjectRecord } from '../state/object-record.ts';
import { checkReadConditions, checkWriteConditions } from './conditions.ts';
import type { Application } from './context.ts';
import { checkSegment, keyBytesOf, readInlineBytes, segmentSize, storeSegment } from './data.ts';
import { queueEvents } from './events.ts';
import { freeData } from './garbage.ts';
import { checkReadable, enterBucket } from './partition-buckets.ts';

export function applyPutObject(application: Application, command: PutObject): CommandResult<PutObject> {
  const { kv, context } = application;
  const { generation, segment, etag, checksum, headers, userMetadata, conditions } = command;
  const key = keyBytesOf(command.key);
  if (!(key instanceof Uint8Array)) return key;
  const standing = readObject(kv, generation, key);
  const refusal =
    enterBucket(application, command) ??
    checkWriteConditions(standing, conditions) ??
    checkSegment(kv, segment);
  if (refusal !== undefined) return refusal;
  const size = segmentSize(segment);
  const modifiedMs = context.timestampMs;
  const data = storeSegment(application, segment);
  const record = { size, etag, modifiedMs, headers, userMetadata, data };
  replaceObject(
    application,
    generation,
    key,
    standing,
    checksum === undefined ? record : { ...record, checksum },
  );
  const name = command.copied === true ? 's3:ObjectCreated:Copy' : 's3:ObjectCreated:Put';
  queueEvents(application, command, { name, size, etag }, command.origin);
  return { ok: true, modifiedMs };
}

export function applyDeleteObject(
  application: Application,
  command: DeleteObject,
): CommandResult<DeleteObject> {
  const { kv, counted } = application;
  const { generation, conditions } = command;
  const key = keyBytesOf(command.key);
  if (!(key instanceof Uint8Array)) return key;
  const standing = readObject(kv, generation, key);
  const refusal = enterBucket(application, command) ?? checkWriteConditions(standing, conditions);
  if (refusal !== undefined) return refusal;
  if (standing === undefined) return { ok: true, existed: false };
  kv.remove(objectKey(generation, key));
  freeData(application, standing.data);
  addChange(counted, { objects: -1, objectBytes: -standing.size });
  queueEvents(application, command, { name: 's3:ObjectRemoved:Delete' }, command.origin);
  return { ok: true, existed: true };
}

/** Writes the object and lets go of what stood there. */
export function replaceObject(
  application: Application,
  generation: Generation,
  key: Uint8Array,
  standing: ObjectRecord | undefined,
  record: ObjectRecord,
): void {
  application.kv.put(objectKey(generation, key), encodeObject(record));
  if (standing !== undefined) freeData(application, standing.data);
  addChange(application.counted, {
    objects: standing === undefined ? 1 : 0,
    objectBytes: record.size - (standing?.size ?? 0),
  });
}

export function readObject(kv: KvReader, generation: Generation, key: Uint8Array): ObjectRecord | undefined {
  const bytes = kv.get(objectKey(generation, key));
  return bytes === undefined ? undefined : decodeObject(bytes);
}

export function answerObject(
  kv: KvReader,
  query: ObjectQuery,
  buckets: BucketMemory,
): QueryResult<ObjectQuery> {
  const refusal = checkReadable(kv, query, buckets);
  if (refusal !== undefined) return refusal;
  const key = keyBytesOf(query.key);
  if (!(key instanceof Uint8Array)) return key;
  const record = readObject(kv, query.generation, key);
  if (record === undefined)
    return refuse('NoSuchKey', `There is no object ${query.key} in bucket ${query.bucket}.`);
  const unmet = checkReadConditions(record, query.conditions);
  if (unmet !== undefined) return unmet;
  const { data, ...info } = record;
  return { ok: true, ...info, ...foundData(kv, data) };
}

function foundData(
  kv: KvReader,
  data: DataReference,
): Pick<FoundObject, 'parts' | 'manifest' | 'inline' | 'blob'> {
  if (data.kind === 'inline') return { parts: false, inline: readInlineBytes(kv, data) };
  if (data.kind === 'blob') {
    const { blobId, size, chunkBytes } = data;
    return { parts: false, blob: { blobId, size, chunkBytes } };
  }
  const manifest = kv.get(tableKey(TABLE.manifests, numberBytes(data.manifest, 6)));
  return {
    parts: true,
    ...(data.blobs === 0 || manifest === undefined ? {} : { manifest: copyBytes(manifest) }),
    ...(data.tail === undefined ? {} : { inline: readInlineBytes(kv, data.tail) }),
  };
}
