/**
 * One object into a file.
 *
 * (W1) Nothing stands under the file's name before every byte has come, been compared with the object's checksum and been synced.
 * (W2) All bytes are of one version: after a lost connection the rest is asked for on the condition that the ETag is the same.
 */
import { objectPath } from '../client/bucket.ts';
import type { HttpAnswer } from '../client/http-exchange.ts';
import { AnswerError } from '../client/request-failure.ts';
import { withRetries } from '../client/retry.ts';
import type { S3Client } from '../client/s3-client.ts';
import { CommandFailure } from '../failures.ts';
import type { TransferProgress } from '../terminal/progress-display.ts';
import { AtomicFile } from './atomic-file.ts';
import type { Verification } from './verification.ts';
import { startVerification } from './verification.ts';

export interface DownloadSource {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly signal?: AbortSignal;
}

export interface DownloadedFile {
  readonly bytes: number;
  readonly path: string;
  /** What the bytes were compared by: `CRC32`, `MD5`, ...; `size` when the object has nothing better. */
  readonly verifiedBy: string;
}

export async function downloadFile(
  source: DownloadSource,
  path: string,
  progress: TransferProgress,
): Promise<DownloadedFile> {
  const file = await AtomicFile.create(path);
  try {
    const received = await receive(source, file, progress);
    await file.commit(); // (W1)
    return { ...received, path };
  } finally {
    await file.discard();
  }
}

/** The version that is being read, from the first answer on. */
interface Version {
  readonly etag: string;
  readonly totalBytes: number;
  readonly verification: Verification;
}

async function receive(
  source: DownloadSource,
  file: AtomicFile,
  progress: TransferProgress,
): Promise<Pick<DownloadedFile, 'bytes' | 'verifiedBy'>> {
  let version: Version | undefined;
  let receivedBytes = 0;
  await withRetries(
    source.client.retry,
    async () => {
      // The connection may be lost after the last byte.
      if (version !== undefined && receivedBytes === version.totalBytes) return;
      const answer = await ask(source, version, receivedBytes);
      version ??= await readVersion(answer);
      for await (const piece of answer.body as AsyncIterable<Buffer>) {
        await file.append(piece);
        version.verification.running.update(piece);
        receivedBytes += piece.length;
        progress.advance(piece.length);
      }
      if (receivedBytes < version.totalBytes) throw new Error('premature close');
    },
    source.signal,
  );
  if (version === undefined) throw new CommandFailure('the server sent nothing');
  assertWhole(version, receivedBytes);
  return { bytes: receivedBytes, verifiedBy: version.verification.by };
}

async function ask(
  source: DownloadSource,
  version: Version | undefined,
  receivedBytes: number,
): Promise<HttpAnswer> {
  const headers: Record<string, string> = { 'x-amz-checksum-mode': 'ENABLED' };
  if (version !== undefined && receivedBytes > 0) {
    headers.range = `bytes=${receivedBytes}-`;
    headers['if-match'] = version.etag; // (W2)
  }
  try {
    const answer = await source.client.send({
      method: 'GET',
      path: objectPath(source.bucket, source.key),
      headers,
      ...(source.signal === undefined ? {} : { signal: source.signal }),
    });
    return assertContinued(answer, receivedBytes);
  } catch (error) {
    if (error instanceof AnswerError && error.code === 'PreconditionFailed') {
      throw new CommandFailure('it was replaced while it was being downloaded: download it again', {
        cause: error,
      });
    }
    throw error;
  }
}

function assertContinued(answer: HttpAnswer, receivedBytes: number): HttpAnswer {
  const begins = /^bytes (\d+)-/.exec(answer.headers['content-range'] ?? '')?.[1];
  if (receivedBytes === 0 || (answer.status === 206 && Number(begins) === receivedBytes)) return answer;
  answer.body.destroy();
  throw new CommandFailure('the server does not continue downloads: download it again');
}

async function readVersion(answer: HttpAnswer): Promise<Version> {
  const length = answer.headers['content-length'];
  if (length === undefined) throw new CommandFailure('the server does not say how long the object is');
  return {
    etag: answer.headers.etag ?? '',
    totalBytes: Number(length),
    verification: await startVerification(answer.headers),
  };
}

function assertWhole(version: Version, receivedBytes: number): void {
  if (receivedBytes !== version.totalBytes) {
    throw new CommandFailure(`${receivedBytes} bytes came instead of ${version.totalBytes}`);
  }
  const { by, expected, running } = version.verification;
  const sum = running.value();
  if (sum === expected) return;
  throw new CommandFailure(
    `the bytes that came are not those that were stored: their ${by} is ${sum}, not ${expected}`,
  );
}
