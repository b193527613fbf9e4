/** The requests around the parts of a multipart upload: create, complete, abort. */
import { createHash } from 'node:crypto';
import {
  childText,
  combineCrcs,
  element,
  multipartEtag,
  parent,
  parseXml,
  requiredChildText,
} from '@crescendo/s3';
import { objectPath } from '../client/bucket.ts';
import { readText } from '../client/http-exchange.ts';
import { AnswerError, readXmlError } from '../client/request-failure.ts';
import { withRetries } from '../client/retry.ts';
import type { UploadTarget } from './upload-target.ts';
import { assertSame, signalOf, unquote } from './upload-target.ts';

export interface SentPart {
  /** From 1. */
  readonly number: number;
  readonly bytes: number;
  /** Base64 of the CRC-32. */
  readonly sum: string;
  /** Without quotes. */
  readonly etag: string;
}

/** @returns the upload's id */
export async function createUpload(target: UploadTarget): Promise<string> {
  const { text } = await target.client.fetchText({
    method: 'POST',
    path: objectPath(target.bucket, target.key),
    query: { uploads: '' },
    headers: { 'x-amz-checksum-algorithm': 'CRC32', 'x-amz-checksum-type': 'FULL_OBJECT' },
    ...signalOf(target),
  });
  return requiredChildText(parseXml(text), 'UploadId');
}

/** @returns the ETag that the server gave, once it is the one that these parts must have */
export async function completeUpload(
  target: UploadTarget,
  uploadId: string,
  sent: readonly SentPart[],
): Promise<string> {
  const parts = sent.toSorted((a, b) => a.number - b.number);
  const pieces = parts.map((part) => ({ value: part.sum, size: part.bytes }));
  const expectedEtag = multipartEtag(
    (bytes) => createHash('md5').update(bytes).digest('hex'),
    parts.map((part) => part.etag),
  );
  const expected = { etag: expectedEtag, sum: combineCrcs('CRC32', pieces) };
  const etag = await sendComplete(target, uploadId, completeDocument(parts), expected);
  assertSame('ETag', expected.etag, etag);
  return etag;
}

export async function abortUpload(target: UploadTarget, uploadId: string): Promise<void> {
  try {
    const path = objectPath(target.bucket, target.key);
    const answer = await target.client.send({ method: 'DELETE', path, query: { uploadId } });
    answer.body.resume();
  } catch {
    // The failure that led here is what counts; parts that nobody completes can be listed and aborted later.
  }
}

function completeDocument(parts: readonly SentPart[]): string {
  const items = parts.map((part) =>
    parent(
      'Part',
      element('PartNumber', part.number) +
        element('ETag', `"${part.etag}"`) +
        element('ChecksumCRC32', part.sum),
    ),
  );
  return parent('CompleteMultipartUpload', items.join(''));
}

interface ExpectedObject {
  readonly etag: string;
  readonly sum: string;
}

async function sendComplete(
  target: UploadTarget,
  uploadId: string,
  document: string,
  expected: ExpectedObject,
): Promise<string> {
  return await withRetries(
    target.client.retry,
    async (attempt) => {
      try {
        const { body } = await target.client.send({
          method: 'POST',
          path: objectPath(target.bucket, target.key),
          query: { uploadId },
          headers: { 'x-amz-checksum-crc32': expected.sum, 'x-amz-checksum-type': 'FULL_OBJECT' },
          body: Buffer.from(document),
          ...signalOf(target),
        });
        return readCompleted(await readText(body), expected.sum);
      } catch (error) {
        if (attempt > 0 && (await wasCompleted(target, error, expected.etag))) return expected.etag;
        throw error;
      }
    },
    target.signal,
  );
}

/** An error may come with status 200, when it was found after the head of the answer had left. */
function readCompleted(text: string, sum: string): string {
  const error = readXmlError(text);
  if (error !== undefined) throw new AnswerError(500, error.code, error.message);
  const root = parseXml(text);
  assertSame('CRC-32', sum, childText(root, 'ChecksumCRC32'));
  return unquote(childText(root, 'ETag'));
}

/** When the answer to an earlier try was lost and the upload is complete, it is gone, and the object has our ETag. */
async function wasCompleted(target: UploadTarget, error: unknown, expectedEtag: string): Promise<boolean> {
  if (!(error instanceof AnswerError) || error.code !== 'NoSuchUpload') return false;
  const { headers } = await target.client.fetchText({
    method: 'HEAD',
    path: objectPath(target.bucket, target.key),
    ...signalOf(target),
  });
  return unquote(headers.etag) === expectedEtag;
}
