import { createHash } from 'node:crypto';
import type { BodySource, ObjectRead } from '../objects/object-store.ts';

export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex');
}

/** Bytes that tell where they stand, so that a mix-up shows. */
export function patternBytes(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + seed * 101) & 0xff;
  return bytes;
}

/** A body in pieces that share one buffer, as a socket's do. */
export function bodyOf(
  bytes: Uint8Array,
  options: { pieceBytes?: number; sized?: boolean } = {},
): BodySource {
  const { pieceBytes = 1_000, sized = true } = options;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    const shared = new Uint8Array(pieceBytes);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      shared.set(piece);
      yield shared.subarray(0, piece.length);
    }
  }
  const source = { bytes: pieces(), finish: async () => ({ etag: md5(bytes) }) };
  return sized ? { ...source, size: bytes.length } : source;
}

export async function readAll(read: ObjectRead, start = 0, end = read.info.size): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of read.bytes(start, end)) pieces.push(piece.slice());
  return Buffer.concat(pieces);
}
