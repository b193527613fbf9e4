import type { S3Operation } from '@crescendo/s3';
import { createBucket, listBuckets, onBucket, readSubresource } from './buckets.ts';
import { deleteObjects } from './delete-objects.ts';
import type { DoorContext } from './door-context.ts';
import type { Exchange } from './exchange.ts';
import { listKeys, listMultipartUploads } from './listings.ts';
import {
  abortUpload,
  completeUpload,
  createUpload,
  listParts,
  uploadPart,
  uploadPartCopy,
} from './multipart.ts';
import { getNotifications, putNotifications } from './notifications.ts';
import { getObjectAttributes, readObject } from './read-object.ts';
import { copyObject, deleteObject, putObject } from './write-object.ts';

/** Carries out one operation and answers it. Whatever it throws has not been answered yet. */
export function runOperation(
  context: DoorContext,
  exchange: Exchange,
  operation: S3Operation,
): Promise<void> {
  switch (operation.kind) {
    case 'GetObject':
    case 'HeadObject':
      return readObject(context, exchange, operation);
    case 'PutObject':
      return putObject(context, exchange, operation);
    case 'CopyObject':
      return copyObject(context, exchange, operation);
    case 'DeleteObject':
      return deleteObject(context, exchange, operation);
    case 'DeleteObjects':
      return deleteObjects(context, exchange, operation.bucket);
    case 'GetObjectAttributes':
      return getObjectAttributes(context, exchange, operation);
    case 'ListObjects':
    case 'ListObjectsV2':
    case 'ListObjectVersions':
      return listKeys(context, exchange, operation);
    case 'ListBuckets':
      return listBuckets(context, exchange, operation);
    case 'CreateBucket':
      return createBucket(context, exchange, operation.bucket);
    case 'HeadBucket':
    case 'DeleteBucket':
    case 'GetBucketLocation':
      return onBucket(context, exchange, operation.kind, operation.bucket);
    case 'GetBucketNotificationConfiguration':
      return getNotifications(context, exchange, operation.bucket);
    case 'PutBucketNotificationConfiguration':
      return putNotifications(context, exchange, operation);
    case 'ReadSubresource':
      return readSubresource(context, exchange, operation);
    case 'CreateMultipartUpload':
      return createUpload(context, exchange, operation);
    case 'UploadPart':
      return uploadPart(context, exchange, operation);
    case 'UploadPartCopy':
      return uploadPartCopy(context, exchange, operation);
    case 'CompleteMultipartUpload':
      return completeUpload(context, exchange, operation);
    case 'AbortMultipartUpload':
      return abortUpload(context, exchange, operation);
    case 'ListParts':
      return listParts(context, exchange, operation);
    case 'ListMultipartUploads':
      return listMultipartUploads(context, exchange, operation);
  }
}
