import { invariant } from '@crescendo/base';
import type { WireValue } from './message-decoder.ts';

/** MessagePack in its shortest form; texts as str, never as bin. */
export function encodeMessage(value: WireValue): Buffer {
  if (value === null) return Buffer.of(0xc0);
  if (typeof value === 'boolean') return Buffer.of(value ? 0xc3 : 0xc2);
  if (typeof value === 'bigint') return encodeInteger(value);
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? encodeInteger(BigInt(value)) : encodeDouble(value);
  }
  if (typeof value === 'string') return encodeText(value);
  if (value instanceof Uint8Array)
    return Buffer.concat([head(value.length, undefined, [0xc4, 0xc5, 0xc6]), value]);
  if (isList(value)) {
    return Buffer.concat([
      head(value.length, [0x90, 15], [undefined, 0xdc, 0xdd]),
      ...value.map(encodeMessage),
    ]);
  }
  const flat = [...value].flat() as WireValue[];
  return Buffer.concat([head(value.size, [0x80, 15], [undefined, 0xde, 0xdf]), ...flat.map(encodeMessage)]);
}

function isList(value: WireValue): value is readonly WireValue[] {
  return Array.isArray(value);
}

function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([head(bytes.length, [0xa0, 31], [0xd9, 0xda, 0xdb]), bytes]);
}

function encodeDouble(value: number): Buffer {
  const bytes = Buffer.alloc(9, 0xcb);
  bytes.writeDoubleBE(value, 1);
  return bytes;
}

function encodeInteger(value: bigint): Buffer {
  invariant(value >= -(1n << 63n) && value < 1n << 64n, `${value} does not fit in 64 bits`);
  if (value >= -32n && value <= 0x7fn) return Buffer.of(Number(value) & 0xff);
  const isNegative = value < 0n;
  const power = [0, 1, 2, 3].find((p) => {
    const bits = BigInt(8 << p);
    return isNegative ? value >= -(1n << (bits - 1n)) : value < 1n << bits;
  })!;
  const size = 1 << power;
  const bytes = Buffer.alloc(1 + size);
  bytes[0] = (isNegative ? 0xd0 : 0xcc) + power;
  const whole = Buffer.alloc(8);
  whole.writeBigUInt64BE(BigInt.asUintN(64, value));
  whole.copy(bytes, 1, 8 - size);
  return bytes;
}

/** Tag and length: the short form up to its limit, else with 1, 2 or 4 bytes of length, where there is such a tag. */
function head(
  length: number,
  short: readonly [tag: number, limit: number] | undefined,
  tags: readonly [number | undefined, number, number],
): Buffer {
  if (short !== undefined && length <= short[1]) return Buffer.of(short[0] | length);
  if (tags[0] !== undefined && length <= 0xff) return Buffer.of(tags[0], length);
  if (length <= 0xffff) return Buffer.of(tags[1], length >>> 8, length & 0xff);
  const bytes = Buffer.alloc(5, tags[2]);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}
