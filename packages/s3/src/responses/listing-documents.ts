import { encodeToken } from '../paging/continuation-token.ts';
import type {
  ListMultipartUploads,
  ListObjects,
  ListObjectsV2,
  ListObjectVersions,
} from '../request/operation.ts';
import { encodePathPercent } from '../request/percent-encoding.ts';
import { OWNER_ID, OWNER_NAME } from '../request/refused-headers.ts';
import { NULL_VERSION } from '../request/version-id.ts';
import { isoDate } from '../sigv4/timestamp.ts';
import { element, maybeElement, parent, s3Document } from '../xml/xml-writer.ts';
import type { KeyPageView, ListedObjectView, UploadPageView, UploadView } from './views.ts';

type KeyText = (key: string) => string;

const asIs: KeyText = (key) => key;

export const OWNER = `<Owner>${element('ID', OWNER_ID)}${element('DisplayName', OWNER_NAME)}</Owner>`;
const INITIATOR = `<Initiator>${element('ID', OWNER_ID)}${element('DisplayName', OWNER_NAME)}</Initiator>`;

/** The name under which continuation tokens of a listing are made. */
export function listingName(operation: { readonly bucket: string; readonly prefix: string }): string {
  return `${operation.bucket}\n${operation.prefix}`;
}

export function listObjectsDocument(operation: ListObjects, page: KeyPageView): string {
  const text: KeyText = operation.encodeKeys ? encodePathPercent : asIs;
  // AWS gives NextMarker with a delimiter only: without one the last key is the marker.
  const next = page.truncated && operation.delimiter !== '' ? page.nextAfter : undefined;
  return s3Document(
    'ListBucketResult',
    element('Name', operation.bucket) +
      element('Prefix', text(operation.prefix)) +
      element('Marker', text(operation.marker)) +
      (next === undefined ? '' : element('NextMarker', text(next))) +
      element('MaxKeys', operation.maxKeys) +
      commonElements(operation, page, text) +
      page.objects.map((object) => parent('Contents', objectElements(object, text) + OWNER)).join('') +
      prefixElements(page.commonPrefixes, text),
  );
}

export function listObjectsV2Document(operation: ListObjectsV2, page: KeyPageView): string {
  const text: KeyText = operation.encodeKeys ? encodePathPercent : asIs;
  const next =
    page.truncated && page.nextAfter !== undefined
      ? encodeToken(listingName(operation), page.nextAfter)
      : undefined;
  const owner = operation.fetchOwner ? OWNER : '';
  return s3Document(
    'ListBucketResult',
    element('Name', operation.bucket) +
      element('Prefix', text(operation.prefix)) +
      maybeElement('StartAfter', operation.startAfter === '' ? undefined : text(operation.startAfter)) +
      maybeElement('ContinuationToken', operation.continuationToken) +
      maybeElement('NextContinuationToken', next) +
      element('KeyCount', page.objects.length + page.commonPrefixes.length) +
      element('MaxKeys', operation.maxKeys) +
      commonElements(operation, page, text) +
      page.objects.map((object) => parent('Contents', objectElements(object, text) + owner)).join('') +
      prefixElements(page.commonPrefixes, text),
  );
}

/** Every object has one version, the null version. */
export function listObjectVersionsDocument(operation: ListObjectVersions, page: KeyPageView): string {
  const text: KeyText = operation.encodeKeys ? encodePathPercent : asIs;
  const next = page.truncated && page.nextAfter !== undefined ? page.nextAfter : undefined;
  const version = element('VersionId', NULL_VERSION) + element('IsLatest', true);
  return s3Document(
    'ListVersionsResult',
    element('Name', operation.bucket) +
      element('Prefix', text(operation.prefix)) +
      element('KeyMarker', text(operation.keyMarker)) +
      element('VersionIdMarker', operation.versionIdMarker) +
      (next === undefined
        ? ''
        : element('NextKeyMarker', text(next)) + element('NextVersionIdMarker', NULL_VERSION)) +
      element('MaxKeys', operation.maxKeys) +
      commonElements(operation, page, text) +
      page.objects
        .map((object) => parent('Version', version + objectElements(object, text) + OWNER))
        .join('') +
      prefixElements(page.commonPrefixes, text),
  );
}

export function listMultipartUploadsDocument(operation: ListMultipartUploads, page: UploadPageView): string {
  const text: KeyText = operation.encodeKeys ? encodePathPercent : asIs;
  const { nextKey, nextUpload } = page.truncated ? nextUploadMarkers(page) : { nextKey: '', nextUpload: '' };
  return s3Document(
    'ListMultipartUploadsResult',
    element('Bucket', operation.bucket) +
      element('KeyMarker', text(operation.keyMarker)) +
      element('UploadIdMarker', operation.uploadIdMarker) +
      element('NextKeyMarker', text(nextKey)) +
      element('NextUploadIdMarker', nextUpload) +
      element('Prefix', text(operation.prefix)) +
      element('MaxUploads', operation.maxUploads) +
      commonElements(operation, page, text) +
      page.uploads.map((upload) => uploadElement(upload, text)).join('') +
      prefixElements(page.commonPrefixes, text),
  );
}

/** The page ends with an upload or with a common prefix, whichever is later in the order of keys. */
function nextUploadMarkers(page: UploadPageView): { nextKey: string; nextUpload: string } {
  const upload = page.uploads.at(-1);
  const prefix = page.commonPrefixes.at(-1);
  if (upload === undefined || (prefix !== undefined && isAfter(prefix, upload.key))) {
    return { nextKey: prefix ?? '', nextUpload: '' };
  }
  return { nextKey: upload.key, nextUpload: upload.uploadId };
}

/** In the order of UTF-8 bytes, which is the order of code points. */
function isAfter(a: string, b: string): boolean {
  const left = [...a];
  const right = [...b];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const difference = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
    if (difference !== 0) return difference > 0;
  }
  return left.length > right.length;
}

function commonElements(
  operation: { readonly delimiter: string; readonly encodeKeys: boolean },
  page: { readonly truncated: boolean },
  text: KeyText,
): string {
  return (
    maybeElement('Delimiter', operation.delimiter === '' ? undefined : text(operation.delimiter)) +
    maybeElement('EncodingType', operation.encodeKeys ? 'url' : undefined) +
    element('IsTruncated', page.truncated)
  );
}

function objectElements(object: ListedObjectView, text: KeyText): string {
  return (
    element('Key', text(object.key)) +
    element('LastModified', isoDate(object.modifiedMs)) +
    element('ETag', `"${object.etag}"`) +
    (object.checksum === undefined
      ? ''
      : element('ChecksumAlgorithm', object.checksum.algorithm) +
        element('ChecksumType', object.checksum.type)) +
    element('Size', object.size) +
    element('StorageClass', object.storageClass ?? 'STANDARD')
  );
}

function prefixElements(prefixes: readonly string[], text: KeyText): string {
  return prefixes.map((prefix) => parent('CommonPrefixes', element('Prefix', text(prefix)))).join('');
}

function uploadElement(upload: UploadView, text: KeyText): string {
  return parent(
    'Upload',
    element('Key', text(upload.key)) +
      element('UploadId', upload.uploadId) +
      INITIATOR +
      OWNER +
      element('StorageClass', 'STANDARD') +
      element('Initiated', isoDate(upload.initiatedMs)) +
      maybeElement('ChecksumAlgorithm', upload.checksumAlgorithm) +
      maybeElement('ChecksumType', upload.checksumType),
  );
}
