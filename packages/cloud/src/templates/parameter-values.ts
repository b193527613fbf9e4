/** From what a caller gives to the values of a template's parameters, with CloudFormation's words for what is wrong. */

import { templateError } from './problems.ts';
import { EC2_PARAMETER_TYPES, elementType, storedType } from './read-parameter.ts';
import type { ParameterDeclaration, Template } from './template.ts';
import { LIMITS } from './template.ts';
import { UNKNOWN, type Value } from './values.ts';

export interface GivenParameter {
  readonly value?: string;
  /** Take what the stack has. */
  readonly usePrevious?: boolean;
}

export interface ParameterValue {
  /** As it was given or the default. */
  readonly given: string;
  /** What a parameter of the parameter store held; present for `AWS::SSM::Parameter::Value<...>` only. */
  readonly resolved?: string;
  /** What `Ref` gives: a text, or texts for lists. */
  readonly value: string | readonly string[];
}

/** Names of the parameter store whose values `resolveParameters` must be given. */
export function storedNames(template: Template, given: ReadonlyMap<string, string>): string[] {
  const names = [...template.parameters.values()]
    .filter(({ type }) => storedType(type) !== undefined)
    .map((parameter) => given.get(parameter.name))
    .filter((name) => name !== undefined);
  return [...new Set(names)];
}

/** What each parameter is given: by the caller, by the stack as it was, or by its default. Throws `TemplateError`. */
export function chooseParameters(
  template: Template,
  given: ReadonlyMap<string, GivenParameter>,
  previous: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const unknown = [...given.keys()].filter((name) => !template.parameters.has(name));
  if (unknown.length > 0) {
    throw templateError(`Parameters: [${unknown.join(', ')}] do not exist in the template`, 'Parameters');
  }
  const chosen = new Map<string, string>();
  const missing: string[] = [];
  for (const [name, declared] of template.parameters) {
    const one = given.get(name);
    const value = one?.usePrevious === true ? previous.get(name) : (one?.value ?? declared.default);
    if (value === undefined) missing.push(name);
    else chosen.set(name, value);
  }
  if (missing.length === 0) return chosen;
  throw templateError(
    `Parameters: [${missing.join(', ')}] must have values`,
    `Parameters.${missing[0]}`,
    template.parameters.get(missing[0]!)?.at,
  );
}

/**
 * What `Ref` gives of parameters before they are checked: for what rewrites a template. Values of the parameter store are not read for
 * that. Without `given` what has no default is unknown; with it, and for values of the store, it is left out.
 */
export function parameterTexts(
  declared: readonly ParameterDeclaration[],
  given: ReadonlyMap<string, string> | undefined,
): ReadonlyMap<string, Value> {
  const texts = new Map<string, Value>();
  for (const { name, type, default: fallback } of declared) {
    const text = storedType(type) === undefined ? (given?.get(name) ?? fallback) : undefined;
    if (text !== undefined) texts.set(name, elementType(type) === undefined ? text : splitList(text));
    else if (given === undefined) texts.set(name, UNKNOWN);
  }
  return texts;
}

/** Checks the chosen texts and makes values of them. `stored` holds what the parameter store said, by name. */
export function resolveParameters(
  template: Template,
  chosen: ReadonlyMap<string, string>,
  stored: ReadonlyMap<string, string>,
): ReadonlyMap<string, ParameterValue> {
  const values = new Map<string, ParameterValue>();
  for (const [name, declared] of template.parameters) {
    const given = chosen.get(name)!;
    const inner = storedType(declared.type);
    if (inner === undefined) {
      values.set(name, { given, value: checkedValue(declared, declared.type, given) });
      continue;
    }
    constrain(declared, given);
    const resolved = stored.get(given);
    if (resolved === undefined) {
      fail(declared, `Unable to fetch parameters [${given}] from parameter store for this account.`);
    }
    values.set(name, { given, resolved, value: asValue(declared, inner, resolved) });
  }
  return values;
}

function checkedValue(
  declared: ParameterDeclaration,
  type: string,
  given: string,
): string | readonly string[] {
  if (elementType(type) === undefined) constrain(declared, given);
  else for (const element of splitList(given)) constrain(declared, element);
  return asValue(declared, type, given);
}

function asValue(declared: ParameterDeclaration, type: string, given: string): string | readonly string[] {
  const element = elementType(type);
  if (element === undefined) return checkElement(declared, type, given);
  return splitList(given).map((item) => checkElement(declared, element, item));
}

function splitList(given: string): string[] {
  return given === '' ? [] : given.split(',').map((item) => item.trim());
}

function checkElement(declared: ParameterDeclaration, type: string, value: string): string {
  if (type === 'Number' && (value.trim() === '' || Number.isNaN(Number(value)))) {
    fail(declared, `Parameter '${declared.name}' must be a number, and it is "${shown(declared, value)}"`);
  }
  const pattern = EC2_PARAMETER_TYPES[type];
  if (pattern !== undefined && !pattern.test(value)) {
    const message = `parameter type ${type} for parameter name ${declared.name} needs an id like ${pattern.source}, and it is "${shown(declared, value)}"`;
    fail(declared, `Parameter validation failed: ${message}`);
  }
  return value;
}

function shown(declared: ParameterDeclaration, value: string): string {
  return declared.noEcho ? '****' : value;
}

/** The constraints, in the order in which CloudFormation checks them. */
function constrain(declared: ParameterDeclaration, value: string): void {
  const { name, allowedValues, allowedPattern, minLength, maxLength, minValue, maxValue } = declared;
  if (Buffer.byteLength(value) > LIMITS.parameterBytes) {
    fail(declared, `Parameter '${name}' is longer than ${LIMITS.parameterBytes} bytes`);
  }
  if (minLength !== undefined && value.length < minLength)
    refuse(declared, `must contain at least ${minLength} characters`);
  if (maxLength !== undefined && value.length > maxLength)
    refuse(declared, `must contain at most ${maxLength} characters`);
  if (minValue !== undefined && Number(value) < minValue)
    refuse(declared, `must be a number not less than ${minValue}`);
  if (maxValue !== undefined && Number(value) > maxValue)
    refuse(declared, `must be a number not greater than ${maxValue}`);
  if (allowedPattern !== undefined && !new RegExp(`^(?:${allowedPattern})$`).test(value)) {
    refuse(declared, `must match pattern ${allowedPattern}`);
  }
  if (allowedValues !== undefined && !allowedValues.includes(value)) {
    refuse(declared, `must be one of AllowedValues: [${allowedValues.join(', ')}]`);
  }
}

function refuse(declared: ParameterDeclaration, rule: string): never {
  const { name, constraintDescription } = declared;
  if (constraintDescription === undefined) fail(declared, `Parameter '${name}' ${rule}`);
  fail(declared, `Parameter ${name} failed to satisfy constraint: ${constraintDescription}`);
}

function fail(declared: ParameterDeclaration, message: string): never {
  throw templateError(message, `Parameters.${declared.name}`, declared.at);
}
