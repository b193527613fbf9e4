/** Multipart uploads as the doors see them. */
import { toHex, utf8 } from '@crescendo/base';
import type { CompletedUpload } from '../command.ts';
import { objectPlacement, UPLOAD_NONCE_BYTES } from '../identifiers.ts';
import { MAXIMUM_PAGE_ROWS } from '../limits.ts';
import type {
  CompleteUploadInput,
  CreateUploadInput,
  ListPartsPage,
  ListUploadsInput,
  ListUploadsPage,
  ObjectInfo,
  ObjectStore,
  PartInfo,
  PartReference,
  UploadInfo,
  UploadTarget,
} from '../object-store.ts';
import { behindUploadsOf, parseUploadPosition, unescapeZeros, uploadPosition } from '../state/keys.ts';
import { decodeUploadHead, type PartChoice, packParts, unpackPartInfos } from '../state/upload-record.ts';
import { StoreFailure } from '../store-failure.ts';
import { packOrigin } from '../write-origin.ts';
import { takeBody } from './blob-writer.ts';
import type { BucketBeliefs } from './buckets.ts';
import { type AskPage, mergeListing, positionText } from './list-merge.ts';
import { assertKeyFits } from './objects.ts';
import type { Gateway } from './options.ts';

/** Parts may be replaced while a completion reads them; so often in a row they are not. */
const MAXIMUM_COMPLETIONS = 5;

type UploadMethods = Pick<
  ObjectStore,
  'createUpload' | 'getUpload' | 'putPart' | 'completeUpload' | 'abortUpload' | 'listParts' | 'listUploads'
>;

export function uploadMethods(gateway: Gateway, beliefs: BucketBeliefs): UploadMethods {
  return {
    createUpload: (input) => createUpload(gateway, beliefs, input),
    getUpload: (target) => getUpload(gateway, beliefs, target),
    putPart: (input) => putPart(gateway, beliefs, input),
    completeUpload: (input) => completeUpload(gateway, beliefs, input),
    abortUpload: (target) => abortUpload(gateway, beliefs, target),
    listParts: (input) => listParts(gateway, beliefs, input),
    listUploads: (input) => listUploads(gateway, beliefs, input),
  };
}

async function createUpload(
  { router, random }: Gateway,
  beliefs: BucketBeliefs,
  input: CreateUploadInput,
): Promise<UploadInfo> {
  const { bucket, key, ...upload } = input;
  const { headers, userMetadata, ...told } = upload;
  assertKeyFits(key);
  const nonce = random.bytes(UPLOAD_NONCE_BYTES);
  const { uploadId, initiatedMs } = await beliefs.write(bucket, (scope) =>
    router.execute(home(router, bucket, key), {
      ...({ type: 'createUpload', key, nonce, headers, userMetadata } as const),
      ...told,
      ...scope,
    }),
  );
  return { key, uploadId, initiatedMs, ...told };
}

function home(router: Gateway['router'], bucket: string, key: string): number {
  return router.partitionOf(objectPlacement(bucket, key));
}

async function findUpload(
  { router }: Gateway,
  beliefs: BucketBeliefs,
  { bucket, key, uploadId }: UploadTarget,
) {
  return beliefs.read(bucket, (scope) =>
    router.query(home(router, bucket, key), { type: 'upload', key, uploadId, ...scope }),
  );
}

async function getUpload(
  gateway: Gateway,
  beliefs: BucketBeliefs,
  target: UploadTarget,
): Promise<UploadInfo> {
  const found = await findUpload(gateway, beliefs, target);
  if ('upload' in found) return found.upload;
  throw new StoreFailure('NoSuchUpload', `Upload ${target.uploadId} was completed.`);
}

async function putPart(
  gateway: Gateway,
  beliefs: BucketBeliefs,
  input: Parameters<ObjectStore['putPart']>[0],
): Promise<PartInfo> {
  const { router } = gateway;
  const { bucket, key, uploadId, partNumber } = input;
  assertKeyFits(key);
  await beliefs.find(bucket);
  const partition = home(router, bucket, key);
  const { segment, size, etag, checksum, discard } = await takeBody(gateway, partition, input.body);
  const digest = checksum === undefined ? { etag } : { etag, checksum };
  try {
    const { modifiedMs } = await beliefs.write(bucket, (scope) =>
      router.execute(partition, { type: 'putPart', key, uploadId, partNumber, segment, ...digest, ...scope }),
    );
    return { partNumber, size, modifiedMs, ...digest };
  } catch (thrown) {
    void discard();
    throw thrown;
  }
}

