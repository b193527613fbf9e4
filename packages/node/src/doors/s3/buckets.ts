import {
  type BucketOperation,
  bucketLocationDocument,
  checkCreateBucketRequest,
  encodeToken,
  type ListBuckets,
  listBucketsDocument,
  parseToken,
  type ReadSubresource,
  S3Error,
  subresourceDocument,
} from '@crescendo/s3';
import type { DoorContext } from './door-context.ts';
import type { Exchange } from './exchange.ts';
import { declareBody, readDocument } from './request-body.ts';

const MAX_CONFIGURATION_BYTES = 64 * 1024;
/** Names the listing of buckets in continuation tokens. */
const BUCKETS = 'buckets';

export async function listBuckets(
  context: DoorContext,
  exchange: Exchange,
  operation: ListBuckets,
): Promise<void> {
  const { continuationToken: token, prefix, maxBuckets } = operation;
  const after = token === undefined ? '' : parseToken(BUCKETS, token);
  const all = (await context.store.listBuckets()).filter(
    ({ name }) => name.startsWith(prefix) && name > after,
  );
  const shown = maxBuckets === undefined ? all : all.slice(0, maxBuckets);
  const last = shown.at(-1);
  const more = shown.length < all.length && last !== undefined;
  exchange.replyXml(
    listBucketsDocument(shown, {
      prefix,
      region: context.region,
      ...(more ? { continuationToken: encodeToken(BUCKETS, last.name) } : {}),
    }),
  );
}

export async function createBucket(context: DoorContext, exchange: Exchange, bucket: string): Promise<void> {
  const text = await readDocument(exchange, declareBody(exchange), context.reading, MAX_CONFIGURATION_BYTES);
  if (text.trim() !== '') checkCreateBucketRequest(text);
  const { outcome } = await context.store.createBucket(bucket);
  // In its first region AWS takes it well when an owner creates a bucket again, elsewhere not.
  if (outcome === 'exists' && context.region !== 'us-east-1') {
    throw new S3Error('BucketAlreadyOwnedByYou', undefined, { details: { BucketName: bucket } });
  }
  exchange.reply(200, ['content-length', 0, 'location', `/${bucket}`]);
}

type OtherBucketOperation = Extract<
  BucketOperation['kind'],
  'HeadBucket' | 'DeleteBucket' | 'GetBucketLocation'
>;

export async function onBucket(
  context: DoorContext,
  exchange: Exchange,
  kind: OtherBucketOperation,
  bucket: string,
): Promise<void> {
  if (kind === 'DeleteBucket') {
    await context.store.deleteBucket(bucket);
    exchange.reply(204, []);
    return;
  }
  await context.store.headBucket(bucket);
  if (kind === 'GetBucketLocation') exchange.replyXml(bucketLocationDocument(context.region));
  else {
    exchange.reply(200, [
      ...['content-type', 'application/xml', 'x-amz-bucket-region', context.region],
      ...['x-amz-access-point-alias', 'false'],
    ]);
  }
}

/** Configurations that nobody can have set; what they would belong to must exist all the same. */
export async function readSubresource(
  context: DoorContext,
  exchange: Exchange,
  operation: ReadSubresource,
): Promise<void> {
  const { bucket, key, answer } = operation;
  if (key === undefined) await context.store.headBucket(bucket);
  else await context.store.getObject(bucket, key);
  switch (answer.kind) {
    case 'error':
      throw new S3Error(answer.code, answer.message, { details: { BucketName: bucket } });
    case 'noContent':
      exchange.reply(204, []);
      return;
    default:
      exchange.replyXml(subresourceDocument(answer));
  }
}
