import {
  type ListMultipartUploads,
  type ListObjects,
  type ListObjectsV2,
  type ListObjectVersions,
  listingName,
  listMultipartUploadsDocument,
  listObjectsDocument,
  listObjectsV2Document,
  listObjectVersionsDocument,
  parseToken,
} from '@crescendo/s3';
import type { ListObjectsPage } from '@crescendo/store';
import type { DoorContext } from './door-context.ts';
import type { Exchange } from './exchange.ts';

type KeyListing = ListObjects | ListObjectsV2 | ListObjectVersions;

export async function listKeys(
  context: DoorContext,
  exchange: Exchange,
  operation: KeyListing,
): Promise<void> {
  switch (operation.kind) {
    case 'ListObjects': {
      const page = await listPage(context, operation, operation.marker);
      return exchange.replyXml(listObjectsDocument(operation, page));
    }
    case 'ListObjectsV2': {
      const { continuationToken: token, startAfter } = operation;
      const after = token === undefined ? startAfter : parseToken(listingName(operation), token);
      return exchange.replyXml(listObjectsV2Document(operation, await listPage(context, operation, after)));
    }
    case 'ListObjectVersions': {
      const page = await listPage(context, operation, operation.keyMarker);
      return exchange.replyXml(listObjectVersionsDocument(operation, page));
    }
  }
}

/** A page of no keys is empty and not truncated, as AWS says it; the bucket must exist. */
async function listPage(
  context: DoorContext,
  operation: KeyListing,
  after: string,
): Promise<ListObjectsPage> {
  const { bucket, prefix, delimiter, maxKeys } = operation;
  if (maxKeys > 0) return context.store.listObjects({ bucket, prefix, delimiter, after, limit: maxKeys });
  await context.store.headBucket(bucket);
  return { objects: [], commonPrefixes: [], truncated: false };
}

export async function listMultipartUploads(
  context: DoorContext,
  exchange: Exchange,
  operation: ListMultipartUploads,
): Promise<void> {
  const { bucket, prefix, delimiter, maxUploads, keyMarker, uploadIdMarker } = operation;
  const page =
    maxUploads === 0
      ? { uploads: [], commonPrefixes: [], truncated: false }
      : await context.store.listUploads({
          ...{ bucket, prefix, delimiter, limit: maxUploads },
          ...{ afterKey: keyMarker, afterUploadId: keyMarker === '' ? '' : uploadIdMarker },
        });
  exchange.replyXml(listMultipartUploadsDocument(operation, page));
}
