/**
 * Multipart uploads in the partition of their key.
 *
 * (U1) Each part has a record of its own; nothing grows with the number of parts until the completion, which is one entry.
 * (U2) Only the last part may be inline or smaller than the minimum.
 * (U3) A completion that is repeated gives the first one's result, whatever happened to the object since.
 */
import { copyBytes, invariant } from '@crescendo/base';
import type { KvReader } from '../../ports/state-store.ts';
import type {
  AbortUpload,
  CommandResult,
  CreateUpload,
  ExpireUploads,
  PutPart,
  UploadScope,
} from '../command.ts';
import { refuse } from '../command.ts';
import { UPLOAD_NONCE_BYTES, uploadIdOf } from '../identifiers.ts';
import { MAXIMUM_BATCH, MAXIMUM_PART_NUMBER, MAXIMUM_POSITION_BYTES } from '../limits.ts';
import { numberBytes, partKey, prefixRange, TABLE, tableKey, uploadKey } from '../state/keys.ts';
import { decodePart, encodePart, encodeUpload, type UploadRecord } from '../state/upload-record.ts';
import type { Application } from './context.ts';
import { checkSegment, keyBytesOf, segmentSize, storeSegment } from './data.ts';
import { freeData, queueUploadGarbage } from './garbage.ts';
import { enterBucket } from './partition-buckets.ts';
import { findUpload, missing } from './upload-lookup.ts';

export function applyCreateUpload(
  application: Application,
  command: CreateUpload,
): CommandResult<CreateUpload> {
  const { kv, context } = application;
  const { generation, nonce, headers, userMetadata, checksumAlgorithm, checksumType } = command;
  const key = keyBytesOf(command.key);
  if (!(key instanceof Uint8Array)) return key;
  if (nonce.length !== UPLOAD_NONCE_BYTES)
    return refuse('Malformed', `A nonce has ${UPLOAD_NONCE_BYTES} bytes.`);
  const uploadId = uploadIdOf(context.index, nonce);
  const mapKey = uploadKey(generation, key, uploadId);
  if (mapKey.length > MAXIMUM_POSITION_BYTES)
    return refuse('KeyTooLong', 'The key has too many zero characters.');
  const refusal = enterBucket(application, command);
  if (refusal !== undefined) return refusal;
  const initiatedMs = context.timestampMs;
  const record: UploadRecord = {
    ...{ initiatedMs, headers, userMetadata },
    ...(checksumAlgorithm === undefined ? {} : { checksumAlgorithm }),
    ...(checksumType === undefined ? {} : { checksumType }),
  };
  kv.put(mapKey, encodeUpload(record));
  return { ok: true, uploadId, initiatedMs };
}

export function applyPutPart(application: Application, command: PutPart): CommandResult<PutPart> {
  const { kv, context } = application;
  const { uploadId, partNumber, segment, etag, checksum } = command;
  if (partNumber < 1 || partNumber > MAXIMUM_PART_NUMBER) {
    return refuse('InvalidPart', `Part number ${partNumber}; allowed are 1 to ${MAXIMUM_PART_NUMBER}.`);
  }
  const upload = findUpload(kv, command);
  const refusal = enterBucket(application, command) ?? missing(upload) ?? checkSegment(kv, segment);
  if (refusal !== undefined) return refusal;
  const modifiedMs = context.timestampMs;
  const key = partKey(uploadId, partNumber);
  const replaced = kv.get(key);
  const old = replaced === undefined ? undefined : decodePart(replaced);
  const data = storeSegment(application, segment);
  const record = { size: segmentSize(segment), etag, modifiedMs, revision: context.index, data };
  kv.put(key, encodePart(checksum === undefined ? record : { ...record, checksum }));
  if (old !== undefined) freeData(application, old.data);
  return { ok: true, modifiedMs };
}

/** Takes the same time however many parts there are: they go as garbage. */
export function applyAbortUpload(application: Application, command: AbortUpload): CommandResult<AbortUpload> {
  const { kv } = application;
  const upload = findUpload(kv, command);
  const refusal = enterBucket(application, command) ?? missing(upload);
  if (refusal !== undefined) return refusal;
  removeUpload(application, command);
  queueUploadGarbage(application, command.uploadId);
  return { ok: true };
}

/** Forgets the upload; its parts are the caller's to care for. */
export function removeUpload({ kv }: Application, { generation, key, uploadId }: UploadScope): void {
  const bytes = keyBytesOf(key);
  invariant(bytes instanceof Uint8Array, 'an upload stands under a key that is too long');
  kv.remove(uploadKey(generation, bytes, uploadId));
}

export function applyExpireUploads(
  { kv }: Application,
  { beforeMs, limit }: ExpireUploads,
): CommandResult<ExpireUploads> {
  const range = {
    start: tableKey(TABLE.completedTimes),
    end: tableKey(TABLE.completedTimes, numberBytes(beforeMs, 6)),
  };
  const keys = Array.from(kv.range({ ...range, limit: Math.min(limit, MAXIMUM_BATCH) }), ({ key }) =>
    copyBytes(key),
  );
  for (const key of keys) {
    kv.remove(key);
    kv.remove(tableKey(TABLE.completed, key.subarray(7)));
  }
  return { ok: true, removed: keys.length };
}

export function oldestCompletedMs(kv: KvReader): number | undefined {
  const range = prefixRange(tableKey(TABLE.completedTimes));
  for (const { key } of kv.range({ ...range, limit: 1 })) {
    return key.subarray(1, 7).reduce((value, byte) => value * 256 + byte, 0);
  }
  return undefined;
}
