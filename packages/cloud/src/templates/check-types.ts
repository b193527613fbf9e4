/**
 * Whether the types of a template's resources are known and done here. A type that is not is told at once where its resource would be
 * made in any case; behind a condition it is told when the condition holds, so that a template with a part for AWS alone runs here
 * with that part left out.
 */
import { didYouMean } from './did-you-mean.ts';
import { ProblemList } from './problems.ts';
import type { ResourceType } from './resource-types/resource-type.ts';
import type { ResourceDeclaration, Template } from './template.ts';

type Types = ReadonlyMap<string, ResourceType>;

/** One problem a resource. */
export function checkTypes(template: Template, types: Types, problems: ProblemList): void {
  for (const resource of template.resources.values()) {
    if (resource.condition === undefined || isMisspelt(resource.type, types))
      checkType(resource, types, problems);
  }
}

/** Throws `TemplateError` when one of the resources, whose conditions hold, is of a type that is not done. */
export function assertTypesDone(template: Template, types: Types, logicalIds: readonly string[]): void {
  const problems = new ProblemList();
  for (const logicalId of logicalIds) checkType(template.resources.get(logicalId)!, types, problems);
  problems.throwIfAny();
}

/** Whether the properties of a resource of this type can be looked through. */
export function doneType(name: string, types: Types): ResourceType | undefined {
  const type = types.get(name);
  return type?.refused === undefined ? type : undefined;
}

function checkType({ type, logicalId, at }: ResourceDeclaration, types: Types, problems: ProblemList): void {
  const path = `Resources.${logicalId}`;
  const refused = types.get(type)?.refused ?? customReason(type);
  if (refused !== undefined) problems.add(`Resource type ${type} is refused: ${refused}`, path, at);
  // In the words that tools look for.
  else if (!types.has(type))
    problems.add(
      `Template format error: Unrecognized resource types: [${type}]${hint(type, types)}`,
      path,
      at,
    );
}

function customReason(type: string): string | undefined {
  return /^Custom::|^AWS::CloudFormation::CustomResource$/.test(type)
    ? 'a custom resource calls a function or a topic of its author, and this cloud runs no functions'
    : undefined;
}

/** Near are types of the same service, and those of the same name whose service is one letter away. */
function hint(type: string, types: Types): string {
  const [, service = '', name] = type.split('::');
  const near = [...types.keys()].filter((one) => {
    const [, otherService = '', otherName] = one.split('::');
    return service === otherService || (name === otherName && didYouMean(service, [otherService]) !== '');
  });
  const found = didYouMean(type, near);
  return found === '' ? '; this cloud does not do it' : found;
}

function isMisspelt(type: string, types: Types): boolean {
  return !types.has(type) && hint(type, types).includes('did you mean');
}
