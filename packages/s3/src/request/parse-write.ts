import {
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  type ChecksumType,
  checksumHeader,
  parseAlgorithm,
} from '../checksums/algorithms.ts';
import { invalidArgument, S3Error } from '../errors/s3-error.ts';
import { checkedChecksum } from './body-declaration.ts';
import { parseWriteConditions } from './conditions.ts';
import { parseCopySource } from './copy-source.ts';
import type {
  CompleteMultipartUpload,
  CopyObject,
  CreateMultipartUpload,
  PutObject,
  UploadPart,
  UploadPartCopy,
} from './operation.ts';
import { parsePartNumber } from './query-numbers.ts';
import { type HeaderMap, queryValue, type RequestHead } from './request-head.ts';
import { parseStoredHeaders, parseUserMetadata } from './stored-headers.ts';

export function parsePutObject(headers: HeaderMap, bucket: string, key: string): PutObject {
  return {
    kind: 'PutObject',
    bucket,
    key,
    headers: parseStoredHeaders(headers),
    userMetadata: parseUserMetadata(headers),
    conditions: parseWriteConditions(headers),
  };
}

export function parseCopyObject(headers: HeaderMap, bucket: string, key: string): CopyObject {
  const source = parseCopySource(headers);
  const directive = headers['x-amz-metadata-directive'] ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw invalidArgument('Unknown metadata directive.', 'x-amz-metadata-directive', directive);
  }
  const stored = parseStoredHeaders(headers);
  const storageClass = stored['x-amz-storage-class'];
  const redirectLocation = stored['x-amz-website-redirect-location'];
  const checksumAlgorithm = parseCopyAlgorithm(headers);
  const sameObject = source.bucket === bucket && source.key === key;
  if (
    sameObject &&
    directive === 'COPY' &&
    storageClass === undefined &&
    redirectLocation === undefined &&
    checksumAlgorithm === undefined
  ) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  return {
    kind: 'CopyObject',
    bucket,
    key,
    source,
    ...(directive === 'COPY'
      ? {}
      : { replacement: { headers: stored, userMetadata: parseUserMetadata(headers) } }),
    ...(storageClass === undefined ? {} : { storageClass }),
    ...(redirectLocation === undefined ? {} : { redirectLocation }),
    ...(checksumAlgorithm === undefined ? {} : { checksumAlgorithm }),
    conditions: parseWriteConditions(headers),
  };
}

function parseCopyAlgorithm(headers: HeaderMap): ChecksumAlgorithm | undefined {
  const text = headers['x-amz-checksum-algorithm'];
  return text === undefined ? undefined : requireAlgorithm(text, 'x-amz-checksum-algorithm');
}

function requireAlgorithm(text: string, where: string): ChecksumAlgorithm {
  const algorithm = parseAlgorithm(text);
  if (algorithm !== undefined) return algorithm;
  throw new S3Error(
    'InvalidRequest',
    `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${CHECKSUM_ALGORITHMS.join(', ')}]`,
    { details: { ArgumentName: where, ArgumentValue: text } },
  );
}

export function parseCreateMultipartUpload(
  headers: HeaderMap,
  bucket: string,
  key: string,
): CreateMultipartUpload {
  const algorithm = headers['x-amz-checksum-algorithm'];
  const checksumAlgorithm =
    algorithm === undefined ? undefined : requireAlgorithm(algorithm, 'x-amz-checksum-algorithm');
  const checksumType = parseChecksumType(headers['x-amz-checksum-type'], checksumAlgorithm);
  return {
    kind: 'CreateMultipartUpload',
    bucket,
    key,
    headers: parseStoredHeaders(headers),
    userMetadata: parseUserMetadata(headers),
    ...(checksumAlgorithm === undefined ? {} : { checksumAlgorithm }),
    ...(checksumType === undefined ? {} : { checksumType }),
  };
}

/** CRC64NVME knows only whole objects, SHA only composites; the others default to composites. */
function parseChecksumType(
  text: string | undefined,
  algorithm: ChecksumAlgorithm | undefined,
): ChecksumType | undefined {
  if (text !== undefined && text !== 'COMPOSITE' && text !== 'FULL_OBJECT') {
    throw new S3Error('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.');
  }
  if (algorithm === undefined) {
    if (text === undefined) return undefined;
    throw new S3Error(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const type = text ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  const impossible = type === 'COMPOSITE' ? algorithm === 'CRC64NVME' : algorithm.startsWith('SHA');
  if (!impossible) return type;
  throw new S3Error(
    'InvalidRequest',
    `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  );
}

interface PartAddress {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
}

export function parseUploadPart(head: RequestHead, address: PartAddress): UploadPart {
  return {
    kind: 'UploadPart',
    ...address,
    partNumber: parsePartNumber(queryValue(head, 'partNumber') ?? ''),
  };
}

export function parseUploadPartCopy(
  head: RequestHead,
  headers: HeaderMap,
  address: PartAddress,
): UploadPartCopy {
  const range = parseCopyRange(headers['x-amz-copy-source-range']);
  return {
    kind: 'UploadPartCopy',
    ...address,
    partNumber: parsePartNumber(queryValue(head, 'partNumber') ?? ''),
    source: parseCopySource(headers),
    ...(range === undefined ? {} : { range }),
  };
}

function parseCopyRange(text: string | undefined): UploadPartCopy['range'] {
  if (text === undefined) return undefined;
  const match = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(text);
  const start = Number(match?.[1]);
  const end = Number(match?.[2]) + 1;
  if (match !== null && end > start) return { start, end, text };
  throw invalidArgument(
    'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    'x-amz-copy-source-range',
    text,
  );
}

export function parseCompleteMultipartUpload(
  headers: HeaderMap,
  address: PartAddress,
): CompleteMultipartUpload {
  const algorithm = CHECKSUM_ALGORITHMS.find((name) => headers[checksumHeader(name)] !== undefined);
  const type = headers['x-amz-checksum-type'];
  if (type !== undefined && type !== 'COMPOSITE' && type !== 'FULL_OBJECT') {
    throw new S3Error('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.');
  }
  const objectSize = headers['x-amz-mp-object-size'];
  if (objectSize !== undefined && !/^\d{1,15}$/.test(objectSize)) {
    throw invalidArgument(
      'Value for x-amz-mp-object-size header is invalid.',
      'x-amz-mp-object-size',
      objectSize,
    );
  }
  return {
    kind: 'CompleteMultipartUpload',
    ...address,
    conditions: parseWriteConditions(headers),
    ...(algorithm === undefined
      ? {}
      : { checksum: { algorithm, value: completeChecksum(algorithm, headers) } }),
    ...(type === undefined ? {} : { checksumType: type }),
    ...(objectSize === undefined ? {} : { objectSize: Number(objectSize) }),
  };
}

/** Composite values end in the number of parts, which is no part of the base64. */
function completeChecksum(algorithm: ChecksumAlgorithm, headers: HeaderMap): string {
  const name = checksumHeader(algorithm);
  const value = headers[name]!;
  checkedChecksum(algorithm, value.replace(/-\d{1,5}$/, ''), name);
  return value;
}
