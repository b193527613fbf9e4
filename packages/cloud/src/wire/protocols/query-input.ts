/**
 * Reads the parameters of the query protocols (`Filter.1.Value.2=x`) by the shape of the operation's input. The SDK has only the other
 * direction, so this mirrors its QueryShapeSerializer.
 *
 * Names that no shape asks for are refused: a parameter that is silently ignored would look as if it had been obeyed.
 */
import { NormalizedSchema } from '@smithy/core/schema';
import type { Schema } from '../shapes/service-shapes.ts';
import { WireError } from '../wire-error.ts';

export type Parameters = ReadonlyMap<string, string>;

/** One parameter and what lies below its name. */
interface Node {
  value?: string;
  /** Some shape asked for it. */
  used: boolean;
  readonly below: Map<string, Node>;
}

interface Dialect {
  readonly ec2: boolean;
}

/** Deeper names occur in no shape. */
const MAX_DEPTH = 32;

export function readQueryInput(schema: Schema, parameters: Parameters, dialect: Dialect): unknown {
  const root = makeTree(parameters);
  const shape = NormalizedSchema.of(schema as globalThis.Parameters<typeof NormalizedSchema.of>[0]);
  const input = shape.isUnitSchema() ? {} : readStruct(shape, root, dialect);
  const [unknown] = unusedNames(root, '');
  if (unknown !== undefined)
    throw new WireError('unknownMember', `The parameter ${unknown} is not recognized`);
  return input;
}

function emptyNode(): Node {
  return { used: false, below: new Map() };
}

function makeTree(parameters: Parameters): Node {
  const root = emptyNode();
  for (const [name, value] of parameters) {
    const parts = name.split('.');
    if (parts.length > MAX_DEPTH) {
      throw new WireError('malformed', `The parameter ${name.slice(0, 80)}... is too deep`);
    }
    let node = root;
    for (const part of parts) {
      const next = node.below.get(part) ?? emptyNode();
      node.below.set(part, next);
      node = next;
    }
    node.value = value;
  }
  return root;
}

function read(shape: NormalizedSchema, node: Node, dialect: Dialect): unknown {
  node.used = true;
  if (shape.isStructSchema()) return readStruct(shape, node, dialect);
  if (shape.isListSchema()) return readList(shape, node, dialect);
  if (shape.isMapSchema()) return readMap(shape, node, dialect);
  return readScalar(shape, node.value ?? '');
}

function readStruct(shape: NormalizedSchema, node: Node, dialect: Dialect): Record<string, unknown> {
  const members: [string, unknown][] = [];
  for (const [name, member] of shape.structIterator()) {
    const found = node.below.get(memberKey(name, member, dialect));
    if (found !== undefined) members.push([name, read(member, found, dialect)]);
  }
  return Object.fromEntries(members);
}

function memberKey(name: string, member: NormalizedSchema, { ec2 }: Dialect): string {
  const { ec2QueryName, xmlName } = traitsOf(member);
  if (!ec2) return xmlName ?? name;
  const key = ec2QueryName ?? xmlName ?? name;
  return ec2QueryName === undefined ? key[0]!.toUpperCase() + key.slice(1) : key;
}

function readList(shape: NormalizedSchema, node: Node, dialect: Dialect): unknown[] {
  const item = shape.getValueSchema();
  const flat = dialect.ec2 || traitsOf(shape).xmlFlattened !== undefined;
  const holder = flat ? node : node.below.get(traitsOf(item).xmlName ?? 'member');
  // `Name=` stands for an empty list.
  return holder === undefined ? [] : numbered(holder).map((one) => read(item, one, dialect));
}

function readMap(shape: NormalizedSchema, node: Node, dialect: Dialect): Record<string, unknown> {
  const [keyShape, valueShape] = [shape.getKeySchema(), shape.getValueSchema()];
  const flat = traitsOf(shape).xmlFlattened !== undefined;
  const holder = flat ? node : node.below.get('entry');
  if (holder === undefined) return {};
  const entries = numbered(holder).map((entry) => {
    const key = entry.below.get(traitsOf(keyShape).xmlName ?? 'key') ?? emptyNode();
    const value = entry.below.get(traitsOf(valueShape).xmlName ?? 'value') ?? emptyNode();
    return [String(read(keyShape, key, dialect)), read(valueShape, value, dialect)] as const;
  });
  return Object.fromEntries(entries);
}

/** The nodes under `1`, `2`, ... in the order of their numbers; gaps are passed over, as AWS does. */
function numbered(node: Node): Node[] {
  return [...node.below]
    .filter(([name]) => /^\d{1,9}$/.test(name))
    .sort(([one], [other]) => Number(one) - Number(other))
    .map(([, item]) => item);
}

function readScalar(shape: NormalizedSchema, text: string): unknown {
  if (shape.isStringSchema()) return text;
  if (shape.isBooleanSchema()) return readBoolean(text);
  if (shape.isNumericSchema())
    return /^\s*$/.test(text) || Number.isNaN(Number(text)) ? readSpecial(text) : Number(text);
  if (shape.isTimestampSchema()) return readTime(text);
  if (shape.isBlobSchema()) return Buffer.from(text, 'base64');
  return text;
}

/** Texts that are no values of their type go on as texts: the check of the shape names where they stand. */
function readBoolean(text: string): unknown {
  const lower = text.toLowerCase();
  return lower === 'true' || lower === '1' ? true : lower === 'false' || lower === '0' ? false : text;
}

function readSpecial(text: string): unknown {
  return text === 'NaN' ? Number.NaN : text;
}

function readTime(text: string): unknown {
  const time = /^-?\d+(\.\d+)?$/.test(text) ? new Date(Number(text) * 1_000) : new Date(text);
  return Number.isNaN(time.getTime()) ? text : time;
}

interface QueryTraits {
  readonly ec2QueryName?: string;
  readonly xmlName?: string;
  readonly xmlFlattened?: unknown;
}

function traitsOf(shape: NormalizedSchema): QueryTraits {
  return shape.getMergedTraits() as QueryTraits;
}

/** The full names of the parameters that no shape asked for. */
function* unusedNames(node: Node, path: string): Generator<string> {
  for (const [name, next] of node.below) {
    const at = path === '' ? name : `${path}.${name}`;
    if (next.value !== undefined && !next.used) yield at;
    yield* unusedNames(next, at);
  }
}
