import { createHash } from 'node:crypto';
import {
  type AbortMultipartUpload,
  type CompletedPart,
  type CompleteMultipartUpload,
  type CreateMultipartUpload,
  checkMultipartChecksum,
  completeUploadDocument,
  copyResultDocument,
  encodePathPercent,
  initiateUploadDocument,
  invalidArgument,
  type ListParts,
  listPartsDocument,
  MAX_XML_BYTES,
  multipartChecksum,
  multipartEtag,
  parseCompleteRequest,
  S3Error,
  type UploadPart,
  type UploadPartCopy,
} from '@crescendo/s3';
import type { PartInfo, UploadInfo } from '@crescendo/store';
import { digestOf } from '../../hashing/index.ts';
import { type BodyCopy, copyBody, readSource } from './copy-body.ts';
import type { DoorContext } from './door-context.ts';
import type { Exchange, HeaderPairs } from './exchange.ts';
import { replyPatiently } from './patient-reply.ts';
import { type BodyResult, declareBody, openBody, readDocument } from './request-body.ts';
import { checkUploadLength, withBody, writtenHeaders } from './write-object.ts';
import { originOf } from './write-origin.ts';

export async function createUpload(
  context: DoorContext,
  exchange: Exchange,
  operation: CreateMultipartUpload,
): Promise<void> {
  const { kind: _, ...input } = operation;
  const upload = await context.store.createUpload(input);
  const pairs: HeaderPairs = [];
  if (upload.checksumAlgorithm !== undefined)
    pairs.push('x-amz-checksum-algorithm', upload.checksumAlgorithm);
  if (upload.checksumType !== undefined) pairs.push('x-amz-checksum-type', upload.checksumType);
  exchange.replyXml(initiateUploadDocument(operation.bucket, upload), pairs);
}

/** A part gets the checksum that its upload was begun with, whether the client sends one or not. */
export async function uploadPart(
  context: DoorContext,
  exchange: Exchange,
  operation: UploadPart,
): Promise<void> {
  const { kind: _, ...target } = operation;
  const declaration = declareBody(exchange);
  checkUploadLength(declaration.length);
  const { checksumAlgorithm } = await context.store.getUpload(target);
  const sent = declaration.checksum?.algorithm;
  if (checksumAlgorithm !== undefined && sent !== undefined && sent !== checksumAlgorithm) {
    throw new S3Error(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${checksumAlgorithm.toLowerCase()}, actual checksum Type: ${sent.toLowerCase()}`,
    );
  }
  const body = await openBody(exchange, declaration, context.reading, checksumAlgorithm);
  const part = await withBody(body, () => context.store.putPart({ ...target, body }));
  exchange.reply(200, writtenHeaders(part.etag, part.checksum, false));
}

export async function uploadPartCopy(
  context: DoorContext,
  exchange: Exchange,
  operation: UploadPartCopy,
): Promise<void> {
  const { bucket, key, uploadId, partNumber, source, range } = operation;
  const { checksumAlgorithm } = await context.store.getUpload({ bucket, key, uploadId });
  const read = await readSource(context, exchange, source);
  const { size } = read.info;
  if (range !== undefined && range.end > size) {
    throw invalidArgument(
      `Range specified is not valid for source object of size: ${size}`,
      'x-amz-copy-source-range',
      range.text,
    );
  }
  const copy: BodyCopy = {
    start: range?.start ?? 0,
    end: range?.end ?? size,
    ...(checksumAlgorithm === undefined ? {} : { algorithm: checksumAlgorithm }),
  };
  checkUploadLength(copy.end - copy.start);
  const body = copyBody(context, read, copy);
  await replyPatiently(exchange, context.patienceMs, async () => {
    const target = { bucket, key, uploadId, partNumber };
    const part = await withBody(body, () => context.store.putPart({ ...target, body }));
    return copyResultDocument('CopyPartResult', part);
  });
}

export async function completeUpload(
  context: DoorContext,
  exchange: Exchange,
  operation: CompleteMultipartUpload,
): Promise<void> {
  const text = await readDocument(exchange, declareUncheckedBody(exchange), context.reading, MAX_XML_BYTES);
  const named = parseCompleteRequest(text);
  const { bucket, key, uploadId, conditions } = operation;
  await replyPatiently(exchange, context.patienceMs, async () => {
    const object = await context.store.completeUpload({
      ...{ bucket, key, uploadId, conditions, parts: named, origin: originOf(exchange) },
      finish: async (parts, upload) => finishUpload(operation, named, parts, upload),
    });
    const path = `/${bucket}/${encodePathPercent(key)}`;
    return completeUploadDocument(bucket, `http://${exchange.head!.headers.host}${path}`, object);
  });
}

/** The checksum headers of this request are about the object, not about the document that it carries. */
function declareUncheckedBody(exchange: Exchange) {
  const { checksum: _, ...declaration } = declareBody(exchange);
  return declaration;
}

function finishUpload(
  operation: CompleteMultipartUpload,
  named: readonly CompletedPart[],
  parts: readonly PartInfo[],
  upload: UploadInfo,
): BodyResult {
  checkNamedChecksums(named, parts);
  checkObjectSize(operation.objectSize, parts);
  const { checksumAlgorithm: algorithm, checksumType: type } = upload;
  if (operation.checksumType !== undefined && type !== undefined && operation.checksumType !== type) {
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using the ${type} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  const etag = multipartEtag(
    (bytes) => createHash('md5').update(bytes).digest('hex'),
    parts.map((part) => part.etag),
  );
  const checksum =
    algorithm === undefined
      ? undefined
      : multipartChecksum((name) => (bytes) => digestOf(name, bytes), algorithm, type ?? 'COMPOSITE', parts);
  if (operation.checksum !== undefined && algorithm !== undefined)
    checkMultipartChecksum(operation.checksum, checksum);
  return checksum === undefined ? { etag } : { etag, checksum };
}

function checkNamedChecksums(named: readonly CompletedPart[], parts: readonly PartInfo[]): void {
  for (const [i, { partNumber, checksum }] of named.entries()) {
    const stored = parts[i]?.checksum;
    if (checksum === undefined || stored?.algorithm !== checksum.algorithm || stored.value === checksum.value)
      continue;
    throw new S3Error('InvalidPart', undefined, { details: { PartNumber: String(partNumber) } });
  }
}

function checkObjectSize(promised: number | undefined, parts: readonly PartInfo[]): void {
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (promised === undefined || promised === size) return;
  throw new S3Error(
    'InvalidRequest',
    `The provided 'x-amz-mp-object-size' header value ${promised} does not match what was computed: ${size}`,
  );
}

export async function abortUpload(
  context: DoorContext,
  exchange: Exchange,
  operation: AbortMultipartUpload,
): Promise<void> {
  await context.store.abortUpload(operation);
  exchange.reply(204, []);
}

export async function listParts(
  context: DoorContext,
  exchange: Exchange,
  operation: ListParts,
): Promise<void> {
  const { bucket, key, uploadId, maxParts, partNumberMarker } = operation;
  const target = { bucket, key, uploadId };
  const page =
    maxParts === 0
      ? { upload: await context.store.getUpload(target), parts: [], truncated: false }
      : await context.store.listParts({ ...target, after: partNumberMarker, limit: maxParts });
  exchange.replyXml(listPartsDocument(operation, page));
}
