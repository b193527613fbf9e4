/** Where a file goes, and one body of it on its way there. */
import { objectPath } from '../client/bucket.ts';
import { withRetries } from '../client/retry.ts';
import type { S3Client } from '../client/s3-client.ts';
import { CommandFailure } from '../failures.ts';
import type { TransferProgress } from '../terminal/progress-display.ts';

export interface UploadTarget {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly signal?: AbortSignal;
  /** Parts of this file that travel at once. */
  readonly partsAtOnce: number;
  readonly partBytes?: number;
}

export interface SentBody {
  /** Without quotes. */
  readonly etag: string;
}

/**
 * Sends one body with its CRC-32 and compares what the server says it has. Progress of a try that failed is taken back.
 *
 * @param sum base64 of the CRC-32
 */
export async function sendBody(
  target: UploadTarget,
  body: Uint8Array,
  sum: string,
  query: Readonly<Record<string, string>>,
  progress: TransferProgress,
): Promise<SentBody> {
  let sentBytes = 0;
  const advance = (bytes: number): void => {
    sentBytes += bytes;
    progress.advance(bytes);
  };
  return await withRetries(
    target.client.retry,
    async () => {
      advance(-sentBytes);
      const { headers, body: answer } = await target.client.send({
        method: 'PUT',
        path: objectPath(target.bucket, target.key),
        query,
        headers: { 'x-amz-checksum-crc32': sum },
        body,
        onSent: advance,
        ...signalOf(target),
      });
      answer.resume();
      assertSame('CRC-32', sum, headers['x-amz-checksum-crc32']);
      return { etag: unquote(headers.etag) };
    },
    target.signal,
  );
}

export function signalOf(target: UploadTarget): { readonly signal?: AbortSignal } {
  return target.signal === undefined ? {} : { signal: target.signal };
}

export function unquote(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '');
}

/** A server that gives no value cannot be compared; one that gives another value has other bytes. */
export function assertSame(what: string, ours: string, theirs: string | string[] | undefined): void {
  if (theirs === undefined || theirs === '' || theirs === ours) return;
  throw new CommandFailure(
    `the server has other bytes than were read: its ${what} is ${String(theirs)}, not ${ours}`,
  );
}
