/** Objects as the doors see them: put, read, deleted, listed. */
import { utf8 } from '@crescendo/base';
import type { DeleteObject } from '../command.ts';
import { objectPlacement } from '../identifiers.ts';
import { MAXIMUM_KEY_BYTES } from '../limits.ts';
import type {
  Conditions,
  ListObjectsInput,
  ListObjectsPage,
  ObjectInfo,
  ObjectRead,
  ObjectStore,
  PutObjectInput,
} from '../object-store.ts';
import type { FoundObject } from '../query.ts';
import { type BlobReference, decodeHead, decodeManifest } from '../state/object-record.ts';
import { StoreFailure } from '../store-failure.ts';
import { packOrigin } from '../write-origin.ts';
import { readBlobs } from './blob-reader.ts';
import { takeBody } from './blob-writer.ts';
import type { BucketBeliefs } from './buckets.ts';
import { mergeListing, positionText } from './list-merge.ts';
import type { Gateway } from './options.ts';

type ObjectMethods = Pick<ObjectStore, 'putObject' | 'getObject' | 'deleteObject' | 'listObjects'>;

export function objectMethods(gateway: Gateway, beliefs: BucketBeliefs): ObjectMethods {
  return {
    putObject: (input) => putObject(gateway, beliefs, input),
    getObject: (bucket, key, conditions) => getObject(gateway, beliefs, bucket, key, conditions),
    deleteObject: (bucket, key, conditions, origin) =>
      deleteObject(gateway, beliefs, {
        bucket,
        key,
        ...(conditions === undefined ? {} : { conditions }),
        ...(origin === undefined ? {} : { origin: packOrigin(origin) }),
      }),
    listObjects: (input) => listObjects(gateway, beliefs, input),
  };
}

/** Nothing is committed unless this resolves, except when it fails as Unavailable: then it may have been. */
async function putObject(
  gateway: Gateway,
  beliefs: BucketBeliefs,
  input: PutObjectInput,
): Promise<ObjectInfo> {
  const { router } = gateway;
  const { bucket, key, headers, userMetadata, conditions, copied, origin } = input;
  assertKeyFits(key);
  await beliefs.find(bucket);
  const partition = router.partitionOf(objectPlacement(bucket, key));
  const { segment, size, etag, checksum, discard } = await takeBody(gateway, partition, input.body);
  const put = {
    ...({ type: 'putObject', key, segment, etag, headers, userMetadata, conditions } as const),
    ...(checksum === undefined ? {} : { checksum }),
    ...(copied === true ? { copied } : {}),
    ...(origin === undefined ? {} : { origin: packOrigin(origin) }),
  };
  try {
    const { modifiedMs } = await beliefs.write(bucket, (scope) =>
      router.execute(partition, { ...put, ...scope }),
    );
    const info = { bucket, key, size, etag, modifiedMs, headers, userMetadata };
    return checksum === undefined ? info : { ...info, checksum };
  } catch (thrown) {
    void discard();
    throw thrown;
  }
}

export function assertKeyFits(key: string): void {
  // A UTF-16 unit is at most 3 bytes of UTF-8, so short keys need no encoding to be found short.
  if (key.length * 3 <= MAXIMUM_KEY_BYTES) return;
  const bytes = utf8(key).length;
  if (bytes <= MAXIMUM_KEY_BYTES) return;
  throw new StoreFailure('KeyTooLong', `The key has ${bytes} bytes in UTF-8; at most ${MAXIMUM_KEY_BYTES}.`);
}

async function getObject(
  gateway: Gateway,
  beliefs: BucketBeliefs,
  bucket: string,
  key: string,
  conditions: Conditions = {},
): Promise<ObjectRead> {
  const { router } = gateway;
  assertKeyFits(key);
  const partition = router.partitionOf(objectPlacement(bucket, key));
  const found = await beliefs.read(bucket, (scope) =>
    router.query(partition, { type: 'object', key, conditions, ...scope }),
  );
  return readOf(gateway, bucket, key, found);
}

function readOf(gateway: Gateway, bucket: string, key: string, found: FoundObject): ObjectRead {
  const { size, etag, modifiedMs, checksum, headers, userMetadata, inline } = found;
  const blobs = blobsOf(found);
  const inlineStart = size - (inline?.length ?? 0);
  const sizes =
    inline === undefined ? blobs.map((blob) => blob.size) : [...blobs.map((b) => b.size), inline.length];
  const info: ObjectInfo = {
    ...{ bucket, key, size, etag, modifiedMs, headers, userMetadata },
    ...(checksum === undefined ? {} : { checksum }),
    ...(found.parts ? { partSizes: sizes } : {}),
  };
  async function* bytes(start: number, end: number): AsyncGenerator<Uint8Array, void, undefined> {
    const blobsEnd = Math.min(end, inlineStart);
    if (start < blobsEnd) yield* readBlobs(gateway, blobs, start, blobsEnd);
    const from = Math.max(start, inlineStart);
    if (inline !== undefined && from < end) yield inline.subarray(from - inlineStart, end - inlineStart);
  }
  return inline !== undefined && inlineStart === 0 ? { info, bytes, inline } : { info, bytes };
}

function blobsOf({ blob, manifest }: FoundObject): readonly BlobReference[] {
  if (blob !== undefined) return [blob];
  return manifest === undefined ? [] : decodeManifest(manifest);
}

async function deleteObject(
  { router }: Gateway,
  beliefs: BucketBeliefs,
  { bucket, ...what }: Omit<DeleteObject, 'type' | 'generation'>,
): Promise<{ existed: boolean }> {
  assertKeyFits(what.key);
  const partition = router.partitionOf(objectPlacement(bucket, what.key));
  const { existed } = await beliefs.write(bucket, (scope) =>
    router.execute(partition, { type: 'deleteObject', ...what, ...scope }),
  );
  return { existed };
}

async function listObjects(
  { router }: Gateway,
  beliefs: BucketBeliefs,
  input: ListObjectsInput,
): Promise<ListObjectsPage> {
  const { bucket, prefix, delimiter, limit } = input;
  const { rows, truncated } = await beliefs.read(bucket, (scope) =>
    mergeListing(router.partitionCount, utf8(input.after), limit, (partitions, page) =>
      router.queryAll(partitions, { type: 'listObjects', prefix, delimiter, ...page, ...scope }),
    ),
  );
  const objects: ListObjectsPage['objects'][number][] = [];
  const commonPrefixes: string[] = [];
  for (const { position, head } of rows) {
    const key = positionText(position);
    if (head === undefined) commonPrefixes.push(key);
    else objects.push({ key, ...decodeHead(head) });
  }
  const last = rows.at(-1);
  if (!truncated || last === undefined) return { objects, commonPrefixes, truncated: false };
  return { objects, commonPrefixes, truncated, nextAfter: positionText(last.position) };
}
