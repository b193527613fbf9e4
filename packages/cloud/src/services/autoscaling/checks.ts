/** Checks of what clients send that several operations make, with AWS's codes. */
import { AwsError } from '../../contract/service.ts';

export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message);
}

/** The value, which the operation cannot do without. */
export function required<Value>(value: Value | undefined, member: string): Value {
  if (value === undefined || value === '') {
    throw invalid(
      `1 validation error detected: Value null at '${member}' failed to satisfy constraint: Member must not be null`,
    );
  }
  return value;
}

const MAX_NAME = 255;
/** Printable text, as AWS's pattern for names has it, without the colon that separates names in ARNs. */
const NAME = /^[\u0020-\u0039\u003b-\uD7FF\uE000-\uFFFD]+$/;

export function checkName(value: string | undefined, member: string): string {
  const name = required(value, member);
  if (name.length > MAX_NAME || !NAME.test(name)) {
    throw invalid(
      `1 validation error detected: Value '${name}' at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${MAX_NAME} and consist of printable characters without ':'`,
    );
  }
  return name;
}

/** A whole number between two bounds; undefined stays so. */
export function checkRange<Value extends number | undefined>(
  value: Value,
  member: string,
  low: number,
  high: number,
): Value {
  if (value === undefined) return value;
  if (!Number.isInteger(value) || value < low || value > high) {
    throw invalid(`${member} must be a whole number between ${low} and ${high}, but it is ${value}.`);
  }
  return value;
}

/** One of the listed values; undefined stays so. */
export function checkOneOf<Value extends string>(
  value: string | undefined,
  member: string,
  allowed: readonly Value[],
): Value | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((one) => one === value);
  if (found === undefined) {
    throw invalid(
      `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy enum value set: [${allowed.join(', ')}]`,
    );
  }
  return found;
}

/** Leaves out what is undefined, for records that know no such members. */
export function given<Value extends object>(
  value: Value,
): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Value]: Exclude<Value[Key], undefined> };
}
