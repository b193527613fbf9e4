/**
 * One file into the store: in one request, or in parts that travel side by side.
 *
 * (U1) The server gets the SHA-256 of every body in the signature and its CRC-32 beside it, and refuses what arrives differently; the
 *      CRC-32 of the whole is kept with the object, and what the server says it keeps is compared with what was read.
 * (U2) Bytes of a body are read once: a try after a failure sends the same ones.
 * (U3) Nothing appears under the name unless the file stood still from the first byte to the last.
 * (U4) A multipart upload that fails is aborted, so that its parts do not stay behind.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { TransferProgress } from '../terminal/progress-display.ts';
import { crc32Text } from './checksum.ts';
import { inParallel } from './in-parallel.ts';
import type { SentPart } from './multipart-upload.ts';
import { abortUpload, completeUpload, createUpload } from './multipart-upload.ts';
import type { PlannedPart } from './part-plan.ts';
import { PART_BYTES, planParts } from './part-plan.ts';
import { SteadyFile } from './steady-file.ts';
import type { UploadTarget } from './upload-target.ts';
import { assertSame, sendBody } from './upload-target.ts';

export interface UploadedFile {
  readonly bytes: number;
  /** Without quotes. */
  readonly etag: string;
}

export async function uploadFile(
  target: UploadTarget,
  path: string,
  progress: TransferProgress,
): Promise<UploadedFile> {
  const file = await SteadyFile.open(path);
  try {
    const partBytes = target.partBytes ?? PART_BYTES;
    return file.bytes <= partBytes
      ? await uploadWhole(target, file, progress)
      : await uploadInParts(target, file, planParts(file.bytes, partBytes), progress);
  } finally {
    await file.close();
  }
}

async function uploadWhole(
  target: UploadTarget,
  file: SteadyFile,
  progress: TransferProgress,
): Promise<UploadedFile> {
  const body = await file.read(0, file.bytes); // (U2)
  await file.assertUnchanged(); // (U3)
  const { etag } = await sendBody(target, body, crc32Text(crc32(body)), {}, progress); // (U1)
  assertSame('ETag', createHash('md5').update(body).digest('hex'), etag);
  return { bytes: file.bytes, etag };
}

async function uploadInParts(
  target: UploadTarget,
  file: SteadyFile,
  parts: readonly PlannedPart[],
  progress: TransferProgress,
): Promise<UploadedFile> {
  const uploadId = await createUpload(target);
  try {
    const sent: SentPart[] = [];
    await inParallel(parts, partsInMemory(target, parts), async (part) => {
      const body = await file.read(part.start, part.bytes); // (U2)
      const sum = crc32Text(crc32(body));
      const query = { partNumber: String(part.number), uploadId };
      const { etag } = await sendBody(target, body, sum, query, progress); // (U1)
      sent.push({ number: part.number, bytes: part.bytes, sum, etag });
    });
    await file.assertUnchanged(); // (U3)
    return { bytes: file.bytes, etag: await completeUpload(target, uploadId, sent) };
  } catch (error) {
    await abortUpload(target, uploadId); // (U4)
    throw error;
  }
}

const MEMORY_LIMIT_BYTES = 256 * 1024 * 1024;

/** Huge files have huge parts: fewer of them at once, so that memory stays bounded. */
function partsInMemory(target: UploadTarget, parts: readonly PlannedPart[]): number {
  return Math.max(1, Math.min(target.partsAtOnce, Math.floor(MEMORY_LIMIT_BYTES / (parts[0]?.bytes ?? 1))));
}
