import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Computes a checksum over pieces; the value is in the spelling of the header that it is compared with. */
export interface RunningChecksum {
  update(piece: Uint8Array): void;
  value(): string;
}

/** Base64 of the four bytes, the most significant first, as S3 writes it. */
export function crc32Text(sum: number): string {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(sum >>> 0);
  return bytes.toString('base64');
}

export function runningCrc32(): RunningChecksum {
  let sum = 0;
  return {
    update: (piece) => {
      sum = crc32(piece, sum);
    },
    value: () => crc32Text(sum),
  };
}

export function runningDigest(
  algorithm: 'sha256' | 'sha1' | 'md5',
  encoding: 'base64' | 'hex',
): RunningChecksum {
  const hash = createHash(algorithm);
  return { update: (piece) => void hash.update(piece), value: () => hash.digest(encoding) };
}
