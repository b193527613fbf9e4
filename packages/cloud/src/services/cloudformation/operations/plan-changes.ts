/**
 * What a configuration would change in a stack, without changing anything: for change sets and to see that there is nothing to do. It
 * goes through the resources in the order in which they would be made; what hangs on one that is made anew is known only afterwards.
 */
import type { Change, ResourceChange, ResourceChangeDetail } from '@aws-sdk/client-cloudformation';
import type { DependencyGraph, EvaluatedResource, ResourceLookup } from '../../../templates/index.ts';
import { RESOURCE_TYPES, sameValue, UNKNOWN } from '../../../templates/index.ts';
import { changedProperties, type PropertyChange, sameTags, tagsMatter } from '../engine/compare.ts';
import type { EngineEnvironment } from '../engine/engine-environment.ts';
import type { StackView } from '../engine/stack-view.ts';
import { madeResources, viewOf } from '../engine/view-of.ts';
import type { Configuration, OutputRecord, ResourceRecord, StackRecord } from '../state/stack-records.ts';

export interface PlannedChanges {
  readonly changes: readonly Change[];
  /** What the outputs will be, as far as it is known. */
  readonly outputs: readonly OutputRecord[];
}

type Fate = 'same' | 'modified' | 'made';

export function planChanges(
  environment: EngineEnvironment,
  stack: StackRecord,
  configuration: Configuration,
): PlannedChanges {
  const fates = new Map<string, Fate>();
  const view = viewOf(
    environment,
    stack,
    configuration.configurationId,
    lookup(environment, stack.stackId, fates),
  );
  const changes: Change[] = [];
  for (const logicalId of inOrder(view.live, view.graph())) {
    const record = environment.store.resource(stack.stackId, logicalId);
    const change = changeOf(environment, view, logicalId, record, configuration);
    fates.set(logicalId, change === undefined ? 'same' : isMade(change) ? 'made' : 'modified');
    if (change !== undefined) changes.push({ Type: 'Resource', ResourceChange: change });
  }
  const gone = environment.store
    .resourcesOf(stack.stackId)
    .filter(({ logicalId }) => !view.live.includes(logicalId));
  return { changes: [...changes, ...gone.flatMap(removal)], outputs: view.outputs() };
}

function isMade({ Action, Replacement }: ResourceChange): boolean {
  return Action === 'Add' || Replacement === 'True';
}

/** Names and ids of resources stay when they are changed in place; other attributes may not. */
function lookup(
  environment: EngineEnvironment,
  stackId: string,
  fates: ReadonlyMap<string, Fate>,
): ResourceLookup {
  const made = madeResources(environment, stackId);
  return {
    reference: (logicalId) => (fates.get(logicalId) === 'made' ? UNKNOWN : made.reference(logicalId)),
    attribute: (logicalId, name) => {
      const fate = fates.get(logicalId);
      const stays = fate !== 'modified' || /(?:Arn|ARN|Id|Name)$/.test(name);
      return fate === 'made' || !stays ? UNKNOWN : made.attribute(logicalId, name);
    },
  };
}

/** Each after those that it needs, otherwise as in the template. */
function inOrder(live: readonly string[], graph: DependencyGraph): string[] {
  const ordered = new Set<string>();
  const visit = (logicalId: string): void => {
    if (ordered.has(logicalId)) return;
    for (const need of graph.get(logicalId) ?? []) visit(need);
    ordered.add(logicalId);
  };
  for (const logicalId of live) visit(logicalId);
  return [...ordered];
}

function changeOf(
  environment: EngineEnvironment,
  view: StackView,
  logicalId: string,
  record: ResourceRecord | undefined,
  configuration: Configuration,
): ResourceChange | undefined {
  const wanted = view.evaluate(logicalId);
  const about = { LogicalResourceId: logicalId, ResourceType: wanted.type };
  const current = record?.current;
  if (current === undefined) return { Action: 'Add', ...about, Scope: [], Details: [] };
  const type = RESOURCE_TYPES.get(wanted.type)!;
  const base = { Action: 'Modify' as const, ...about, PhysicalResourceId: current.physicalId };
  if (current.type !== wanted.type)
    return { ...base, Replacement: 'True', Scope: ['Properties'], Details: [] };
  const properties = changedProperties(type, current.properties, wanted.properties);
  const tags = tagsMatter(type) && !sameTags(current.tags, configuration.tags);
  const metadata = !sameValue(current.metadata, wanted.metadata);
  const policies =
    !sameValue(current.updatePolicy, wanted.updatePolicy) || current.deletionPolicy !== wanted.deletionPolicy;
  if (properties.length === 0 && !tags && !metadata && !policies) return undefined;
  return {
    ...base,
    Replacement: replacement(environment, properties, wanted, current.properties),
    Scope: [
      ...(properties.length > 0 ? ['Properties' as const] : []),
      ...(tags ? ['Tags' as const] : []),
      ...(metadata ? ['Metadata' as const] : []),
      ...(policies ? ['UpdatePolicy' as const] : []),
    ],
    Details: properties.map(detail),
  };
}

function replacement(
  { handlers }: EngineEnvironment,
  changes: readonly PropertyChange[],
  wanted: EvaluatedResource,
  previous: Readonly<Record<string, unknown>>,
): 'True' | 'False' | 'Conditional' {
  const replacing = changes.filter(({ update }) => update === 'replacement');
  if (replacing.some(({ uncertain }) => !uncertain)) return 'True';
  if (replacing.length > 0) return 'Conditional';
  const asked = { properties: wanted.properties, previous, updatePolicy: wanted.updatePolicy };
  return changes.length > 0 && handlers.get(wanted.type)?.replaces?.(asked) === true ? 'True' : 'False';
}

const RECREATION = { none: 'Never', some: 'Never', replacement: 'Always' } as const;

function detail({ name, update, uncertain }: PropertyChange): ResourceChangeDetail {
  const recreation = uncertain && update === 'replacement' ? 'Conditionally' : RECREATION[update];
  return {
    Target: { Attribute: 'Properties', Name: name, RequiresRecreation: recreation },
    Evaluation: uncertain ? 'Dynamic' : 'Static',
    ChangeSource: uncertain ? 'ResourceAttribute' : 'DirectModification',
  };
}

function removal({ logicalId, type, current }: ResourceRecord): Change[] {
  if (current === undefined) return [];
  const kept = current.deletionPolicy !== 'Delete';
  return [
    {
      Type: 'Resource',
      ResourceChange: {
        Action: 'Remove',
        LogicalResourceId: logicalId,
        PhysicalResourceId: current.physicalId,
        ResourceType: type,
        PolicyAction: kept ? 'Retain' : 'Delete',
        Scope: [],
        Details: [],
      },
    },
  ];
}
