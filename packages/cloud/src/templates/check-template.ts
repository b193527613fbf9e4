/**
 * Looks a whole template through before anything is made: types, properties, names that are referred to. Branches of both outcomes of
 * every condition are looked at, so an error in the branch for production shows on a laptop.
 */

import { checkTypes, doneType } from './check-types.ts';
import type { NamedReference } from './dependencies.ts';
import { referencesIn } from './dependencies.ts';
import { didYouMean } from './did-you-mean.ts';
import { FUNCTION_NAMES } from './evaluate.ts';
import type { TemplateProblem } from './problems.ts';
import { ProblemList } from './problems.ts';
import type { Members, Shape } from './property-shape.ts';
import { coerce } from './property-shape.ts';
import type { ResourceType } from './resource-types/resource-type.ts';
import { PSEUDO_PARAMETERS } from './scope.ts';
import type { MapNode, Position, TemplateNode } from './source.ts';
import { functionCallOf, keyPosition, textOf } from './source.ts';
import { CREATION_POLICY, parseDuration, UPDATE_POLICY } from './stack-policies.ts';
import type { ResourceDeclaration, Template } from './template.ts';
import { NO_VALUE, UNKNOWN } from './values.ts';

/** Throws `TemplateError` with everything that is wrong, in the order of the text. */
export function checkTemplate(template: Template, types: ReadonlyMap<string, ResourceType>): void {
  const problems = new ProblemList();
  checkTypes(template, types, problems);
  for (const resource of template.resources.values()) {
    checkNames(template, resource, problems);
    const type = doneType(resource.type, types);
    if (type !== undefined) checkShapes(resource, type, problems);
  }
  const seen = new Set<string>();
  for (const [path, tree] of treesOf(template)) {
    checkFunctions(template, tree, path, problems);
    problems.attempt(() => {
      for (const reference of referencesIn(tree, path, 'both'))
        checkReference(template, types, reference, problems, seen);
    });
  }
  problems.throwIfAny();
}

function* treesOf(template: Template): Generator<readonly [string, TemplateNode]> {
  for (const [name, condition] of template.conditions) yield [`Conditions.${name}`, condition];
  for (const resource of template.resources.values()) {
    const base = `Resources.${resource.logicalId}`;
    if (resource.properties) yield [`${base}.Properties`, resource.properties];
    if (resource.metadata) yield [`${base}.Metadata`, resource.metadata];
    if (resource.creationPolicy) yield [`${base}.CreationPolicy`, resource.creationPolicy];
    if (resource.updatePolicy) yield [`${base}.UpdatePolicy`, resource.updatePolicy];
  }
  for (const output of template.outputs.values()) {
    yield [`Outputs.${output.name}.Value`, output.value];
    if (output.exportName) yield [`Outputs.${output.name}.Export.Name`, output.exportName];
  }
}

function checkNames(template: Template, resource: ResourceDeclaration, problems: ProblemList): void {
  const base = `Resources.${resource.logicalId}`;
  for (const name of resource.dependsOn.filter((one) => !template.resources.has(one))) {
    const hint = didYouMean(name, template.resources.keys());
    const message = `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template${hint}`;
    problems.add(message, `${base}.DependsOn`, resource.at);
  }
  if (resource.condition !== undefined && !template.conditions.has(resource.condition)) {
    const hint = didYouMean(resource.condition, template.conditions.keys());
    problems.add(
      `Template format error: Unresolved condition dependency ${resource.condition}${hint}`,
      `${base}.Condition`,
      resource.at,
    );
  }
}

function checkShapes(resource: ResourceDeclaration, type: ResourceType, problems: ProblemList): void {
  const base = `Resources.${resource.logicalId}`;
  for (const name of ['deletionPolicy', 'updateReplacePolicy'] as const) {
    const path = `${base}.${name[0]!.toUpperCase()}${name.slice(1)}`;
    if (resource[name] === 'Snapshot')
      problems.add(
        `Template error: resource type ${type.name} does not support Snapshot; it is one of Delete, Retain, RetainExceptOnCreate`,
        path,
        resource.at,
      );
  }
  checkMembers(type.properties, resource.properties, `${base}.Properties`, resource.at, problems);
  for (const [name, members, allowed] of [
    ['CreationPolicy', CREATION_POLICY, type.creationPolicy],
    ['UpdatePolicy', UPDATE_POLICY, type.updatePolicy],
  ] as const) {
    const tree = name === 'CreationPolicy' ? resource.creationPolicy : resource.updatePolicy;
    if (tree === undefined) continue;
    if (allowed !== true)
      problems.add(`${name} is not supported by resource type ${type.name}`, `${base}.${name}`, tree.at);
    else checkMembers(members, tree, `${base}.${name}`, tree.at, problems);
    checkDurations(tree, `${base}.${name}`, problems);
  }
}

function checkDurations(tree: TemplateNode, path: string, problems: ProblemList): void {
  if (tree.kind !== 'map') return;
  for (const [name, node] of tree.entries) {
    const given = name === 'Timeout' || name === 'PauseTime' ? textOf(node) : undefined;
    if (given !== undefined && parseDuration(given) === undefined) {
      problems.add(
        `${name} must be a duration such as PT5M, and it is "${given}"`,
        `${path}.${name}`,
        node.at,
      );
    }
    checkDurations(node, `${path}.${name}`, problems);
  }
}

function checkMembers(
  members: Members,
  tree: TemplateNode | undefined,
  path: string,
  at: Position,
  problems: ProblemList,
): void {
  const shape: Shape = { kind: 'record', members };
  const told = new Set<string>();
  for (const outcome of [true, false]) {
    for (const problem of shapeProblems(shape, tree, outcome, path, at)) {
      const key = `${problem.path} ${problem.message}`;
      if (!told.has(key)) problems.add(problem.message, problem.path, problem.at);
      told.add(key);
    }
  }
}