async function completeUpload(
  gateway: Gateway,
  beliefs: BucketBeliefs,
  input: CompleteUploadInput,
): Promise<ObjectInfo> {
  const { bucket, key, uploadId, conditions, origin } = input;
  const { router, limits } = gateway;
  for (let i = 0; i < MAXIMUM_COMPLETIONS; i++) {
    const found = await findUpload(gateway, beliefs, input);
    if ('completed' in found) return infoOf(input, found.completed);
    const standing = await readParts(gateway, beliefs, input, 0, MAXIMUM_PAGE_ROWS);
    const parts = chooseParts(standing.parts, input.parts);
    const { etag, checksum } = await input.finish(parts.map(withoutRevision), found.upload);
    const completion = {
      ...({ type: 'completeUpload', key, uploadId, parts: packParts(parts), etag, conditions } as const),
      ...{ minimumPartBytes: limits.minimumPartBytes, ...(checksum === undefined ? {} : { checksum }) },
      ...(origin === undefined ? {} : { origin: packOrigin(origin) }),
    };
    const result = await beliefs.write(bucket, async (scope) => {
      const done = await router.execute(home(router, bucket, key), { ...completion, ...scope });
      return !done.ok && done.code === 'StaleParts' ? { ok: true as const, stale: true as const } : done;
    });
    if (!('stale' in result)) return infoOf(input, result, parts);
  }
  throw new StoreFailure('Conflict', `Upload ${uploadId}: its parts kept changing.`, { retryable: true });
}

type StandingPart = PartInfo & PartChoice;

function withoutRevision({ revision: _, ...part }: StandingPart): PartInfo {
  return part;
}

/** The parts that a client names, which must stand as it knows them. */
function chooseParts(standing: readonly StandingPart[], wanted: readonly PartReference[]): StandingPart[] {
  if (wanted.length === 0) throw new StoreFailure('InvalidPart', 'A completion names at least one part.');
  const byNumber = new Map(standing.map((part) => [part.partNumber, part]));
  let last = 0;
  return wanted.map(({ partNumber, etag, checksum }) => {
    if (partNumber <= last) {
      throw new StoreFailure(
        'InvalidPartOrder',
        `Part ${partNumber} comes after part ${last}; parts must ascend.`,
      );
    }
    last = partNumber;
    const part = byNumber.get(partNumber);
    const meant = part?.etag === etag && (checksum === undefined || checksum.value === part.checksum?.value);
    if (part !== undefined && meant) return part;
    throw new StoreFailure('InvalidPart', `Part ${partNumber} was not uploaded, or not with ETag ${etag}.`);
  });
}

function infoOf(
  { bucket, key }: UploadTarget,
  { size, etag, modifiedMs, headers, userMetadata, checksum }: CompletedUpload,
  parts?: readonly PartInfo[],
): ObjectInfo {
  return {
    ...{ bucket, key, size, etag, modifiedMs, headers, userMetadata },
    ...(checksum === undefined ? {} : { checksum }),
    ...(parts === undefined ? {} : { partSizes: parts.map((part) => part.size) }),
  };
}

async function abortUpload(
  { router }: Gateway,
  beliefs: BucketBeliefs,
  { bucket, key, uploadId }: UploadTarget,
): Promise<void> {
  await beliefs.write(bucket, (scope) =>
    router.execute(home(router, bucket, key), { type: 'abortUpload', key, uploadId, ...scope }),
  );
}

async function readParts(
  { router }: Gateway,
  beliefs: BucketBeliefs,
  { bucket, key, uploadId }: UploadTarget,
  after: number,
  limit: number,
) {
  const answer = await beliefs.read(bucket, (scope) =>
    router.query(home(router, bucket, key), { type: 'parts', key, uploadId, after, limit, ...scope }),
  );
  return { ...answer, parts: unpackPartInfos(answer.parts) };
}

async function listParts(
  gateway: Gateway,
  beliefs: BucketBeliefs,
  input: UploadTarget & { readonly after: number; readonly limit: number },
): Promise<ListPartsPage> {
  const { upload, parts, truncated } = await readParts(gateway, beliefs, input, input.after, input.limit);
  return { upload, parts: parts.map(withoutRevision), truncated };
}

async function listUploads(
  { router }: Gateway,
  beliefs: BucketBeliefs,
  input: ListUploadsInput,
): Promise<ListUploadsPage> {
  const { bucket, prefix, delimiter, limit } = input;
  const { rows, truncated } = await beliefs.read(bucket, (scope) => {
    const ask: AskPage = (partitions, page) =>
      router.queryAll(partitions, { type: 'listUploads', prefix, delimiter, ...page, ...scope });
    return mergeListing(router.partitionCount, uploadsBehind(input), limit, ask);
  });
  const uploads: UploadInfo[] = [];
  const commonPrefixes: string[] = [];
  for (const { position, head } of rows) {
    if (head === undefined) {
      commonPrefixes.push(positionText(unescapeZeros(position)));
      continue;
    }
    const { key, id } = parseUploadPosition(position);
    uploads.push({ key: positionText(key), uploadId: toHex(id), ...decodeUploadHead(head) });
  }
  return { uploads, commonPrefixes, truncated };
}

/** The position behind which a listing begins. */
function uploadsBehind({ afterKey, afterUploadId }: ListUploadsInput): Uint8Array {
  const key = utf8(afterKey);
  if (afterKey === '') return new Uint8Array(0);
  if (!/^[0-9a-f]{32}$/.test(afterUploadId)) return behindUploadsOf(key);
  return uploadPosition(key, afterUploadId);
}
