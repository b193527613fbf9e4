/**
 * Values as they lie in the database: the bytes, then CRC32C of key and bytes. The database has no checksums of its own, and
 * a flipped bit in a table of objects must be noticed, not served.
 */
import { crc32c } from '@node-rs/crc32';

const SUM_BYTES = 4;

/** Copies the value: the caller may use its buffer again. */
export function encodeStored(key: Uint8Array, value: Uint8Array): Buffer {
  const stored = Buffer.allocUnsafe(value.length + SUM_BYTES);
  stored.set(value);
  stored.writeUInt32LE(sum(key, stored), value.length);
  return stored;
}

/** The value; undefined when the checksum does not fit. */
export function decodeStored(key: Uint8Array, stored: Buffer): Buffer | undefined {
  const length = stored.length - SUM_BYTES;
  if (length < 0 || stored.readUInt32LE(length) !== sum(key, stored)) return undefined;
  return stored.subarray(0, length);
}

/** The value of bytes that never left this process. */
export function trustStored(stored: Buffer): Buffer {
  return stored.subarray(0, stored.length - SUM_BYTES);
}

/** Up to here a call of native code costs more than the sum itself: records of metadata are about 100 bytes long. */
const SMALL_BYTES = 192;

function sum(key: Uint8Array, stored: Buffer): number {
  const length = stored.length - SUM_BYTES;
  if (key.length + length <= SMALL_BYTES) {
    return ~addToSum(addToSum(-1, key, key.length), stored, length) >>> 0;
  }
  return crc32c(stored.subarray(0, length), crc32c(key));
}

/** One step of CRC32C (Castagnoli, reflected) for each value of a byte. */
const STEPS = Int32Array.from({ length: 256 }, (_, byte) => {
  let step = byte;
  for (let bit = 0; bit < 8; bit++) step = step & 1 ? (step >>> 1) ^ 0x82f63b78 : step >>> 1;
  return step;
});

function addToSum(state: number, bytes: Uint8Array, length: number): number {
  let next = state;
  for (let i = 0; i < length; i++) next = STEPS[(next ^ bytes[i]!) & 0xff]! ^ (next >>> 8);
  return next;
}
