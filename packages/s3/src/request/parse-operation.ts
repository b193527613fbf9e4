import { notImplemented, S3Error } from '../errors/s3-error.ts';
import { type Address, parseAddress } from './address.ts';
import { parseWriteConditions } from './conditions.ts';
import type { OnUpload, S3Operation } from './operation.ts';
import {
  parseListBuckets,
  parseListMultipartUploads,
  parseListObjects,
  parseListObjectVersions,
} from './parse-listing.ts';
import { parseGetObjectAttributes, parseReadObject } from './parse-read.ts';
import {
  parseCompleteMultipartUpload,
  parseCopyObject,
  parseCreateMultipartUpload,
  parsePutObject,
  parseUploadPart,
  parseUploadPartCopy,
} from './parse-write.ts';
import { parseEncodeKeys, parseLimit, parsePartMarker } from './query-numbers.ts';
import { refuseHeaders } from './refused-headers.ts';
import { type HeaderMap, queryValue, type RequestHead } from './request-head.ts';
import { BUCKET_SUBRESOURCES, OBJECT_SUBRESOURCES, type SubresourceOperation } from './subresources.ts';
import { checkVersionId } from './version-id.ts';

/**
 * Turns a request into the operation it asks for. Fails with the error AWS would answer, and with `NotImplemented` naming what
 * this store does not do: nothing that changes the meaning of a request is passed over in silence (rule O2).
 */
export function parseOperation(head: RequestHead, baseDomains: readonly string[]): S3Operation {
  const headers = effectiveHeaders(head);
  refuseHeaders(headers);
  const address = parseAddress(head.path, headers.host ?? '', baseDomains);
  switch (address.kind) {
    case 'service':
      return parseServiceOperation(head);
    case 'bucket':
      return parseBucketOperation(head, headers, address.bucket);
    case 'object':
      return parseObjectOperation(head, headers, address);
  }
}

/**
 * Presigned requests may carry `x-amz-` headers in their query. Checksums there were computed when the link was made, before
 * there was a body, so they are left out.
 */
function effectiveHeaders(head: RequestHead): HeaderMap {
  if (head.query.length === 0) return head.headers;
  const old = queryValue(head, 'AWSAccessKeyId') !== undefined;
  if (!old && queryValue(head, 'X-Amz-Signature') === undefined) return head.headers;
  const moved = head.query
    .map(({ name, value }) => [name.toLowerCase(), value] as const)
    .filter(
      ([name]) => name.startsWith('x-amz-') && !/^x-amz-(checksum-|sdk-checksum-|signature$)/.test(name),
    );
  return { ...Object.fromEntries(moved), ...head.headers };
}

function parseServiceOperation(head: RequestHead): S3Operation {
  if (head.method === 'GET') return parseListBuckets(head);
  if (head.method === 'POST')
    throw notImplemented('WriteGetObjectResponse and other requests to the service');
  throw methodNotAllowed(head.method, 'SERVICE');
}

function parseBucketOperation(head: RequestHead, headers: HeaderMap, bucket: string): S3Operation {
  const subresource = findSubresource(head, BUCKET_SUBRESOURCES);
  if (subresource !== undefined) {
    // One configuration by its id, instead of the list of them: there is none.
    if (queryValue(head, 'id') !== undefined && subresource.name.startsWith('ListBucket')) {
      throw new S3Error('NoSuchConfiguration');
    }
    return readSubresource(subresource, bucket);
  }
  if (queryValue(head, 'notification') !== undefined) return parseNotification(head, headers, bucket);
  switch (head.method) {
    case 'GET':
      if (queryValue(head, 'location') !== undefined) return { kind: 'GetBucketLocation', bucket };
      if (queryValue(head, 'uploads') !== undefined) return parseListMultipartUploads(head, bucket);
      if (queryValue(head, 'versions') !== undefined) return parseListObjectVersions(head, bucket);
      return parseListObjects(head, bucket);
    case 'HEAD':
      return { kind: 'HeadBucket', bucket };
    case 'PUT':
      return { kind: 'CreateBucket', bucket };
    case 'DELETE':
      return { kind: 'DeleteBucket', bucket };
    case 'POST':
      if (queryValue(head, 'delete') !== undefined) return { kind: 'DeleteObjects', bucket };
      if (isFormUpload(head.method, headers))
        throw notImplemented('PostObject (upload by HTML form)', 'Use PutObject.');
      throw methodNotAllowed(head.method, 'BUCKET');
    default:
      throw methodNotAllowed(head.method, 'BUCKET');
  }
}

