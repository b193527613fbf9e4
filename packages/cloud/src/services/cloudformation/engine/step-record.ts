/** What the steps on a resource are given, and what they leave in its record. */
import type { EvaluatedResource, ResourceType } from '../../../templates/index.ts';
import { inertPaths, isRecord, RESOURCE_TYPES } from '../../../templates/index.ts';
import type { ResourceStep } from '../resources/resource-handler.ts';
import type {
  Incarnation,
  OperationRecord,
  ResourceRecord,
  StackRecord,
  Tag,
} from '../state/stack-records.ts';
import type { EngineEnvironment } from './engine-environment.ts';
import type { StackView } from './stack-view.ts';
import { resourceStep } from './step-context.ts';

export interface PassInputs {
  readonly environment: EngineEnvironment;
  readonly stack: StackRecord;
  readonly operation: OperationRecord;
  readonly cancelled: AbortSignal;
}

export interface StepInputs extends PassInputs {
  readonly view: StackView;
  readonly dependsOn: readonly string[];
  /** The stack's. */
  readonly tags: readonly Tag[];
}

export function emptyRecord(
  stack: StackRecord,
  logicalId: string,
  type: string,
  nowMs: number,
): ResourceRecord {
  return { stackId: stack.stackId, logicalId, type, status: '', changedMs: nowMs, replaced: [] };
}

/** The parts of an incarnation that only CloudFormation itself needs. */
export function ownParts(
  wanted: EvaluatedResource,
  { dependsOn, tags }: StepInputs,
): Pick<
  Incarnation,
  | 'dependsOn'
  | 'deletionPolicy'
  | 'updateReplacePolicy'
  | 'tags'
  | 'metadata'
  | 'creationPolicy'
  | 'updatePolicy'
> {
  return {
    dependsOn,
    tags,
    deletionPolicy: wanted.deletionPolicy,
    updateReplacePolicy: wanted.updateReplacePolicy,
    creationPolicy: wanted.creationPolicy,
    updatePolicy: wanted.updatePolicy,
    ...(wanted.metadata !== undefined && { metadata: wanted.metadata }),
  };
}

/** CloudFormation's own tags with the resource's name in the template. */
export function ownTags(tags: readonly Tag[], stack: StackRecord, logicalId: string): Tag[] {
  return [
    ...tags,
    { Key: 'aws:cloudformation:logical-id', Value: logicalId },
    { Key: 'aws:cloudformation:stack-id', Value: stack.stackId },
    { Key: 'aws:cloudformation:stack-name', Value: stack.stackName },
  ];
}

export function stepOn(
  { environment, stack, cancelled }: StepInputs,
  logicalId: string,
  busy: string,
): ResourceStep {
  const { store } = environment;
  return resourceStep({
    environment,
    stack,
    logicalId,
    cancelled,
    progress: (reason) =>
      void store.setResourceStatus(store.resource(stack.stackId, logicalId)!, busy, reason),
  });
}

/** What `cfn-init` would apply to a machine. */
const INIT = 'AWS::CloudFormation::Init';

/** What is without effect is said where people look: in the status of the resource. */
export function inertReason({ type: name, properties, metadata }: Incarnation): string | undefined {
  const type: ResourceType = RESOURCE_TYPES.get(name)!;
  if (type.inert !== undefined) return `Inert here: ${type.inert}.`;
  const init = isRecord(metadata) && metadata[INIT] !== undefined ? [`Metadata.${INIT}`] : [];
  const paths = [...inertPaths(type.properties, properties), ...init];
  return paths.length === 0 ? undefined : `Inert here: ${paths.join(', ')}.`;
}

/** The step is done, whatever it was. */
export function finish({ environment, operation }: StepInputs, record: ResourceRecord): void {
  environment.store.putResource({ ...record, doneIn: doneMark(operation) });
}

export function doneMark({ operationId, phase }: OperationRecord): string {
  return `${operationId}/${phase}`;
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
