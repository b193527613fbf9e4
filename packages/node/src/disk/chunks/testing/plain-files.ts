import * as fs from 'node:fs';
import { join } from 'node:path';
import { crc32c } from '@node-rs/crc32';
import { BLOCK_BYTES, blockSums } from '../block-reads.ts';
import { fileName, subFolder, trailerBytes } from '../plain-format.ts';

const FOOTER_BYTES = 32;

/** Writes a chunk as format 1 of the data folder did; gives its path. */
export function writePlainChunk(folder: string, name: string, bytes: Uint8Array): string {
  const path = join(folder, subFolder(name), fileName(name, bytes.length));
  fs.mkdirSync(join(folder, subFolder(name)), { recursive: true });
  fs.writeFileSync(path, Buffer.concat([bytes, encodeTrailer(bytes)]));
  return path;
}

function encodeTrailer(bytes: Uint8Array): Buffer {
  const trailer = Buffer.alloc(trailerBytes(bytes.length));
  for (const [block, sum] of blockSums(bytes).entries()) trailer.writeUInt32LE(sum, 4 * block);
  const footer = trailer.length - FOOTER_BYTES;
  trailer.write('CRESCHNK', footer, 'latin1');
  trailer.writeUInt16LE(1, footer + 8);
  trailer.writeUInt32LE(BLOCK_BYTES, footer + 12);
  trailer.writeUIntLE(bytes.length, footer + 16, 6);
  trailer.writeUInt32LE(crc32c(trailer.subarray(0, footer + 28)), footer + 28);
  return trailer;
}
