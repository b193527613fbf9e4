/**
 * Items as the service keeps them: DynamoDB's own JSON, with binary values as base64. The SDK's shapes have bytes there; both directions
 * are at the end of this file.
 */
import Big from 'big.js';
import { validation } from './errors.ts';

export interface AttributeValue {
  S?: string;
  /** A plain decimal number without superfluous zeros, once it was checked. */
  N?: string;
  /** Base64. */
  B?: string;
  BOOL?: boolean;
  NULL?: boolean;
  SS?: string[];
  NS?: string[];
  /** Base64. */
  BS?: string[];
  L?: AttributeValue[];
  M?: Record<string, AttributeValue>;
}

export type AttributeType = keyof AttributeValue;
export type Item = Record<string, AttributeValue>;

export function typeOf(value: AttributeValue): AttributeType {
  return Object.keys(value)[0] as AttributeType;
}

/** As documents are compared: sets without order, numbers by value. */
export function areEqual(left: AttributeValue, right: AttributeValue): boolean {
  const type = typeOf(left);
  if (type !== typeOf(right)) return false;
  if (type === 'M') return areEqualMaps(left.M!, right.M!);
  if (type === 'L') return areEqualLists(left.L!, right.L!);
  const [a, b] = [left[type], right[type]];
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  const members = new Set<unknown>(b);
  return a.length === b.length && a.every((member) => members.has(member));
}

function areEqualMaps(left: Item, right: Item): boolean {
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && areEqual(left[name]!, right[name]!))
  );
}

function areEqualLists(left: readonly AttributeValue[], right: readonly AttributeValue[]): boolean {
  return left.length === right.length && left.every((value, at) => areEqual(value, right[at]!));
}

/** Negative, 0 or positive; undefined when the two have no order: different types, or a type that has none. */
export function orderOf(left: AttributeValue, right: AttributeValue): number | undefined {
  if (left.S !== undefined && right.S !== undefined) return Buffer.compare(utf8(left.S), utf8(right.S));
  if (left.N !== undefined && right.N !== undefined) return new Big(left.N).cmp(right.N);
  if (left.B !== undefined && right.B !== undefined) return Buffer.compare(bytesOf(left.B), bytesOf(right.B));
  return undefined;
}

function utf8(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}

export function bytesOf(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}

/** What AWS counts: names and texts in UTF-8, about a byte for two digits of a number, three bytes for a list or a map and one for each member. */
export function itemBytes(item: Item): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) bytes += Buffer.byteLength(name) + valueBytes(value);
  return bytes;
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberBytes(value.N);
  if (value.B !== undefined) return Buffer.byteLength(value.B, 'base64');
  if (value.SS !== undefined) return sum(value.SS, (text) => Buffer.byteLength(text));
  if (value.NS !== undefined) return sum(value.NS, numberBytes);
  if (value.BS !== undefined) return sum(value.BS, (text) => Buffer.byteLength(text, 'base64'));
  if (value.L !== undefined) return 3 + sum(value.L, (member) => 1 + valueBytes(member));
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  return 1;
}

function numberBytes(text: string): number {
  const digits = text.replace(/[-.]/g, '').replace(/^0+|0+$/g, '').length;
  return 1 + Math.ceil(digits / 2) + (text.startsWith('-') ? 1 : 0);
}

function sum<Value>(values: readonly Value[], of: (value: Value) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

/** A copy of an input in the SDK's shape, with base64 where it has bytes. */
export function withText<Input>(input: Input): Input {
  return copied(input, (value) =>
    value instanceof Uint8Array
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
      : undefined,
  ) as Input;
}

/**
 * A copy of an output for the SDK's shapes, with bytes where it has base64. Only an attribute's value has a text under `B` or a list of
 * texts under `BS`: attributes with these names have values, which are structures.
 */
export function withBytes(output: unknown): unknown {
  return copied(output, (value, name) => {
    if (name === 'B' && typeof value === 'string') return bytesOf(value);
    const isSet =
      name === 'BS' && Array.isArray(value) && value.every((member) => typeof member === 'string');
    return isSet ? value.map((member) => bytesOf(String(member))) : undefined;
  });
}

type Replacement = (value: unknown, name: string | undefined) => unknown;

/** Far more than an item may have: what is deeper would exhaust the stack of those who look through it. */
const MAX_LEVELS = 150;

function copied(value: unknown, replaced: Replacement, name?: string, level = 0): unknown {
  if (level > MAX_LEVELS) throw validation('Nesting Levels have exceeded supported limits');
  const instead = replaced(value, name);
  if (instead !== undefined) return instead;
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((member) => copied(member, replaced, undefined, level + 1));
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, copied(member, replaced, key, level + 1)]));
}
