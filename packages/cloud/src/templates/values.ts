/** What functions of a template give. */

/** `AWS::NoValue`: the property or the element is as if it had not been written. */
export const NO_VALUE = Symbol('AWS::NoValue');
/** What is known only when a resource has been made. */
export const UNKNOWN = Symbol('known after it is made');

export type Value =
  | string
  | number
  | boolean
  | null
  | typeof NO_VALUE
  | typeof UNKNOWN
  | readonly Value[]
  | { readonly [name: string]: Value };

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** True when some part of it is known only later. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (isList(value)) return value.some(hasUnknown);
  return isRecord(value) && Object.values(value).some(hasUnknown);
}

/** Equal as JSON is, whatever the order of the names; a part that is known only later differs from everything. */
export function sameValue(one: unknown, other: unknown): boolean {
  if (one === UNKNOWN || other === UNKNOWN) return false;
  if (isList(one))
    return (
      isList(other) &&
      one.length === other.length &&
      one.every((item, index) => sameValue(item, other[index]))
    );
  if (!isRecord(one)) return one === other;
  if (!isRecord(other)) return false;
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => sameValue(one[name], other[name]));
}
