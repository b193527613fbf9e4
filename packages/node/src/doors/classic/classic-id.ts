/**
 * Ids of the classic ring, 32 bits. They are computed as the original programs do: node ids with libstdc++'s `std::hash` of
 * strings on 64-bit machines (a variant of MurmurHash64A), file ids with MD5.
 */
import { createHash } from 'node:crypto';

const SEED = 0xc70f6907n;
const MULTIPLIER = 0xc6a4a7935bd1e995n;
const MASK_64 = (1n << 64n) - 1n;

/** `(std::hash(ip) XOR std::hash(port as text))`, lower 32 bits. */
export function classicNodeId(ip: string, port: number): number {
  return Number((hashText(ip) ^ hashText(String(port))) & 0xffffffffn);
}

/**
 * The id that a file is found under: the lower 32 bits of the MD5 of its base name read as one big number, that is its last four bytes,
 * most significant first.
 */
export function classicFileId(name: string): number {
  return createHash('md5').update(baseName(name)).digest().readUInt32BE(12);
}

/** What follows the last `/` or `\`. */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

function hashText(text: string): bigint {
  const bytes = Buffer.from(text);
  let hash = SEED ^ multiply(BigInt(bytes.length));
  let offset = 0;
  for (; offset + 8 <= bytes.length; offset += 8) {
    hash = multiply(hash ^ multiply(shiftMix(multiply(bytes.readBigUInt64LE(offset)))));
  }
  if (offset < bytes.length) hash = multiply(hash ^ tailOf(bytes.subarray(offset)));
  return shiftMix(multiply(shiftMix(hash)));
}

/** The last one to seven bytes as a little-endian number. */
function tailOf(bytes: Buffer): bigint {
  return bytes.reduceRight((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function multiply(value: bigint): bigint {
  return (value * MULTIPLIER) & MASK_64;
}

function shiftMix(value: bigint): bigint {
  return value ^ (value >> 47n);
}
