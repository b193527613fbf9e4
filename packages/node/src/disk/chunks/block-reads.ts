/**
 * Checked reads of bytes that lie in a file with a CRC32C for each 64 KiB block. A ranged read checks only the blocks that it touches.
 */
import { crc32c } from '@node-rs/crc32';
import { readFully, readFullySync } from '../durable-file.ts';

export const BLOCK_BYTES = 64 * 1024;
/** Up to here reading on the main thread costs less than the way to another one. */
const SYNC_READ_BYTES = 256 * 1024;
const VERIFY_BYTES = 16 * BLOCK_BYTES;

/** Where checked bytes lie. */
export interface BlockRange {
  readonly fd: number;
  /** Offset of the first byte in the file. */
  readonly start: number;
  readonly size: number;
  readonly sums: Uint32Array;
}

export function blockCount(size: number): number {
  return Math.ceil(size / BLOCK_BYTES);
}

export function blockSums(bytes: Uint8Array): Uint32Array {
  return Uint32Array.from({ length: blockCount(bytes.length) }, (_, block) =>
    crc32c(bytes.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES)),
  );
}

/** Bytes [offset, end) of the range, in `into` when the blocks fit there; undefined when a block is damaged. */
export async function readBlocks(
  range: BlockRange,
  offset: number,
  end: number,
  into?: Uint8Array,
): Promise<Uint8Array | undefined> {
  const firstBlock = Math.floor(offset / BLOCK_BYTES);
  const from = firstBlock * BLOCK_BYTES;
  const to = Math.min(range.size, Math.ceil(end / BLOCK_BYTES) * BLOCK_BYTES);
  const bytes = bufferFor(to - from, into);
  const count =
    bytes.length <= SYNC_READ_BYTES
      ? readFullySync(range.fd, bytes, range.start + from)
      : await readFully(range.fd, bytes, range.start + from);
  if (count < bytes.length || !blocksAreWhole(bytes, firstBlock, range.sums)) return undefined;
  return bytes.subarray(offset - from, end - from);
}

/** Reads everything, and tells whether it is whole. */
export async function blocksAreReadable(range: BlockRange): Promise<boolean> {
  const buffer = Buffer.allocUnsafe(Math.min(range.size, VERIFY_BYTES));
  for (let at = 0; at < range.size; at += VERIFY_BYTES) {
    const piece = buffer.subarray(0, Math.min(VERIFY_BYTES, range.size - at));
    const count = await readFully(range.fd, piece, range.start + at);
    if (count < piece.length || !blocksAreWhole(piece, at / BLOCK_BYTES, range.sums)) return false;
  }
  return true;
}

/** As `blocksAreReadable`, on this thread. */
export function blocksAreReadableSync(range: BlockRange): boolean {
  const buffer = Buffer.allocUnsafe(Math.min(range.size, VERIFY_BYTES));
  for (let at = 0; at < range.size; at += VERIFY_BYTES) {
    const piece = buffer.subarray(0, Math.min(VERIFY_BYTES, range.size - at));
    const count = readFullySync(range.fd, piece, range.start + at);
    if (count < piece.length || !blocksAreWhole(piece, at / BLOCK_BYTES, range.sums)) return false;
  }
  return true;
}

/** True when every block of `bytes`, which start at block `first` of the chunk, has its checksum. */
function blocksAreWhole(bytes: Uint8Array, first: number, sums: Uint32Array): boolean {
  for (let start = 0, block = first; start < bytes.length; start += BLOCK_BYTES, block++) {
    if (crc32c(bytes.subarray(start, start + BLOCK_BYTES)) !== sums[block]) return false;
  }
  return true;
}

function bufferFor(size: number, into: Uint8Array | undefined): Buffer {
  if (into === undefined || into.length < size) return Buffer.allocUnsafeSlow(size);
  return Buffer.from(into.buffer, into.byteOffset, size);
}
