/**
 * What UpdateItem makes of an item. Values are read from the item as it was, whatever stands before them in the expression; positions in
 * lists mean the list as it was, too.
 */
import Big from 'big.js';
import { type AttributeValue, type Item, typeOf } from './attribute-values.ts';
import { isPath, type Path, type UpdateSection, type UpdateValue } from './checked-requests.ts';
import { valueAt } from './conditions.ts';
import { validation } from './errors.ts';

/** As the older `AttributeUpdates` say it. */
export interface AttributeUpdate {
  readonly Action?: 'PUT' | 'ADD' | 'DELETE';
  readonly Value?: AttributeValue;
}

const WRONG_TYPE = 'An operand in the update expression has an incorrect data type';
const SETS = ['SS', 'NS', 'BS'] as const;

/** Changes `item`, a copy of `old` that nobody else holds. Throws `ValidationException`. */
export function applyUpdate(item: Item, old: Item, sections: readonly UpdateSection[]): void {
  const values = sections.map((section) => newValue(section, old));
  const gaps = new Set<AttributeValue[]>();
  sections.forEach((section, at) => {
    if (section.type !== 'remove') put(item, section.path, values[at], gaps);
  });
  for (const { path } of sections.filter(({ type }) => type === 'remove').sort(lastPositionFirst)) {
    put(item, path, undefined, gaps);
  }
  for (const list of gaps) list.splice(0, list.length, ...list.filter((value) => value !== undefined));
}

/** undefined: nothing is left. */
function newValue(section: UpdateSection, old: Item): AttributeValue | undefined {
  if (section.type === 'remove') return undefined;
  if (section.type === 'set') return copyOf(evaluated(section.val, old));
  const existing = valueAt(old, section.path);
  if (existing !== undefined && typeOf(existing) !== typeOf(section.val)) throw validation(WRONG_TYPE);
  return section.type === 'add' ? sum(existing, section.val) : difference(existing, section.val);
}

function evaluated(value: UpdateValue, old: Item): AttributeValue {
  if (isPath(value)) return found(value, old);
  if (!('type' in value)) return value as AttributeValue;
  const [first, second] = value.args;
  if (value.type === 'function') {
    if (value.name === 'list_append') {
      return { L: [...listOf(evaluated(first, old)), ...listOf(evaluated(second, old))] };
    }
    return valueAt(old, first as Path) ?? evaluated(second, old);
  }
  const [left, right] = [numberOf(evaluated(first, old)), numberOf(evaluated(second, old))];
  return plainNumber(value.type === 'add' ? left.plus(right) : left.minus(right));
}

function found(path: Path, old: Item): AttributeValue {
  const value = valueAt(old, path);
  if (value !== undefined) return value;
  throw validation('The provided expression refers to an attribute that does not exist in the item');
}

function listOf({ L }: AttributeValue): readonly AttributeValue[] {
  if (L === undefined) throw validation(WRONG_TYPE);
  return L;
}

function numberOf({ N }: AttributeValue): Big {
  if (N === undefined) throw validation(WRONG_TYPE);
  return new Big(N);
}

function plainNumber(number: Big): AttributeValue {
  if (number.e > 125) {
    throw validation(
      'Number overflow. Attempting to store a number with magnitude larger than supported range',
    );
  }
  if (number.e < -130) {
    throw validation(
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    );
  }
  if (number.c.length > 38) {
    throw validation('Attempting to store more than 38 significant digits in a Number');
  }
  return { N: number.toFixed() };
}

function sum(existing: AttributeValue | undefined, added: AttributeValue): AttributeValue {
  if (added.N !== undefined) return plainNumber(numberOf(existing ?? { N: '0' }).plus(added.N));
  const type = setType(added);
  return { [type]: [...new Set([...(existing?.[type] ?? []), ...added[type]!])] };
}

function difference(existing: AttributeValue | undefined, taken: AttributeValue): AttributeValue | undefined {
  if (existing === undefined) return undefined;
  const type = setType(taken);
  const left = existing[type]!.filter((member) => !taken[type]!.includes(member));
  return left.length === 0 ? undefined : { [type]: left };
}

function setType(value: AttributeValue): (typeof SETS)[number] {
  const type = SETS.find((one) => value[one] !== undefined);
  if (type === undefined) throw validation(WRONG_TYPE);
  return type;
}

/** Values of one expression may stand in several places. */
function copyOf(value: AttributeValue): AttributeValue {
  return value.L === undefined && value.M === undefined ? value : structuredClone(value);
}

function put(item: Item, path: Path, value: AttributeValue | undefined, gaps: Set<AttributeValue[]>): void {
  const last = path.at(-1)!;
  const parent = path.length === 1 ? { M: item } : valueAt(item, path.slice(0, -1) as unknown as Path);
  const into = typeof last === 'number' ? parent?.L : parent?.M;
  if (into === undefined) {
    // What is not there need not be removed, but its parents must be.
    throw validation('The document path provided in the update expression is invalid for update');
  }
  if (!Array.isArray(into)) {
    if (value === undefined) delete into[last];
    else Object.defineProperty(into, last, { value, enumerable: true, writable: true, configurable: true });
    return;
  }
  if (value === undefined) {
    into.splice(Number(last), 1);
    return;
  }
  if (Number(last) > into.length) gaps.add(into);
  into[Number(last)] = value;
}

/** So that a removal does not move what is removed after it. */
function lastPositionFirst({ path: left }: UpdateSection, { path: right }: UpdateSection): number {
  const [a, b] = [left.at(-1), right.at(-1)];
  return typeof a === 'number' && typeof b === 'number' ? b - a : 0;
}

/** The same by `AttributeUpdates`. */
export function applyAttributeUpdates(item: Item, updates: Readonly<Record<string, AttributeUpdate>>): void {
  for (const [name, { Action = 'PUT', Value }] of Object.entries(updates)) {
    const existing = item[name];
    const value = Action === 'PUT' ? Value : changed(existing, Action, Value);
    if (value === undefined) delete item[name];
    else item[name] = value;
  }
}

function changed(
  existing: AttributeValue | undefined,
  action: 'ADD' | 'DELETE',
  value: AttributeValue | undefined,
): AttributeValue | undefined {
  if (value === undefined) return undefined;
  if (existing !== undefined && typeOf(existing) !== typeOf(value)) {
    throw validation('Type mismatch for attribute to update');
  }
  if (action === 'DELETE') return difference(existing, value);
  if (value.L !== undefined) return { L: [...(existing?.L ?? []), ...value.L] };
  return sum(existing, value);
}
