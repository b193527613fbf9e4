/**
 * Whether something that came from the log or from a peer is a command or query of this version. Fields that are not known are let
 * through: a newer version may have added them.
 */
import type { Command } from './command.ts';
import { isGeneration } from './identifiers.ts';
import { MAXIMUM_BUCKET_NAME_BYTES, MAXIMUM_DESTINATION_LENGTH } from './limits.ts';
import type { Query } from './query.ts';

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
/** Milliseconds; before 1970 is as good as 1970. */
const moment: Check = (value) => Number.isSafeInteger(value);
const bytes: Check = (value) => value instanceof Uint8Array;
/** Short enough for a key of the map in any encoding. */
const bucketName: Check = (value) => typeof value === 'string' && value.length <= MAXIMUM_BUCKET_NAME_BYTES;
const generation: Check = (value) => typeof value === 'string' && isGeneration(value);

function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

function list(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

function fields(checks: Readonly<Record<string, Check>>): Check {
  const entries = Object.entries(checks);
  return (value) =>
    typeof value === 'object' &&
    value !== null &&
    entries.every(([name, check]) => check((value as Record<string, unknown>)[name]));
}

const textMap: Check = (value) =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((entry) => entry === undefined || text(entry));

const ALGORITHMS: readonly unknown[] = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'];
const algorithm: Check = (value) => ALGORITHMS.includes(value);
const checksumType: Check = (value) => value === 'FULL_OBJECT' || value === 'COMPOSITE';
const checksum = fields({ algorithm, type: checksumType, value: text });

const conditions = fields({
  ifMatch: optional(list(text)),
  ifNoneMatch: optional(list(text)),
  ifModifiedSinceMs: optional(moment),
  ifUnmodifiedSinceMs: optional(moment),
});

const inlineSegment = fields({ kind: (value) => value === 'inline', bytes });
const blobSegment = fields({
  kind: (value) => value === 'blob',
  blobId: text,
  size: count,
  chunkBytes: count,
});
const segment: Check = (value) => inlineSegment(value) || blobSegment(value);

const bucket = { bucket: bucketName };
const bucketScope = { ...bucket, generation };
const keyScope = { ...bucketScope, key: text };
const uploadScope = { ...keyScope, uploadId: text };
const step = { ...bucketScope, attempt: count };
const metadata = { headers: textMap, userMetadata: textMap };
const read = { sealedToo: optional(flag) };
const page = { after: text, limit: count };
const listing = { ...bucketScope, ...read, prefix: text, delimiter: text, after: bytes, limit: count };

const origin = optional(text);
/** Short enough for a key of the map in any encoding, and free of the zero that ends it there. */
const destination: Check = (value) =>
  typeof value === 'string' && value.length <= MAXIMUM_DESTINATION_LENGTH && !value.includes('\0');
const rules = list(
  fields({ id: text, destination, events: list(text), prefix: optional(text), suffix: optional(text) }),
);

type Checks<Type extends string> = Readonly<Record<Type, Readonly<Record<string, Check>>>>;

const COMMANDS: Checks<Command['type']> = {
  createBucket: bucket,
  beginBucketDeletion: { ...bucket, generation: optional(generation) },
  finishBucketDeletion: step,
  cancelBucketDeletion: step,
  finishBucketReopening: step,
  forgetBucketDeletion: bucketScope,
  putBucketRules: { ...bucket, rules },
  setBucketRules: { ...bucketScope, number: count, rules },
  finishBucketRules: { ...bucketScope, number: count },
  settleEvents: { destination, indexes: list(count) },
  sealBucket: step,
  unsealBucket: step,
  dropBucket: { ...bucketScope, limit: count },
  putObject: {
    ...{ ...keyScope, ...metadata, segment, etag: text },
    ...{ checksum: optional(checksum), conditions: optional(conditions) },
    ...{ copied: optional(flag), origin },
  },
  deleteObject: { ...keyScope, conditions: optional(conditions), origin },
  createUpload: {
    ...{ ...keyScope, ...metadata, nonce: bytes },
    ...{ checksumAlgorithm: optional(algorithm), checksumType: optional(checksumType) },
  },
  putPart: { ...uploadScope, partNumber: count, segment, etag: text, checksum: optional(checksum) },
  completeUpload: {
    ...{ ...uploadScope, parts: bytes, etag: text, minimumPartBytes: count },
    ...{ checksum: optional(checksum), conditions: optional(conditions), origin },
  },
  abortUpload: uploadScope,
  registerChunk: {
    ...{ name: text, size: count, crc: optional(count) },
    ...{ ownerPartition: count, epoch: count, holders: list(text) },
  },
  deleteChunks: { names: list(text) },
  settleChunks: { settled: list(text), postponed: list(text) },
  resolveBlobs: { blobIds: list(text) },
  holdBlob: { blobId: text, forMs: count },
  forgetGarbage: { id: bytes, cursor: count, next: count },
  raiseBlobFloor: { floorMs: count, limit: count },
  expireUploads: { beforeMs: count, limit: count },
};

const QUERIES: Checks<Query['type']> = {
  bucket,
  buckets: { after: bucketName, limit: count },
  bucketWork: { limit: count },
  bucketRules: bucket,
  ruleWork: { limit: count },
  outboxes: {},
  waitingEvents: { destination, limit: count },
  object: { ...keyScope, ...read, conditions: optional(conditions) },
  listObjects: listing,
  listUploads: listing,
  upload: { ...uploadScope, ...read },
  parts: { ...uploadScope, ...read, after: count, limit: count },
  chunkInfo: { name: text },
  chunkPage: page,
  pendingChunks: { beforeMs: count, limit: count },
  blobStates: { blobIds: list(text) },
  garbage: { beforeMs: count, limit: count },
  housekeeping: {},
  stats: {},
};

function checker(table: Checks<string>): (value: unknown) => boolean {
  const checks = new Map(Object.entries(table).map(([type, checksOfType]) => [type, fields(checksOfType)]));
  return (value) => {
    if (typeof value !== 'object' || value === null || !('type' in value)) return false;
    return typeof value.type === 'string' && (checks.get(value.type)?.(value) ?? false);
  };
}

const checkCommand = checker(COMMANDS);
const checkQuery = checker(QUERIES);

export function isCommand(value: unknown): value is Command {
  return checkCommand(value);
}

export function isQuery(value: unknown): value is Query {
  return checkQuery(value);
}
