/** What the names in a template stand for: parameters, pseudo parameters, mappings, conditions, and resources as its caller knows them. */
import { Conditions } from './conditions.ts';
import type { Scope } from './evaluate.ts';
import { evaluate } from './evaluate.ts';
import { templateError } from './problems.ts';
import type { Template } from './template.ts';
import { NO_VALUE, UNKNOWN, type Value } from './values.ts';

export interface StackEnvironment {
  readonly accountId: string;
  readonly region: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly notificationArns: readonly string[];
}

/** What resources are called and have; undefined when it is not known yet. */
export interface ResourceLookup {
  reference(logicalId: string): Value | undefined;
  attribute(logicalId: string, name: string): Value | undefined;
}

export interface ScopeInputs {
  readonly template: Template;
  /** What `Ref` gives. */
  readonly parameters: ReadonlyMap<string, string | readonly string[]>;
  readonly environment: StackEnvironment;
  readonly resources: ResourceLookup;
  readonly exports: ReadonlyMap<string, string>;
  readonly zones: (region: string) => readonly string[];
}

export const PSEUDO_PARAMETERS: readonly string[] = [
  'AWS::AccountId',
  'AWS::NotificationARNs',
  'AWS::NoValue',
  'AWS::Partition',
  'AWS::Region',
  'AWS::StackId',
  'AWS::StackName',
  'AWS::URLSuffix',
];

/** Nothing is known of resources: for validation and for conditions. */
export const NOTHING_MADE: ResourceLookup = { reference: () => undefined, attribute: () => undefined };

export function templateScope(inputs: ScopeInputs): Scope {
  const { template, parameters, environment, resources } = inputs;
  const pseudo = pseudoValues(environment);
  const conditionScope: Scope = {
    reference: (name) => parameters.get(name) ?? pseudo.get(name),
    attribute: () => undefined,
    mapped: (mapping, first, second) => mapped(template, mapping, first, second),
    condition: (name, path, at) => conditions.holds(name, path, at),
    imported: () => undefined,
    zones: inputs.zones,
    region: environment.region,
  };
  const conditions = new Conditions(template.conditions, (node, path) =>
    evaluate(node, conditionScope, path),
  );
  const declared = (logicalId: string, value: Value | undefined): Value | undefined =>
    value ?? (template.resources.has(logicalId) ? UNKNOWN : undefined);
  return {
    ...conditionScope,
    reference: (name) => conditionScope.reference(name) ?? declared(name, resources.reference(name)),
    attribute: (logicalId, name) => declared(logicalId, resources.attribute(logicalId, name)),
    imported: (name) => inputs.exports.get(name),
  };
}

function pseudoValues(environment: StackEnvironment): ReadonlyMap<string, Value> {
  return new Map<string, Value>([
    ['AWS::AccountId', environment.accountId],
    ['AWS::NotificationARNs', environment.notificationArns],
    ['AWS::NoValue', NO_VALUE],
    ['AWS::Partition', 'aws'],
    ['AWS::Region', environment.region],
    ['AWS::StackId', environment.stackId],
    ['AWS::StackName', environment.stackName],
    ['AWS::URLSuffix', 'amazonaws.com'],
  ]);
}

function mapped(
  template: Template,
  mapping: string,
  first: string,
  second: string,
): ReturnType<Scope['mapped']> {
  const level = template.mappings.get(mapping)?.entries.get(first);
  return level?.kind === 'map' ? level.entries.get(second) : undefined;
}

/** The resources whose condition holds, by name, in the order of the template. */
export function liveResources(template: Template, scope: Scope): string[] {
  return [...template.resources.values()]
    .filter(
      ({ condition, logicalId, at }) =>
        condition === undefined || scope.condition(condition, `Resources.${logicalId}.Condition`, at),
    )
    .map(({ logicalId }) => logicalId);
}

/** Fails for a mapping that is not in the template: used by the static check, where names are written out. */
export function assertMapping(
  template: Template,
  name: string,
  path: string,
  at: { line: number; column: number },
): void {
  if (template.mappings.has(name)) return;
  throw templateError(
    `Template error: Mapping named '${name}' is not present in the 'Mappings' section of template.`,
    path,
    at,
  );
}
