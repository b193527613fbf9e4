/**
 * What a property of a resource may hold, what a change of it means and what becomes of it here. Shapes check trees before anything is
 * made and give values the types that operations take: templates write numbers as strings and strings as numbers as they please.
 */
import { didYouMean } from './did-you-mean.ts';
import { isList, isRecord, UNKNOWN } from './values.ts';

export type Shape =
  | { readonly kind: 'string'; readonly allowed?: readonly string[] }
  | { readonly kind: 'integer'; readonly least?: number; readonly most?: number }
  | { readonly kind: 'number' }
  | { readonly kind: 'boolean' }
  /** Any JSON; given as text it is parsed. With `texts` a text stands for itself. */
  | { readonly kind: 'json'; readonly texts?: true }
  | { readonly kind: 'list'; readonly of: Shape }
  | { readonly kind: 'map'; readonly of: Shape }
  | { readonly kind: 'record'; readonly members: Members };

export type Members = Readonly<Record<string, Property>>;

/** `done`: it has its effect. `inert`: taken, kept, shown in the resource's status reason, without effect. `refused`: an error. */
export type Support = 'done' | 'inert' | 'refused';

/** What a change leads to. */
export type UpdateBehaviour = 'none' | 'some' | 'replacement';

export interface Property {
  readonly shape: Shape;
  readonly required: boolean;
  readonly update: UpdateBehaviour;
  readonly support: Support;
  /** Why it is inert or refused, as a whole sentence without a full stop. */
  readonly note?: string;
}

const done = (shape: Shape): Property => ({ shape, required: false, update: 'none', support: 'done' });

export const text = (...allowed: readonly string[]): Property =>
  done(allowed.length === 0 ? { kind: 'string' } : { kind: 'string', allowed });
export const integer = (least?: number, most?: number): Property =>
  done({ kind: 'integer', ...(least !== undefined && { least }), ...(most !== undefined && { most }) });
export const number = (): Property => done({ kind: 'number' });
export const flag = (): Property => done({ kind: 'boolean' });
export const json = (): Property => done({ kind: 'json' });
/** A text or whatever else AWS takes in its place. */
export const anything = (): Property => done({ kind: 'json', texts: true });
export const listOf = (of: Property): Property => done({ kind: 'list', of: of.shape });
export const mapOf = (of: Property): Property => done({ kind: 'map', of: of.shape });
export const record = (members: Members): Property => done({ kind: 'record', members });

export const required = (property: Property): Property => ({ ...property, required: true });
/** A change needs a new resource. */
export const replaces = (property: Property): Property => ({ ...property, update: 'replacement' });
/** A change interrupts the resource. */
export const interrupts = (property: Property): Property => ({ ...property, update: 'some' });
export const inert = (property: Property, note = 'it has no effect here'): Property => ({
  ...property,
  support: 'inert',
  note,
});
export const refused = (property: Property, note: string): Property => ({
  ...property,
  support: 'refused',
  note,
});

export const TAGS: Property = listOf(record({ Key: required(text()), Value: required(text()) }));

export interface ShapeProblem {
  readonly message: string;
  /** From the resource's properties on: `['Metrics', 0, 'Granularity']`. */
  readonly path: readonly (string | number)[];
}

/** A word for messages. */
export function describeKind(value: unknown): string {
  if (value === null) return 'null';
  if (isList(value)) return 'a list';
  if (isRecord(value)) return 'a map';
  return typeof value === 'string'
    ? `"${value.length > 60 ? `${value.slice(0, 60)}...` : value}"`
    : String(value);
}

export type Report = (problem: ShapeProblem) => void;

