import { checksumElement } from '../checksums/algorithms.ts';
import type { S3Error } from '../errors/s3-error.ts';
import type { GetObjectAttributes, ListParts } from '../request/operation.ts';
import { encodePathPercent } from '../request/percent-encoding.ts';
import { OWNER_ID, OWNER_NAME } from '../request/refused-headers.ts';
import { isoDate } from '../sigv4/timestamp.ts';
import { element, maybeElement, parent, s3Document } from '../xml/xml-writer.ts';
import { OWNER } from './listing-documents.ts';
import type { ChecksumView, ObjectView, PartView, UploadView } from './views.ts';

type Copied = Pick<ObjectView, 'etag' | 'modifiedMs' | 'checksum'>;

/** `root` is CopyObjectResult or CopyPartResult. */
export function copyResultDocument(root: 'CopyObjectResult' | 'CopyPartResult', copied: Copied): string {
  return s3Document(
    root,
    element('LastModified', isoDate(copied.modifiedMs)) +
      element('ETag', `"${copied.etag}"`) +
      checksumElements(copied.checksum, root === 'CopyObjectResult'),
  );
}

/** What became of each key of a DeleteObjects, in the order asked. */
export type DeleteOutcome =
  | { readonly key: string; readonly versionId?: string }
  | { readonly key: string; readonly versionId?: string; readonly error: S3Error };

export function deleteResultDocument(outcomes: readonly DeleteOutcome[], quiet: boolean): string {
  let items = '';
  for (const outcome of outcomes) {
    const name = element('Key', outcome.key) + maybeElement('VersionId', outcome.versionId);
    if ('error' in outcome) {
      items += parent(
        'Error',
        name + element('Code', outcome.error.code) + element('Message', outcome.error.message),
      );
    } else if (!quiet) items += parent('Deleted', name);
  }
  return s3Document('DeleteResult', items);
}

export function initiateUploadDocument(bucket: string, upload: Pick<UploadView, 'key' | 'uploadId'>): string {
  return s3Document(
    'InitiateMultipartUploadResult',
    element('Bucket', bucket) + element('Key', upload.key) + element('UploadId', upload.uploadId),
  );
}

export function completeUploadDocument(bucket: string, location: string, object: ObjectView): string {
  return s3Document(
    'CompleteMultipartUploadResult',
    element('Location', location) +
      element('Bucket', bucket) +
      element('Key', object.key) +
      element('ETag', `"${object.etag}"`) +
      checksumElements(object.checksum, true),
  );
}

export function listPartsDocument(
  operation: ListParts,
  page: { readonly upload: UploadView; readonly parts: readonly PartView[]; readonly truncated: boolean },
): string {
  const last = page.parts.at(-1)?.partNumber ?? operation.partNumberMarker;
  return s3Document(
    'ListPartsResult',
    element('Bucket', operation.bucket) +
      element('Key', operation.encodeKeys ? encodePathPercent(operation.key) : operation.key) +
      element('UploadId', operation.uploadId) +
      parent('Initiator', element('ID', OWNER_ID) + element('DisplayName', OWNER_NAME)) +
      OWNER +
      element('StorageClass', 'STANDARD') +
      element('PartNumberMarker', operation.partNumberMarker) +
      element('NextPartNumberMarker', last) +
      element('MaxParts', operation.maxParts) +
      maybeElement('EncodingType', operation.encodeKeys ? 'url' : undefined) +
      element('IsTruncated', page.truncated) +
      maybeElement('ChecksumAlgorithm', page.upload.checksumAlgorithm) +
      maybeElement('ChecksumType', page.upload.checksumType) +
      page.parts.map(partElement).join(''),
  );
}

function partElement(part: PartView): string {
  return parent(
    'Part',
    element('PartNumber', part.partNumber) +
      element('LastModified', isoDate(part.modifiedMs)) +
      element('ETag', `"${part.etag}"`) +
      element('Size', part.size) +
      checksumElements(part.checksum, false),
  );
}

function checksumElements(checksum: ChecksumView | undefined, withType: boolean): string {
  if (checksum === undefined) return '';
  return (
    element(checksumElement(checksum.algorithm), checksum.value) +
    (withType ? element('ChecksumType', checksum.type) : '')
  );
}

export function objectAttributesDocument(operation: GetObjectAttributes, object: ObjectView): string {
  const wanted = new Set(operation.attributes);
  return s3Document(
    'GetObjectAttributesResponse',
    (wanted.has('ETag') ? element('ETag', object.etag) : '') +
      (wanted.has('Checksum') && object.checksum !== undefined
        ? parent('Checksum', attributeChecksum(object.checksum))
        : '') +
      (wanted.has('ObjectParts') && object.partSizes !== undefined
        ? objectParts(operation, object.partSizes)
        : '') +
      (wanted.has('StorageClass')
        ? element('StorageClass', object.headers['x-amz-storage-class'] ?? 'STANDARD')
        : '') +
      (wanted.has('ObjectSize') ? element('ObjectSize', object.size) : ''),
  );
}

/** Here the number of parts is no part of a composite value. */
function attributeChecksum(checksum: ChecksumView): string {
  return checksumElements({ ...checksum, value: checksum.value.replace(/-\d+$/, '') }, true);
}

function objectParts(operation: GetObjectAttributes, sizes: readonly number[]): string {
  const first = operation.partNumberMarker;
  const shown = sizes.slice(first, first + operation.maxParts);
  const last = first + shown.length;
  return parent(
    'ObjectParts',
    element('PartsCount', sizes.length) +
      element('PartNumberMarker', first) +
      element('NextPartNumberMarker', last) +
      element('MaxParts', operation.maxParts) +
      element('IsTruncated', last < sizes.length) +
      shown
        .map((size, i) => parent('Part', element('PartNumber', first + i + 1) + element('Size', size)))
        .join(''),
  );
}
