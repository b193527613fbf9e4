/** Filter policies of subscriptions, over the attributes of a message or its body. Pure. */
import { invalidParameter } from './errors.ts';

/** Throws when the text is no policy that this cloud carries out. */
export function assertFilterPolicy(text: string): void {
  matches(parse(text), {}, true);
}

/** @param subject values by name: of attributes lists of texts and numbers, of a body whatever JSON holds */
export function passes(policy: string, subject: Readonly<Record<string, unknown>>): boolean {
  return matches(parse(policy), subject, false);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const policy: unknown = JSON.parse(text);
    if (typeof policy === 'object' && policy !== null && !Array.isArray(policy))
      return policy as Record<string, unknown>;
  } catch {
    // Told below.
  }
  throw invalidParameter('FilterPolicy Reason: it is a JSON object of lists of conditions');
}

/** `isTrial`: every condition is looked at, to find those that are not done. */
function matches(
  policy: Readonly<Record<string, unknown>>,
  subject: Readonly<Record<string, unknown>>,
  isTrial: boolean,
): boolean {
  const results = Object.entries(policy).map(([name, conditions]) => {
    const value = Object.hasOwn(subject, name) ? subject[name] : undefined;
    if (Array.isArray(conditions)) {
      const found = conditions.map((condition: unknown) => holds(condition, value));
      return found.some(Boolean);
    }
    if (typeof conditions !== 'object' || conditions === null || name === '$or')
      throw invalidParameter(`FilterPolicy Reason: "${name}" must be a list of conditions`);
    const inner = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
    return matches(conditions as Record<string, unknown>, inner, isTrial);
  });
  return !isTrial && results.every(Boolean);
}

function holds(condition: unknown, value: unknown): boolean {
  const values: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  if (typeof condition !== 'object' || condition === null) return values.includes(condition);
  const [[name, operand] = ['', undefined]] = Object.entries(condition);
  const texts = values.filter((one) => typeof one === 'string');
  switch (name) {
    case 'exists':
      return (value !== undefined) === operand;
    case 'prefix':
      return texts.some((text) => text.startsWith(String(operand)));
    case 'suffix':
      return texts.some((text) => text.endsWith(String(operand)));
    case 'equals-ignore-case':
      return texts.some((text) => text.toLowerCase() === String(operand).toLowerCase());
    case 'anything-but':
      return values.length > 0 && !values.some((one) => isNamed(operand, one));
    case 'numeric':
      return values.some((one) => typeof one === 'number' && isWithin(one, operand));
    default:
      throw invalidParameter(`FilterPolicy Reason: the condition "${name}" is not done by this cloud`);
  }
}

function isNamed(operand: unknown, value: unknown): boolean {
  if (Array.isArray(operand)) return operand.includes(value);
  if (typeof operand === 'object' && operand !== null) return holds(operand, value);
  return operand === value;
}

/** `[">=", 1, "<", 5]`. */
function isWithin(value: number, operand: unknown): boolean {
  if (!Array.isArray(operand) || operand.length === 0 || operand.length % 2 !== 0)
    throw invalidParameter('FilterPolicy Reason: "numeric" is a list of comparisons, such as [">", 1]');
  for (let index = 0; index < operand.length; index += 2) {
    const limit = Number(operand[index + 1]);
    const fits = {
      '=': value === limit,
      '<': value < limit,
      '<=': value <= limit,
      '>': value > limit,
      '>=': value >= limit,
    }[String(operand[index])];
    if (fits === undefined)
      throw invalidParameter(`FilterPolicy Reason: "${operand[index]}" compares nothing`);
    if (!fits) return false;
  }
  return true;
}
