/** Positions on the ring: integers in [0, 2^160), clockwise is upwards, and 0 follows 2^160 - 1. */
export type Position = bigint;

export const POSITION_BITS = 160;
export const RING_SIZE: bigint = 1n << BigInt(POSITION_BITS);
const LAST_POSITION = RING_SIZE - 1n;
const HEX_DIGITS = POSITION_BITS / 4;

/**
 * True when one meets `x` on the way clockwise from `a` to `b`, both ends excluded. When `a` equals `b` the way is the
 * whole ring (Zave, "Reasoning about identifier spaces").
 */
export function isBetween(a: Position, x: Position, b: Position): boolean {
  return a < b ? a < x && x < b : a < x || x < b;
}

/** True when `x` lies in the arc (a, b]; when `a` equals `b` the arc is the whole ring. */
export function isInArc(a: Position, x: Position, b: Position): boolean {
  return x === b || isBetween(a, x, b);
}

/** Steps clockwise from `a` to `b`: 0 when they are equal. */
export function distance(a: Position, b: Position): bigint {
  return (b - a) & LAST_POSITION;
}

/** The position `steps` clockwise from `a`; negative steps go back. */
export function advance(a: Position, steps: bigint): Position {
  return (a + steps) & LAST_POSITION;
}

export function isPosition(value: bigint): boolean {
  return value >= 0n && value < RING_SIZE;
}

/** 40 lower-case hexadecimal digits. */
export function formatPosition(position: Position): string {
  return position.toString(16).padStart(HEX_DIGITS, '0');
}

/** Parses exactly 40 lower-case hexadecimal digits; undefined for anything else. */
export function parsePosition(text: unknown): Position | undefined {
  if (typeof text !== 'string' || text.length !== HEX_DIGITS || !/^[0-9a-f]+$/.test(text)) return undefined;
  return BigInt(`0x${text}`);
}

/** The position that 20 bytes (a SHA-1) stand for, most significant byte first. */
export function positionFromBytes(bytes: Uint8Array): Position {
  let text = '0x';
  for (let i = 0; i < HEX_DIGITS / 2; i++) text += (bytes[i] ?? 0).toString(16).padStart(2, '0');
  return BigInt(text);
}

const LOW_BITS = BigInt(POSITION_BITS - 32);

/** The upper 32 bits: what the classic door shows as a node's id. */
export function upper32(position: Position): number {
  return Number(position >> LOW_BITS);
}

/** The first position whose upper 32 bits are `id`. */
export function positionFromUpper32(id: number): Position {
  return BigInt(id >>> 0) << LOW_BITS;
}
