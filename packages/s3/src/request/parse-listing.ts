import { invalidArgument } from '../errors/s3-error.ts';
import type {
  KeyListing,
  ListBuckets,
  ListMultipartUploads,
  ListObjects,
  ListObjectsV2,
  ListObjectVersions,
} from './operation.ts';
import { parseEncodeKeys, parseLimit } from './query-numbers.ts';
import { queryValue, type RequestHead } from './request-head.ts';

const MAX_KEYS = 1_000;
const MAX_BUCKETS = 10_000;

export function parseListBuckets(head: RequestHead): ListBuckets {
  const continuationToken = queryValue(head, 'continuation-token');
  const maxBuckets =
    queryValue(head, 'max-buckets') === undefined ? undefined : parseLimit(head, 'max-buckets', MAX_BUCKETS);
  if (maxBuckets === 0) {
    throw invalidArgument('Argument max-buckets must be an integer between 1 and 10000', 'max-buckets', '0');
  }
  return {
    kind: 'ListBuckets',
    prefix: queryValue(head, 'prefix') ?? '',
    ...(maxBuckets === undefined ? {} : { maxBuckets }),
    ...(continuationToken === undefined ? {} : { continuationToken }),
  };
}

function parseKeyListing(head: RequestHead, bucket: string): KeyListing {
  return {
    bucket,
    prefix: queryValue(head, 'prefix') ?? '',
    delimiter: queryValue(head, 'delimiter') ?? '',
    maxKeys: parseLimit(head, 'max-keys', MAX_KEYS),
    encodeKeys: parseEncodeKeys(head),
  };
}

export function parseListObjects(head: RequestHead, bucket: string): ListObjects | ListObjectsV2 {
  const listType = queryValue(head, 'list-type');
  const listing = parseKeyListing(head, bucket);
  if (listType === undefined || listType === '1') {
    return { kind: 'ListObjects', ...listing, marker: queryValue(head, 'marker') ?? '' };
  }
  if (listType !== '2')
    throw invalidArgument('Invalid List Type specified in Request', 'list-type', listType);
  const continuationToken = queryValue(head, 'continuation-token');
  if (continuationToken === '') {
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', '');
  }
  return {
    kind: 'ListObjectsV2',
    ...listing,
    startAfter: queryValue(head, 'start-after') ?? '',
    fetchOwner: queryValue(head, 'fetch-owner') === 'true',
    ...(continuationToken === undefined ? {} : { continuationToken }),
  };
}

export function parseListObjectVersions(head: RequestHead, bucket: string): ListObjectVersions {
  const keyMarker = queryValue(head, 'key-marker') ?? '';
  const versionIdMarker = queryValue(head, 'version-id-marker') ?? '';
  if (versionIdMarker !== '' && keyMarker === '') {
    throw invalidArgument(
      'A version-id marker cannot be specified without a key marker.',
      'version-id-marker',
      versionIdMarker,
    );
  }
  return { kind: 'ListObjectVersions', ...parseKeyListing(head, bucket), keyMarker, versionIdMarker };
}

export function parseListMultipartUploads(head: RequestHead, bucket: string): ListMultipartUploads {
  return {
    kind: 'ListMultipartUploads',
    bucket,
    prefix: queryValue(head, 'prefix') ?? '',
    delimiter: queryValue(head, 'delimiter') ?? '',
    maxUploads: parseLimit(head, 'max-uploads', MAX_KEYS),
    encodeKeys: parseEncodeKeys(head),
    keyMarker: queryValue(head, 'key-marker') ?? '',
    uploadIdMarker: queryValue(head, 'upload-id-marker') ?? '',
  };
}
