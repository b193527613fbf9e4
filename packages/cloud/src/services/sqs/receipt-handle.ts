/** A receipt handle names a message and one receive of it, in base64, with a checksum against handles that were cut or made up. */
import { crc32 } from 'node:zlib';
import { invalidHandle, missingParameter } from './errors.ts';

export interface Receipt {
  readonly queue: number;
  readonly seq: number;
  /** How often the message had been received then. */
  readonly receiveCount: number;
}

const VERSION = 1;
const BYTES = 21;

export function formatReceipt({ queue, seq, receiveCount }: Receipt): string {
  const bytes = Buffer.alloc(BYTES);
  bytes[0] = VERSION;
  bytes.writeUInt32LE(queue, 1);
  bytes.writeDoubleLE(seq, 5);
  bytes.writeUInt32LE(receiveCount, 13);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 17)), 17);
  return bytes.toString('base64');
}

/** Throws for what is no handle of this queue. */
export function parseReceipt(handle: string | undefined, queue: number): Receipt {
  if (handle === undefined || handle === '') throw missingParameter('ReceiptHandle');
  const bytes = Buffer.from(handle, 'base64');
  const whole =
    bytes.length === BYTES && bytes[0] === VERSION && crc32(bytes.subarray(0, 17)) === bytes.readUInt32LE(17);
  if (!whole || bytes.readUInt32LE(1) !== queue) throw invalidHandle(handle);
  return { queue, seq: bytes.readDoubleLE(5), receiveCount: bytes.readUInt32LE(13) };
}
