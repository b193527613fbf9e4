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

function sum(key: Uint8Array, stored: Buffer): number {
  return crc32c(stored.subarray(0, stored.length - SUM_BYTES), crc32c(key));
}
