/**
 * A record as it lies on disk: one byte of format, four of CRC-32 over key and payload, then the payload in the form of the
 * structured clone algorithm, which knows dates, maps and bytes and which newer versions of Node can read.
 */
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';

const FORMAT = 1;
const HEADER_BYTES = 5;

/** Throws a TypeError for a value that is not plain data (functions, for example). */
export function encodeRecord(key: Buffer, value: unknown): Buffer {
  const payload = serialize(value);
  const stored = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  stored[0] = FORMAT;
  payload.copy(stored, HEADER_BYTES);
  stored.writeUInt32LE(crc32(payload, crc32(key)), 1);
  return stored;
}

/** The value, or why it can't be read. */
export function decodeRecord(
  key: Buffer,
  stored: Buffer,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string } {
  if (stored.length < HEADER_BYTES) return { ok: false, reason: 'it is cut off' };
  const payload = stored.subarray(HEADER_BYTES);
  if (stored.readUInt32LE(1) !== crc32(payload, crc32(key))) {
    return { ok: false, reason: 'its checksum does not fit' };
  }
  if (stored[0] !== FORMAT) return { ok: false, reason: `it has format ${stored[0]}, not ${FORMAT}` };
  return { ok: true, value: deserialize(payload) };
}
