/**
 * How the bytes of a download are compared with what the server says of the object: with the checksum that was stored when it was
 * written when there is one over the whole object, else with the MD5 in the ETag. Checksums of checksums and ETags of
 * multipart uploads say nothing about the bytes as they come: then only the length is checked, and the answer says so.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { RunningChecksum } from './checksum.ts';
import { runningCrc32, runningDigest } from './checksum.ts';

export interface Verification {
  /** Name for people and programs: `SHA256`, `CRC32`, `MD5`, ... or `size`. */
  readonly by: string;
  readonly expected: string;
  readonly running: RunningChecksum;
}

interface Method {
  readonly by: string;
  readonly header: string;
  readonly start: () => RunningChecksum | Promise<RunningChecksum>;
}

/** Polynomials, reflected. */
const CRC64_NVME = '9a6c9329ac4bc9b5';
const CRC32_C = 0x82f63b78;

/** In the order of preference. */
const METHODS: readonly Method[] = [
  { by: 'SHA256', header: 'x-amz-checksum-sha256', start: () => runningDigest('sha256', 'base64') },
  { by: 'SHA1', header: 'x-amz-checksum-sha1', start: () => runningDigest('sha1', 'base64') },
  { by: 'CRC64NVME', header: 'x-amz-checksum-crc64nvme', start: runningCrc64Nvme },
  { by: 'CRC32C', header: 'x-amz-checksum-crc32c', start: runningCrc32c },
  { by: 'CRC32', header: 'x-amz-checksum-crc32', start: runningCrc32 },
];

export async function startVerification(headers: IncomingHttpHeaders): Promise<Verification> {
  for (const { by, header, start } of METHODS) {
    const expected = headers[header];
    if (typeof expected === 'string' && isOverWholeObject(headers, expected)) {
      return { by, expected, running: await start() };
    }
  }
  const etag = (headers.etag ?? '').replaceAll('"', '');
  if (/^[0-9a-f]{32}$/.test(etag)) return { by: 'MD5', expected: etag, running: runningDigest('md5', 'hex') };
  return { by: 'size', expected: '', running: { update: () => undefined, value: () => '' } };
}

/** Composite values end in the number of parts. */
function isOverWholeObject(headers: IncomingHttpHeaders, value: string): boolean {
  return headers['x-amz-checksum-type'] !== 'COMPOSITE' && !/-\d+$/.test(value);
}

async function runningCrc64Nvme(): Promise<RunningChecksum> {
  const { createCRC64 } = await import('hash-wasm');
  return fromHashWasm(await createCRC64(CRC64_NVME));
}

async function runningCrc32c(): Promise<RunningChecksum> {
  const { createCRC32 } = await import('hash-wasm');
  return fromHashWasm(await createCRC32(CRC32_C));
}

interface HashWasmHasher {
  init(): unknown;
  update(piece: Uint8Array): unknown;
  digest(form: 'binary'): Uint8Array;
}

function fromHashWasm(hasher: HashWasmHasher): RunningChecksum {
  hasher.init();
  return {
    update: (piece) => void hasher.update(piece),
    value: () => Buffer.from(hasher.digest('binary')).toString('base64'),
  };
}
