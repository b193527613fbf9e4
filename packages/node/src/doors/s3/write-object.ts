import {
  type CopyObject,
  checksumHeaders,
  copyResultDocument,
  type DeleteObject,
  type PutObject,
  S3Error,
} from '@crescendo/s3';
import type { BodySource, Checksum } from '@crescendo/store';
import { type BodyCopy, copyBody, readSource } from './copy-body.ts';
import type { DoorContext } from './door-context.ts';
import type { Exchange, HeaderPairs } from './exchange.ts';
import { replyPatiently } from './patient-reply.ts';
import { declareBody, openBody } from './request-body.ts';
import { originOf } from './write-origin.ts';

/** The most that one PUT, part or copy may bring. */
const MAX_UPLOAD_BYTES = 5 * 1024 ** 3;

export async function putObject(
  context: DoorContext,
  exchange: Exchange,
  operation: PutObject,
): Promise<void> {
  const declaration = declareBody(exchange);
  checkUploadLength(declaration.length);
  const body = await openBody(exchange, declaration, context.reading);
  const { bucket, key, headers, userMetadata, conditions } = operation;
  const info = await withBody(body, () =>
    context.store.putObject({
      ...{ bucket, key, headers, userMetadata, conditions, body },
      origin: originOf(exchange),
    }),
  );
  exchange.reply(200, writtenHeaders(info.etag, info.checksum));
}

export function checkUploadLength(length: number | undefined): void {
  if (length === undefined) throw new S3Error('MissingContentLength');
  if (length > MAX_UPLOAD_BYTES) {
    throw new S3Error('EntityTooLarge', undefined, {
      details: { ProposedSize: String(length), MaxSizeAllowed: String(MAX_UPLOAD_BYTES) },
    });
  }
}

/** Does a write that takes a body. What is wrong with the body counts before what the store makes of it. */
export async function withBody<T>(
  body: BodySource & { readonly failure?: unknown; close(): void },
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (failure) {
    throw body.failure ?? failure;
  } finally {
    body.close();
  }
}

export function writtenHeaders(etag: string, checksum: Checksum | undefined, withType = true): HeaderPairs {
  const pairs: HeaderPairs = ['content-length', 0, 'etag', `"${etag}"`];
  if (checksum !== undefined) pairs.push(...checksumHeaders(checksum, withType));
  return pairs;
}

export async function copyObject(
  context: DoorContext,
  exchange: Exchange,
  operation: CopyObject,
): Promise<void> {
  const read = await readSource(context, exchange, operation.source);
  const { info } = read;
  if (info.size > MAX_UPLOAD_BYTES) {
    throw new S3Error(
      'InvalidRequest',
      `The specified copy source is larger than the maximum allowable size for a copy source: ${MAX_UPLOAD_BYTES}`,
    );
  }
  const algorithm = operation.checksumAlgorithm ?? info.checksum?.algorithm;
  const copy: BodyCopy = { start: 0, end: info.size, ...(algorithm === undefined ? {} : { algorithm }) };
  const body = copyBody(context, read, copy);
  const { bucket, key, conditions } = operation;
  await replyPatiently(exchange, context.patienceMs, async () => {
    const written = await withBody(body, () =>
      context.store.putObject({
        ...{ bucket, key, ...copiedMetadata(operation, info), conditions, body },
        ...{ copied: true, origin: originOf(exchange) },
      }),
    );
    return copyResultDocument('CopyObjectResult', written);
  });
}

/** Under either directive the storage class and the redirect come from the request, never from the source. */
function copiedMetadata(operation: CopyObject, source: Pick<PutObject, 'headers' | 'userMetadata'>) {
  const { headers, userMetadata } = operation.replacement ?? source;
  const { 'x-amz-storage-class': _, 'x-amz-website-redirect-location': __, ...kept } = headers;
  return {
    userMetadata,
    headers: {
      ...kept,
      ...(operation.storageClass === undefined ? {} : { 'x-amz-storage-class': operation.storageClass }),
      ...(operation.redirectLocation === undefined
        ? {}
        : { 'x-amz-website-redirect-location': operation.redirectLocation }),
    },
  };
}

export async function deleteObject(
  context: DoorContext,
  exchange: Exchange,
  operation: DeleteObject,
): Promise<void> {
  const { bucket, key, conditions } = operation;
  await context.store.deleteObject(bucket, key, conditions, originOf(exchange));
  exchange.reply(204, []);
}
