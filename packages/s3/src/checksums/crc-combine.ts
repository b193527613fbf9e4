/**
 * Joins the CRCs of two neighbouring pieces into the CRC of both, without their bytes. A CRC of A followed by B is
 * (crc(A) * x^(8 * length of B)) mod P, xor crc(B), in reflected polynomials over GF(2); multiplication is done bit by bit and the
 * power of x by repeated squaring, remembered for each length since parts are mostly of one size.
 *
 * Words of 64 bits are pairs of 32-bit integers: ten thousand parts take milliseconds, with BigInt they would take a second.
 */
import type { ChecksumAlgorithm } from './algorithms.ts';
import { parseBase64, toBase64 } from './base64.ts';

type CrcAlgorithm = Extract<ChecksumAlgorithm, 'CRC32' | 'CRC32C' | 'CRC64NVME'>;

/** `high` holds the lower powers of x; with 32 bits `low` is unused. */
interface Word {
  readonly high: number;
  readonly low: number;
}

interface Field {
  readonly wide: boolean;
  readonly polynomial: Word;
}

const FIELDS: Readonly<Record<CrcAlgorithm, Field>> = {
  CRC32: { wide: false, polynomial: { high: 0xedb88320 | 0, low: 0 } },
  CRC32C: { wide: false, polynomial: { high: 0x82f63b78 | 0, low: 0 } },
  CRC64NVME: { wide: true, polynomial: { high: 0x9a6c9329 | 0, low: 0xac4bc9b5 | 0 } },
};

export interface CrcPiece {
  /** Base64 of the CRC's bytes, the most significant first. */
  readonly value: string;
  /** Bytes that it covers. */
  readonly size: number;
}

export function isCrc(algorithm: ChecksumAlgorithm): algorithm is CrcAlgorithm {
  return Object.hasOwn(FIELDS, algorithm);
}

/** The CRC of all pieces in order, in base64; at least one piece. */
export function combineCrcs(algorithm: CrcAlgorithm, pieces: readonly CrcPiece[]): string {
  const field = FIELDS[algorithm];
  const powers = new Map<number, Word>();
  let sum: Word = { high: 0, low: 0 };
  for (const { value, size } of pieces) {
    let power = powers.get(size);
    if (power === undefined) {
      power = powerOfX(field, size);
      powers.set(size, power);
    }
    const shifted = multiply(field, sum, power);
    const piece = readWord(field, value);
    sum = { high: shifted.high ^ piece.high, low: shifted.low ^ piece.low };
  }
  return writeWord(field, sum);
}

/** x^(8 * bytes) mod P. */
function powerOfX(field: Field, bytes: number): Word {
  // Reflected: the coefficient of x^0 is the top bit, so x^8 has the ninth bit from the top.
  let square: Word = { high: 1 << (31 - 8), low: 0 };
  let power: Word = { high: 1 << 31, low: 0 };
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(field, power, square);
    square = multiply(field, square, square);
  }
  return power;
}

function multiply(field: Field, a: Word, b: Word): Word {
  let high = 0;
  let low = 0;
  let shiftedHigh = b.high;
  let shiftedLow = b.low;
  const bits = field.wide ? 64 : 32;
  for (let i = 0; i < bits; i++) {
    const bit = i < 32 ? (a.high >>> (31 - i)) & 1 : (a.low >>> (63 - i)) & 1;
    high ^= -bit & shiftedHigh;
    low ^= -bit & shiftedLow;
    // Times x: one to the right, and what falls out comes back as the polynomial.
    const out = field.wide ? shiftedLow & 1 : shiftedHigh & 1;
    shiftedLow = field.wide ? (shiftedLow >>> 1) | (shiftedHigh << 31) : 0;
    shiftedHigh >>>= 1;
    shiftedHigh ^= -out & field.polynomial.high;
    shiftedLow ^= -out & field.polynomial.low;
  }
  return { high, low };
}

function readWord(field: Field, value: string): Word {
  const bytes = parseBase64(value) ?? new Uint8Array(8);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { high: view.getInt32(0), low: field.wide ? view.getInt32(4) : 0 };
}

function writeWord(field: Field, word: Word): string {
  const bytes = new Uint8Array(field.wide ? 8 : 4);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, word.high);
  if (field.wide) view.setInt32(4, word.low);
  return toBase64(bytes);
}