function parseNotification(head: RequestHead, headers: HeaderMap, bucket: string): S3Operation {
  if (head.method === 'GET') return { kind: 'GetBucketNotificationConfiguration', bucket };
  if (head.method !== 'PUT') throw methodNotAllowed(head.method, 'NOTIFICATION');
  const skips = headers['x-amz-skip-destination-validation']?.toLowerCase() === 'true';
  return { kind: 'PutBucketNotificationConfiguration', bucket, skipsValidation: skips };
}

/** Such an upload carries its signature inside the form, so it is met before signatures are checked. */
export function isFormUpload(method: string, headers: HeaderMap): boolean {
  return method === 'POST' && (headers['content-type'] ?? '').toLowerCase().startsWith('multipart/form-data');
}

type ObjectAddress = Extract<Address, { kind: 'object' }>;

function parseObjectOperation(head: RequestHead, headers: HeaderMap, address: ObjectAddress): S3Operation {
  const { bucket, key } = address;
  if (head.query.length > 0) {
    const subresource = findSubresource(head, OBJECT_SUBRESOURCES);
    if (subresource !== undefined) {
      checkVersionId(queryValue(head, 'versionId'));
      return readSubresource(subresource, bucket, key);
    }
    const uploadId = queryValue(head, 'uploadId');
    if (uploadId !== undefined) {
      const operation = parseUploadOperation(head, headers, { bucket, key, uploadId });
      if (operation !== undefined) return operation;
    }
  }
  switch (head.method) {
    case 'GET':
      if (queryValue(head, 'attributes') !== undefined)
        return parseGetObjectAttributes(head, headers, bucket, key);
      return parseReadObject('GetObject', head, headers, bucket, key);
    case 'HEAD':
      return parseReadObject('HeadObject', head, headers, bucket, key);
    case 'PUT':
      if (headers['x-amz-copy-source'] !== undefined) return parseCopyObject(headers, bucket, key);
      return parsePutObject(headers, bucket, key);
    case 'DELETE':
      checkVersionId(queryValue(head, 'versionId'));
      return { kind: 'DeleteObject', bucket, key, conditions: parseWriteConditions(headers) };
    case 'POST':
      if (queryValue(head, 'uploads') !== undefined) return parseCreateMultipartUpload(headers, bucket, key);
      throw methodNotAllowed(head.method, 'OBJECT');
    default:
      throw methodNotAllowed(head.method, 'OBJECT');
  }
}

function parseUploadOperation(
  head: RequestHead,
  headers: HeaderMap,
  upload: OnUpload,
): S3Operation | undefined {
  switch (head.method) {
    case 'GET':
      return {
        kind: 'ListParts',
        ...upload,
        maxParts: parseLimit(head, 'max-parts', 1_000),
        partNumberMarker: parsePartMarker(queryValue(head, 'part-number-marker')),
        encodeKeys: parseEncodeKeys(head),
      };
    case 'PUT':
      if (headers['x-amz-copy-source'] !== undefined) return parseUploadPartCopy(head, headers, upload);
      return parseUploadPart(head, upload);
    case 'POST':
      return parseCompleteMultipartUpload(headers, upload);
    case 'DELETE':
      return { kind: 'AbortMultipartUpload', ...upload };
    default:
      return undefined;
  }
}

type SubresourceTable = typeof BUCKET_SUBRESOURCES;

function findSubresource(head: RequestHead, table: SubresourceTable): SubresourceOperation | undefined {
  for (const { name } of head.query) {
    const methods = Object.hasOwn(table, name) ? table[name] : undefined;
    if (methods === undefined) continue;
    const method = head.method === 'HEAD' ? 'GET' : head.method;
    const operation = methods[method as keyof typeof methods];
    if (operation === undefined) throw methodNotAllowed(head.method, name.toUpperCase());
    return operation;
  }
  return undefined;
}

function readSubresource(operation: SubresourceOperation, bucket: string, key?: string): S3Operation {
  const { name, answer } = operation;
  if (answer === undefined) throw notImplemented(name);
  return { kind: 'ReadSubresource', name, bucket, answer, ...(key === undefined ? {} : { key }) };
}

function methodNotAllowed(method: string, resourceType: string): S3Error {
  return new S3Error('MethodNotAllowed', undefined, {
    details: { Method: method, ResourceType: resourceType },
  });
}