/** What does not fit when every `Fn::If` has the given outcome and everything else that is computed is unknown. */
function shapeProblems(
  shape: Shape,
  tree: TemplateNode | undefined,
  outcome: boolean,
  path: string,
  at: Position,
): TemplateProblem[] {
  const found: TemplateProblem[] = [];
  const value = tree === undefined ? {} : skeleton(tree, outcome);
  coerce(shape, value, [], ({ message, path: parts }) => {
    found.push({ message, path: [path, ...parts].join('.'), at: positionOf(tree, parts) ?? at });
  });
  return found;
}

function skeleton(node: TemplateNode, outcome: boolean): unknown {
  const call = functionCallOf(node);
  if (call?.name === 'Ref') return textOf(call.argument) === 'AWS::NoValue' ? NO_VALUE : UNKNOWN;
  if (call?.name === 'Fn::If' && call.argument.kind === 'list' && call.argument.items.length === 3) {
    return skeleton(call.argument.items[outcome ? 1 : 2]!, outcome);
  }
  if (call !== undefined) return UNKNOWN;
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list')
    return node.items.map((item) => skeleton(item, outcome)).filter((item) => item !== NO_VALUE);
  return Object.fromEntries(
    [...node.entries]
      .map(([name, entry]) => [name, skeleton(entry, outcome)] as const)
      .filter(([, value]) => value !== NO_VALUE),
  );
}

/** The place of the deepest part of a path that is written out; a key's own place for the last name. */
export function positionOf(
  node: TemplateNode | undefined,
  path: readonly (string | number)[],
): Position | undefined {
  let current = node;
  let at = node?.at;
  for (const part of path) {
    if (current?.kind === 'map' && current.entries.has(String(part))) {
      at = keyPosition(current, String(part));
      current = current.entries.get(String(part));
    } else if (current?.kind === 'list' && typeof part === 'number') {
      current = current.items[part];
      at = current?.at ?? at;
    } else {
      return at;
    }
  }
  return at;
}

function checkFunctions(template: Template, node: TemplateNode, path: string, problems: ProblemList): void {
  const call = functionCallOf(node);
  if (call !== undefined && !FUNCTION_NAMES.includes(call.name)) {
    const hint = didYouMean(call.name, FUNCTION_NAMES);
    problems.add(`Template error: ${call.name} is not done by this cloud${hint}`, path, call.at);
  }
  if (call?.name === 'Fn::FindInMap' && call.argument.kind === 'list') {
    checkMapping(template, textOf(call.argument.items[0]), path, call.at, problems);
  }
  if (call?.name === 'Fn::If' && call.argument.kind === 'list') {
    const name = textOf(call.argument.items[0]);
    if (name !== undefined && !template.conditions.has(name)) {
      const hint = didYouMean(name, template.conditions.keys());
      problems.add(`Template format error: Unresolved condition dependency ${name}${hint}`, path, call.at);
    }
  }
  if (node.kind === 'list')
    for (const [index, item] of node.items.entries())
      checkFunctions(template, item, `${path}.${index}`, problems);
  if (node.kind === 'map') {
    const inside = (name: string): string => (call === undefined ? `${path}.${name}` : path);
    for (const [name, entry] of (node as MapNode).entries)
      checkFunctions(template, entry, inside(name), problems);
  }
}

function checkMapping(
  template: Template,
  name: string | undefined,
  path: string,
  at: Position,
  problems: ProblemList,
): void {
  if (name === undefined || template.mappings.has(name)) return;
  const hint = didYouMean(name, template.mappings.keys());
  problems.add(
    `Template error: Mapping named '${name}' is not present in the 'Mappings' section of template${hint}`,
    path,
    at,
  );
}

function checkReference(
  template: Template,
  types: ReadonlyMap<string, ResourceType>,
  { name, attribute, node, path }: NamedReference,
  problems: ProblemList,
  seen: Set<string>,
): void {
  const key = `${node.at.line}:${node.at.column} ${name} ${attribute}`;
  if (seen.has(key)) return;
  seen.add(key);
  const resource = template.resources.get(name);
  const inConditions = path.startsWith('Conditions.');
  const isAttribute = attribute !== undefined || functionCallOf(node)?.name === 'Fn::GetAtt';
  if (!isAttribute && (template.parameters.has(name) || PSEUDO_PARAMETERS.includes(name))) return;
  if (resource === undefined || inConditions) {
    problems.add(unresolved(template, name, isAttribute, inConditions), path, node.at);
    return;
  }
  const attributes = doneType(resource.type, types)?.attributes;
  if (attribute === undefined || attributes === undefined || attributes.includes(attribute)) return;
  const hint = didYouMean(attribute, attributes);
  const known = attributes.length === 0 ? 'it has none' : `it has ${attributes.join(', ')}`;
  problems.add(
    `Template error: resource ${name} does not support attribute type ${attribute} in Fn::GetAtt${hint === '' ? `; ${known}` : hint}`,
    path,
    node.at,
  );
}

function unresolved(template: Template, name: string, isAttribute: boolean, inConditions: boolean): string {
  if (inConditions)
    return `Template format error: Unresolved dependencies [${name}]. Cannot reference resources in the Conditions block of the template`;
  const hint = didYouMean(name, [
    ...template.resources.keys(),
    ...(isAttribute ? [] : [...template.parameters.keys(), ...PSEUDO_PARAMETERS]),
  ]);
  if (isAttribute)
    return `Template error: instance of Fn::GetAtt references undefined resource ${name}${hint}`;
  return `Template format error: Unresolved resource dependencies [${name}] in the Resources block of the template${hint}`;
}
