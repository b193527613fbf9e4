/** CloudFormation's templates: read, checked and worked out, without doing anything. */
export { checkTemplate, positionOf } from './check-template.ts';
export * from './dependencies.ts';
export * from './dynamic-references.ts';
export { evaluate, FUNCTION_NAMES, type Scope } from './evaluate.ts';
export * from './evaluate-resource.ts';
export * from './parameter-values.ts';
export { parseTemplate } from './parse-template.ts';
export * from './problems.ts';
export { inertPaths, type Members, type Property, type Shape } from './property-shape.ts';
export { storedType } from './read-parameter.ts';
export { RESOURCE_TYPES } from './resource-types/catalogue.ts';
export type { ResourceType } from './resource-types/resource-type.ts';
export * from './scope.ts';
export { type Position, plainOf } from './source.ts';
export * from './stack-policies.ts';
export * from './template.ts';
export * from './values.ts';
