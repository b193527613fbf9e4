/**
 * A chunk's own file, as format 1 of the data folder wrote it: its bytes, then CRC32C of each 64 KiB block, then a footer.
 *
 *   file   = bytes | crc32c u32 for each block | footer (32 bytes)
 *   footer = "CRESCHNK" | version u16 | 0 u16 | block bytes u32 | size u48 | 0 u48 | crc32c u32 of table and footer
 *
 * The file's name carries the chunk's name and size: `<name>@<size>`.
 */
import { crc32c } from '@node-rs/crc32';
import { BLOCK_BYTES, blockCount } from './block-reads.ts';

const FOOTER_BYTES = 32;
const MAGIC = Buffer.from('CRESCHNK', 'latin1');
const VERSION = 1;
const FILE_NAME = /^([A-Za-z0-9.-]{1,200})@(\d{1,15})$/;

/** Bytes of the file of a chunk of this size. */
export function fileBytes(size: number): number {
  return size + trailerBytes(size);
}

export function trailerBytes(size: number): number {
  return 4 * blockCount(size) + FOOTER_BYTES;
}

export function fileName(name: string, size: number): string {
  return `${name}@${size}`;
}

export function parseFileName(text: string): { readonly name: string; readonly size: number } | undefined {
  const match = FILE_NAME.exec(text);
  return match === null ? undefined : { name: match[1]!, size: Number(match[2]) };
}

/** The sub-folder of a chunk's file: one of 64, by a hash of the name. */
export function subFolder(name: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return SUB_FOLDERS[((hash ^ (hash >>> 15)) >>> 0) % SUB_FOLDERS.length]!;
}

export const SUB_FOLDERS: readonly string[] = Array.from({ length: 64 }, (_, i) =>
  i.toString(16).padStart(2, '0'),
);

/** The checksums of the blocks; undefined when the trailer is damaged or belongs to a chunk of another size. */
export function parseTrailer(trailer: Buffer, size: number): Uint32Array | undefined {
  const blocks = blockCount(size);
  const footer = 4 * blocks;
  if (trailer.length !== footer + FOOTER_BYTES) return undefined;
  if (trailer.readUInt32LE(footer + 28) !== crc32c(trailer.subarray(0, footer + 28))) return undefined;
  const fits =
    trailer.subarray(footer, footer + 8).equals(MAGIC) &&
    trailer.readUInt16LE(footer + 8) === VERSION &&
    trailer.readUInt32LE(footer + 12) === BLOCK_BYTES &&
    trailer.readUIntLE(footer + 16, 6) === size;
  if (!fits) return undefined;
  return Uint32Array.from({ length: blocks }, (_, block) => trailer.readUInt32LE(4 * block));
}
