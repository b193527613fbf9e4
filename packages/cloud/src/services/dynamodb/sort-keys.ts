/**
 * Keys of the database, as texts of one byte a character: their order as texts is the order of the bytes on disk.
 *
 * (O1) Values of a sort key are encoded so that the bytes have the order of the values, and no encoding begins another one.
 * (O2) Partitions come by the hash of their key, so that ranges of hashes are even shares of a table.
 */
import { hash } from 'node:crypto';
import Big from 'big.js';
import { type AttributeValue, bytesOf } from './attribute-values.ts';

const TERMINATOR = '\0\0';
const NEGATIVE = '\x01';
const ZERO = '\x02';
const POSITIVE = '\x03';
/** Exponents go from -130 to 125. */
const EXPONENT_SHIFT = 130;

/** (O1) For values of the types S, N and B. */
export function sortKey(value: AttributeValue): string {
  return value.N === undefined ? sortPrefix(value) + TERMINATOR : numberKey(value.N);
}

/** What the keys of all texts begin with that begin so. */
export function sortPrefix(value: AttributeValue): string {
  const bytes = value.S === undefined ? bytesOf(value.B!) : Buffer.from(value.S, 'utf8');
  return bytes.toString('latin1').replaceAll('\0', '\0\xff');
}

function numberKey(text: string): string {
  const { s: sign, e: exponent, c: digits } = new Big(text);
  if (digits[0] === 0) return ZERO;
  const shifted = exponent + EXPONENT_SHIFT;
  // A digit is 1 to 10, so that 0 can end the number; a negative number is the complement.
  const bytes = [shifted, ...digits.map((digit) => digit + 1), 0];
  const positive = sign > 0;
  return (
    (positive ? POSITIVE : NEGATIVE) +
    String.fromCharCode(...bytes.map((byte) => (positive ? byte : 255 - byte)))
  );
}

/** (O2) 16 bytes: by them two partitions are one only if the hash is broken. */
export function partitionKey(value: AttributeValue): string {
  return digest(sortKey(value));
}

export function digest(text: string): string {
  return hash('sha256', Buffer.from(text, 'latin1'), 'buffer').toString('latin1', 0, 16);
}

/** The first key behind all that begin with this one. */
export function after(prefix: string): string {
  const kept = prefix.replace(/\xff+$/, '');
  if (kept === '') throw new RangeError('nothing comes after a key of 255s');
  return kept.slice(0, -1) + String.fromCharCode(kept.charCodeAt(kept.length - 1) + 1);
}

/** What a table's rows are. */
export type RowKind = 'item' | 'index' | 'stream' | 'count';

const KIND_LETTERS: Readonly<Record<RowKind, string>> = { item: 'i', index: 'x', stream: 's', count: 'c' };

/** What all rows of a table begin with. */
export function tablePrefix(tableNumber: number): string {
  return bigEndian(tableNumber, 4);
}

export function rowPrefix(tableNumber: number, kind: Exclude<RowKind, 'index'>): string {
  return tablePrefix(tableNumber) + KIND_LETTERS[kind];
}

export function indexPrefix(tableNumber: number, indexNumber: number): string {
  return tablePrefix(tableNumber) + KIND_LETTERS.index + bigEndian(indexNumber, 4);
}

export function bigEndian(number: number, bytes: number): string {
  let text = '';
  for (let left = number, at = 0; at < bytes; at++, left = Math.floor(left / 256)) {
    text = String.fromCharCode(left % 256) + text;
  }
  return text;
}
