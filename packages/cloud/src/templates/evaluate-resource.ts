/** One resource of a template with everything worked out that can be. */
import { positionOf } from './check-template.ts';
import type { Scope } from './evaluate.ts';
import { evaluate } from './evaluate.ts';
import { ProblemList, templateError } from './problems.ts';
import type { Members } from './property-shape.ts';
import { coerce } from './property-shape.ts';
import type { ResourceType } from './resource-types/resource-type.ts';
import type { Position, TemplateNode } from './source.ts';
import { CREATION_POLICY, type CreationPolicy, UPDATE_POLICY, type UpdatePolicy } from './stack-policies.ts';
import type { DeletionPolicy, ResourceDeclaration } from './template.ts';
import type { Value } from './values.ts';

export interface EvaluatedResource {
  readonly logicalId: string;
  readonly type: string;
  /** In the types of the shapes; parts may be `UNKNOWN` as long as the scope does not know other resources. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly metadata: unknown;
  readonly creationPolicy: CreationPolicy;
  readonly updatePolicy: UpdatePolicy;
  readonly deletionPolicy: DeletionPolicy;
  readonly updateReplacePolicy: DeletionPolicy;
}

/** Throws `TemplateError` with every property that does not fit. */
export function evaluateResource(
  resource: ResourceDeclaration,
  type: ResourceType,
  scope: Scope,
): EvaluatedResource {
  const problems = new ProblemList();
  const base = `Resources.${resource.logicalId}`;
  const shaped = (members: Members, tree: TemplateNode | undefined, name: string): Record<string, unknown> =>
    evaluateMembers(members, tree, { path: `${base}.${name}`, resource, scope, problems });
  const evaluated = {
    logicalId: resource.logicalId,
    type: resource.type,
    properties: shaped(type.properties, resource.properties, 'Properties'),
    metadata:
      resource.metadata && problems.attempt(() => evaluate(resource.metadata!, scope, `${base}.Metadata`)),
    creationPolicy: shaped(CREATION_POLICY, resource.creationPolicy, 'CreationPolicy'),
    updatePolicy: shaped(UPDATE_POLICY, resource.updatePolicy, 'UpdatePolicy'),
    deletionPolicy: resource.deletionPolicy,
    updateReplacePolicy: resource.updateReplacePolicy,
  };
  problems.throwIfAny();
  return evaluated;
}

interface Place {
  readonly path: string;
  readonly resource: ResourceDeclaration;
  readonly scope: Scope;
  readonly problems: ProblemList;
}

function evaluateMembers(
  members: Members,
  tree: TemplateNode | undefined,
  place: Place,
): Record<string, unknown> {
  const { path, problems } = place;
  const value = tree === undefined ? {} : problems.attempt(() => evaluate(tree, place.scope, path));
  if (value === undefined) return {};
  const coerced = coerce({ kind: 'record', members }, value, [], ({ message, path: parts }) => {
    problems.add(message, [path, ...parts].join('.'), positionOf(tree, parts) ?? place.resource.at);
  });
  return coerced as Record<string, unknown>;
}

/** Outputs are texts; numbers and booleans are written as such. */
export function assertOutputText(value: Value, path: string, at: Position): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw templateError('Template format error: Output value must be of type String', path, at);
}
