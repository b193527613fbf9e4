/** A template by its sections; what stands in properties, conditions and outputs is still a tree. */
import type { MapNode, Position, TemplateNode } from './source.ts';

export interface ParameterDeclaration {
  readonly name: string;
  readonly type: string;
  readonly default?: string;
  readonly allowedValues?: readonly string[];
  readonly allowedPattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minValue?: number;
  readonly maxValue?: number;
  readonly noEcho: boolean;
  readonly description?: string;
  readonly constraintDescription?: string;
  readonly at: Position;
}

export const DELETION_POLICIES = ['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot'] as const;
export type DeletionPolicy = (typeof DELETION_POLICIES)[number];

export interface ResourceDeclaration {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: MapNode | undefined;
  readonly condition?: string;
  readonly dependsOn: readonly string[];
  readonly deletionPolicy: DeletionPolicy;
  readonly updateReplacePolicy: DeletionPolicy;
  readonly creationPolicy?: TemplateNode;
  readonly updatePolicy?: TemplateNode;
  readonly metadata?: TemplateNode;
  readonly at: Position;
}

export interface OutputDeclaration {
  readonly name: string;
  readonly value: TemplateNode;
  readonly description?: string;
  readonly condition?: string;
  readonly exportName?: TemplateNode;
  readonly at: Position;
}

/** What must hold of the parameters before anything is made. */
export interface RuleDeclaration {
  readonly name: string;
  /** Absent: always. */
  readonly when?: TemplateNode;
  readonly assertions: readonly RuleAssertion[];
}

export interface RuleAssertion {
  readonly assert: TemplateNode;
  readonly description?: string;
}

export interface Template {
  readonly description?: string;
  readonly metadata?: TemplateNode;
  readonly version?: string;
  readonly transforms: readonly string[];
  readonly parameters: ReadonlyMap<string, ParameterDeclaration>;
  readonly mappings: ReadonlyMap<string, MapNode>;
  readonly rules: ReadonlyMap<string, RuleDeclaration>;
  readonly conditions: ReadonlyMap<string, TemplateNode>;
  readonly resources: ReadonlyMap<string, ResourceDeclaration>;
  readonly outputs: ReadonlyMap<string, OutputDeclaration>;
}

/** CloudFormation's quotas. */
export const LIMITS = {
  bodyBytes: 51_200,
  urlBytes: 1_048_576,
  resources: 500,
  parameters: 200,
  outputs: 200,
  mappings: 200,
  descriptionBytes: 1_024,
  parameterBytes: 4_096,
  logicalIdLength: 255,
} as const;
