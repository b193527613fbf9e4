/** Multipart uploads as they stand: found, listed part by part, asked for by gateways. */
import type { KvReader } from '../../ports/state-store.ts';
import { type CompletedUpload, type Refusal, refuse, type UploadScope } from '../command.ts';
import { idBytes, isUploadId, type UploadId } from '../identifiers.ts';
import { MAXIMUM_PAGE_ROWS, MAXIMUM_PART_NUMBER } from '../limits.ts';
import type { UploadInfo } from '../object-store.ts';
import type { PartsQuery, QueryResult, UploadQuery } from '../query.ts';
import type { BucketMemory } from '../state/bucket-memory.ts';
import { partKey, partsOf, prefixRange, TABLE, tableKey, uploadKey } from '../state/keys.ts';
import {
  decodeCompleted,
  decodePart,
  decodeUpload,
  type PartRecord,
  packPartInfos,
  type UploadRecord,
} from '../state/upload-record.ts';
import { keyBytesOf } from './data.ts';
import { checkReadable } from './partition-buckets.ts';

export type StandingPart = PartRecord & { readonly partNumber: number };

export function answerUpload(
  kv: KvReader,
  query: UploadQuery,
  buckets: BucketMemory,
): QueryResult<UploadQuery> {
  const refusal = checkReadable(kv, query, buckets);
  if (refusal !== undefined) return refusal;
  const upload = findUpload(kv, query);
  if (!('ok' in upload)) return { ok: true, upload: uploadInfo(query, upload) };
  const completed = completedUpload(kv, query);
  return completed === undefined ? upload : { ok: true, completed };
}

export function answerParts(kv: KvReader, query: PartsQuery, buckets: BucketMemory): QueryResult<PartsQuery> {
  const { uploadId, after, limit } = query;
  const refusal = checkReadable(kv, query, buckets);
  if (refusal !== undefined) return refusal;
  const upload = findUpload(kv, query);
  if ('ok' in upload) return upload;
  const rows = Math.min(limit, MAXIMUM_PAGE_ROWS);
  const parts = partsBehind(kv, uploadId, Math.min(after, MAXIMUM_PART_NUMBER), rows + 1);
  const truncated = parts.length > rows;
  return {
    ok: true,
    upload: uploadInfo(query, upload),
    parts: packPartInfos(parts.slice(0, rows)),
    truncated,
  };
}

/** Parts behind a number, in order. */
export function partsBehind(kv: KvReader, upload: UploadId, after: number, limit: number): StandingPart[] {
  const { end } = prefixRange(partsOf(upload));
  return Array.from(kv.range({ start: partKey(upload, after + 1), end, limit }), ({ key, value }) => {
    return { partNumber: key.at(-2)! * 256 + key.at(-1)!, ...decodePart(value) };
  });
}

function uploadInfo({ key, uploadId }: UploadScope, record: UploadRecord): UploadInfo {
  const { initiatedMs, checksumAlgorithm, checksumType } = record;
  return {
    ...{ key, uploadId, initiatedMs },
    ...(checksumAlgorithm === undefined ? {} : { checksumAlgorithm }),
    ...(checksumType === undefined ? {} : { checksumType }),
  };
}

export function findUpload(kv: KvReader, { generation, key, uploadId }: UploadScope): UploadRecord | Refusal {
  const bytes = keyBytesOf(key);
  const stands = bytes instanceof Uint8Array && isUploadId(uploadId);
  const record = stands ? kv.get(uploadKey(generation, bytes, uploadId)) : undefined;
  return record === undefined
    ? refuse('NoSuchUpload', `There is no upload ${uploadId} of this key.`)
    : decodeUpload(record);
}

export function missing(upload: UploadRecord | Refusal): Refusal | undefined {
  return 'ok' in upload ? upload : undefined;
}

/** The result of an upload that was completed not long ago. */
export function completedUpload(kv: KvReader, scope: UploadScope): CompletedUpload | undefined {
  const bytes = isUploadId(scope.uploadId)
    ? kv.get(tableKey(TABLE.completed, idBytes(scope.uploadId)))
    : undefined;
  if (bytes === undefined) return undefined;
  const { completedMs, generation, key, ...result } = decodeCompleted(bytes);
  return generation === scope.generation && key === scope.key
    ? { modifiedMs: completedMs, ...result }
    : undefined;
}
