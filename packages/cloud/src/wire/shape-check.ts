/**
 * Holds what a client sent against the shape of the operation's input. The SDK's codecs trust their peer, since they were made for
 * the other end of the wire: without this a number would reach a service where it expects a text.
 *
 * Lengths, ranges and patterns are not in the shapes: services check those.
 */
import { NormalizedSchema } from '@smithy/core/schema';
import type { Schema } from './shapes/service-shapes.ts';
import { WireError } from './wire-error.ts';

export interface ShapeCheck {
  /** Members that the shape does not have are refused instead of left out. */
  readonly strict: boolean;
}

/** A clean copy with only known members; fails with a `WireError`. */
export function checkedInput(schema: Schema, value: unknown, check: ShapeCheck): Record<string, unknown> {
  const shape = normalized(schema);
  if (shape.isUnitSchema()) return {};
  try {
    return checkedStruct(shape, value ?? {}, '', check);
  } catch (error) {
    if (error instanceof RangeError)
      throw new WireError('malformed', 'The request is nested too deeply.', error);
    throw error;
  }
}

function normalized(schema: Schema): NormalizedSchema {
  return NormalizedSchema.of(schema as Parameters<typeof NormalizedSchema.of>[0]);
}

function checked(shape: NormalizedSchema, value: unknown, path: string, check: ShapeCheck): unknown {
  if (shape.isStructSchema()) return checkedStruct(shape, value, path, check);
  if (shape.isListSchema()) return checkedList(shape, value, path, check);
  if (shape.isMapSchema()) return checkedMap(shape, value, path, check);
  return checkedScalar(shape, value, path);
}

function checkedStruct(
  shape: NormalizedSchema,
  value: unknown,
  path: string,
  check: ShapeCheck,
): Record<string, unknown> {
  if (!isPlainObject(value)) throw wrong(path, 'a structure', value);
  const required = requiredCount(shape);
  const members: [string, unknown][] = [];
  const known = new Set<string>();
  let position = 0;
  for (const [name, member] of shape.structIterator()) {
    known.add(name);
    const given = value[name];
    const at = path === '' ? name : `${path}.${name}`;
    if (given !== undefined && given !== null) members.push([name, checked(member, given, at, check)]);
    else if (position < required && !member.isIdempotencyToken()) throw missing(at);
    position += 1;
  }
  if (check.strict) refuseUnknown(value, known, path);
  return Object.fromEntries(members);
}

/** The first so many members are required ones; the SDK's tuples say so last. */
function requiredCount(shape: NormalizedSchema): number {
  const tuple: unknown = shape.getSchema();
  const count: unknown = Array.isArray(tuple) ? tuple[6] : undefined;
  return typeof count === 'number' ? count : 0;
}

function refuseUnknown(
  value: Readonly<Record<string, unknown>>,
  known: ReadonlySet<string>,
  path: string,
): void {
  for (const name of Object.keys(value)) {
    if (known.has(name) || value[name] === undefined) continue;
    throw new WireError(
      'unknownMember',
      `The parameter ${path === '' ? name : `${path}.${name}`} is not recognized`,
    );
  }
}

function checkedList(shape: NormalizedSchema, value: unknown, path: string, check: ShapeCheck): unknown[] {
  if (!Array.isArray(value)) throw wrong(path, 'a list', value);
  const item = shape.getValueSchema();
  return value.map((given, index) => {
    const at = `${path}.${index + 1}`;
    if (given === undefined || given === null) throw missing(at);
    return checked(item, given, at, check);
  });
}

function checkedMap(
  shape: NormalizedSchema,
  value: unknown,
  path: string,
  check: ShapeCheck,
): Record<string, unknown> {
  if (!isPlainObject(value)) throw wrong(path, 'a map', value);
  // The SDK's codec loses what stands under this key: it must not look as if it had been kept.
  if (Object.hasOwn(value, '__proto__')) {
    throw new WireError('wrongMember', `The map ${path} must not have the key "__proto__"`);
  }
  const item = shape.getValueSchema();
  const entries = Object.entries(value).filter(([, given]) => given !== undefined && given !== null);
  return Object.fromEntries(
    entries.map(([key, given]) => [key, checked(item, given, `${path}.${key}`, check)]),
  );
}

function checkedScalar(shape: NormalizedSchema, value: unknown, path: string): unknown {
  if (shape.isStringSchema()) return checkedText(value, path);
  if (shape.isBooleanSchema()) return typeof value === 'boolean' ? value : refuse(path, 'a boolean', value);
  if (shape.isNumericSchema()) return checkedNumber(value, path);
  if (shape.isTimestampSchema()) {
    return value instanceof Date && !Number.isNaN(value.getTime()) ? value : refuse(path, 'a time', value);
  }
  if (shape.isBlobSchema()) return value instanceof Uint8Array ? value : refuse(path, 'bytes', value);
  return value;
}

function checkedText(value: unknown, path: string): string {
  // Texts that hold JSON come as objects that stand for their text.
  if (value instanceof String) return String(value);
  return typeof value === 'string' ? value : refuse(path, 'a string', value);
}

function checkedNumber(value: unknown, path: string): number {
  if (typeof value === 'number') return value;
  // From CBOR, which tells long integers apart.
  if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value);
  return refuse(path, 'a number', value);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function refuse(path: string, wanted: string, value: unknown): never {
  throw wrong(path, wanted, value);
}

function wrong(path: string, wanted: string, value: unknown): WireError {
  const shown =
    typeof value === 'object' ? (Array.isArray(value) ? 'a list' : 'a structure') : JSON.stringify(value);
  const where = path === '' ? 'The request' : `The value of ${path}`;
  return new WireError('wrongMember', `${where} must be ${wanted}, not ${String(shown).slice(0, 100)}`);
}

/** In the words of AWS's services. */
function missing(path: string): WireError {
  return new WireError(
    'missingMember',
    `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`,
  );
}