/** The value in the shape's own types; what does not fit is reported and left as it is. Unknown parts pass. */
export function coerce(
  shape: Shape,
  value: unknown,
  path: readonly (string | number)[],
  report: Report,
): unknown {
  if (value === UNKNOWN) return UNKNOWN;
  switch (shape.kind) {
    case 'string':
      return coerceText(shape.allowed, value, path, report);
    case 'integer':
      return coerceInteger(shape, value, path, report);
    case 'number':
      return numberIn(value) ?? fail(report, path, value, 'a number');
    case 'boolean':
      return booleanIn(value) ?? fail(report, path, value, 'true or false');
    case 'json':
      return shape.texts === true ? value : coerceJson(value, path, report);
    case 'list':
      return coerceList(shape.of, value, path, report);
    case 'map':
      return coerceMap(shape.of, value, path, report);
    case 'record':
      return coerceRecord(shape.members, value, path, report);
  }
}

function fail(report: Report, path: readonly (string | number)[], value: unknown, wanted: string): unknown {
  report({
    message: `Value of property ${path.at(-1)} must be ${wanted}, and this is ${describeKind(value)}`,
    path,
  });
  return value;
}

function coerceText(
  allowed: readonly string[] | undefined,
  value: unknown,
  path: readonly (string | number)[],
  report: Report,
): unknown {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    return fail(report, path, value, 'of type String');
  }
  const given = String(value);
  if (allowed === undefined || allowed.includes(given)) return given;
  return fail(report, path, value, `one of ${allowed.join(', ')}`);
}

function numberIn(value: unknown): number | undefined {
  const given = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof given === 'number' && Number.isFinite(given) ? given : undefined;
}

function booleanIn(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  return value === 'true' ? true : value === 'false' ? false : undefined;
}

function coerceInteger(
  { least, most }: { readonly least?: number; readonly most?: number },
  value: unknown,
  path: readonly (string | number)[],
  report: Report,
): unknown {
  const given = numberIn(value);
  if (given === undefined || !Number.isInteger(given)) return fail(report, path, value, 'an integer');
  if (least !== undefined && given < least) return fail(report, path, value, `at least ${least}`);
  if (most !== undefined && given > most) return fail(report, path, value, `at most ${most}`);
  return given;
}

function coerceJson(value: unknown, path: readonly (string | number)[], report: Report): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return fail(report, path, value, 'JSON');
  }
}

function coerceList(of: Shape, value: unknown, path: readonly (string | number)[], report: Report): unknown {
  if (!isList(value)) return fail(report, path, value, 'a list');
  return value.map((item, index) => coerce(of, item, [...path, index], report));
}

function coerceMap(of: Shape, value: unknown, path: readonly (string | number)[], report: Report): unknown {
  if (!isRecord(value)) return fail(report, path, value, 'a map');
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, coerce(of, item, [...path, name], report)]),
  );
}

function coerceRecord(
  members: Members,
  value: unknown,
  path: readonly (string | number)[],
  report: Report,
): unknown {
  if (!isRecord(value)) return fail(report, path, value, 'a map of properties');
  const coerced: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value)) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    if (member === undefined) {
      const hint = didYouMean(name, Object.keys(members));
      report({ message: `Encountered unsupported property ${name}${hint}`, path: [...path, name] });
    } else if (member.support === 'refused') {
      report({ message: `Property ${name} is refused here: ${member.note}`, path: [...path, name] });
    } else {
      coerced[name] = coerce(member.shape, given, [...path, name], report);
    }
  }
  for (const [name, member] of Object.entries(members)) {
    if (member.required && value[name] === undefined)
      report({ message: `Property ${name} cannot be empty`, path: [...path, name] });
  }
  return coerced;
}

/** Names of the given properties that are without effect, as paths without indexes, each once. */
export function inertPaths(members: Members, value: unknown, prefix = ''): string[] {
  if (!isRecord(value)) return [];
  const found = Object.entries(value).flatMap(([name, given]) => {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    if (member === undefined) return [];
    if (member.support === 'inert') return [`${prefix}${name}`];
    return inertWithin(member.shape, given, `${prefix}${name}`);
  });
  return [...new Set(found)];
}

function inertWithin(shape: Shape, value: unknown, path: string): string[] {
  if (shape.kind === 'record') return inertPaths(shape.members, value, `${path}.`);
  if (shape.kind === 'list' && isList(value))
    return value.flatMap((item) => inertWithin(shape.of, item, path));
  return [];
}
