import {
  checkKey,
  checkVersionId,
  type DeleteEntry,
  type DeleteOutcome,
  deleteResultDocument,
  MAX_XML_BYTES,
  parseDeleteRequest,
  S3Error,
} from '@crescendo/s3';
import type { WriteOrigin } from '@crescendo/store';
import type { DoorContext } from './door-context.ts';
import type { Exchange } from './exchange.ts';
import { declareBody, readDocument } from './request-body.ts';
import { toS3Error } from './store-errors.ts';
import { originOf } from './write-origin.ts';

/** Deletions under way at once for one request. */
const WIDTH = 32;

export async function deleteObjects(context: DoorContext, exchange: Exchange, bucket: string): Promise<void> {
  const declaration = declareBody(exchange);
  if (declaration.md5 === undefined && declaration.checksum === undefined) {
    throw new S3Error(
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    );
  }
  const request = parseDeleteRequest(
    await readDocument(exchange, declaration, context.reading, MAX_XML_BYTES),
  );
  await context.store.headBucket(bucket);
  const origin = originOf(exchange);
  const outcomes: DeleteOutcome[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < request.entries.length) {
      const index = next++;
      outcomes[index] = await deleteOne(context, bucket, request.entries[index]!, origin);
    }
  };
  await Promise.all(Array.from({ length: WIDTH }, work));
  exchange.replyXml(deleteResultDocument(outcomes, request.quiet));
}

async function deleteOne(
  context: DoorContext,
  bucket: string,
  entry: DeleteEntry,
  origin: WriteOrigin,
): Promise<DeleteOutcome> {
  const { key, versionId, etag } = entry;
  const outcome = versionId === undefined ? { key } : { key, versionId };
  try {
    checkKey(key);
    checkVersionId(versionId);
    await context.store.deleteObject(bucket, key, etag === undefined ? {} : { ifMatch: [etag] }, origin);
    return outcome;
  } catch (failure) {
    return { ...outcome, error: toS3Error(failure, { bucket, key }) };
  }
}
