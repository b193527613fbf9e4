/**
 * One step on one resource: making it, changing it, bringing it back, deleting it. It knows nothing of the order of steps.
 *
 * (P1) What will be asked of a service is on disk before it is asked, the answer before the next step: a step that a kill interrupted is
 *      taken again with the same token.
 * (P2) Until its creation is complete an incarnation is `making`; the one that it replaces stays `current`.
 * (P3) While a change of `current` is under way the record says so; bringing a resource back changes it again even when its properties
 *      look right.
 */
import type { EvaluatedResource, ResourceType } from '../../../templates/index.ts';
import { inertPaths, RESOURCE_TYPES } from '../../../templates/index.ts';
import type { Made, ResourceStep } from '../resources/resource-handler.ts';
import { ServiceStopped, StepCancelled } from '../resources/resource-handler.ts';
import { generatedName, newToken } from '../state/identifiers.ts';
import type {
  Incarnation,
  OperationRecord,
  ResourceRecord,
  StackRecord,
  Tag,
} from '../state/stack-records.ts';
import { awaitSignals } from './await-signals.ts';
import { changedProperties, sameTags, tagsMatter } from './compare.ts';
import type { EngineEnvironment } from './engine-environment.ts';
import { durably } from './engine-environment.ts';
import { removeIncarnation } from './remove-step.ts';
import { resolveDynamic } from './resolve-dynamic.ts';
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

/** Brings a resource to what the view says. Throws when it cannot be, after the event of it. */
export async function applyResource(inputs: StepInputs, logicalId: string): Promise<void> {
  const { environment, stack } = inputs;
  const record = environment.store.resource(stack.stackId, logicalId);
  if (record?.making !== undefined && record.making.failed === undefined)
    return await finishMaking(inputs, record, true);
  const wanted = evaluateOrFail(inputs, logicalId, record);
  if (record?.current === undefined) return await beginMaking(inputs, logicalId, wanted, record);
  const change = changeOf(inputs, record, wanted);
  if (change === 'replace') return await beginMaking(inputs, logicalId, wanted, record);
  if (change === 'update') return await update(inputs, record, wanted);
  finish(inputs, keepPolicies(record, wanted, inputs));
}

/** Brings a resource back to what the stack was: the replaced incarnation returns, a changed one is changed again. */
export async function restoreResource(inputs: StepInputs, logicalId: string): Promise<void> {
  const { store } = inputs.environment;
  const found = store.resource(inputs.stack.stackId, logicalId);
  if (found === undefined) return;
  const record = bringBack(found);
  store.putResource(record);
  const wanted = evaluateOrFail(inputs, logicalId, record);
  if (record.current === undefined) return await beginMaking(inputs, logicalId, wanted, record);
  if (changeOf(inputs, record, wanted) === 'none') {
    const returned = record === found ? record : store.setResourceStatus(record, 'UPDATE_COMPLETE');
    return finish(inputs, returned);
  }
  await update(inputs, record, wanted);
}

/** What was being made goes to the incarnations that the cleanup deletes; the oldest replaced one is current again. */
function bringBack(record: ResourceRecord): ResourceRecord {
  const { making, replaced, current } = record;
  const original = replaced.findLast(
    ({ failed, superseded }) => failed === undefined && superseded === undefined,
  );
  if (making === undefined && original === undefined) return record;
  const { making: _, ...rest } = record;
  const pushed = [
    ...(making === undefined ? [] : [{ ...making, superseded: true as const }]),
    ...(original === undefined || current === undefined ? [] : [{ ...current, superseded: true as const }]),
    ...replaced.filter((one) => one !== original),
  ];
  return {
    ...rest,
    replaced: pushed,
    ...(original !== undefined && { current: original, type: original.type }),
  };
}

function evaluateOrFail(
  { environment, stack, view, operation }: StepInputs,
  logicalId: string,
  record: ResourceRecord | undefined,
): EvaluatedResource {
  try {
    return view.evaluate(logicalId);
  } catch (error) {
    const type = view.template.resources.get(logicalId)!.type;
    const failed = record ?? emptyRecord(stack, logicalId, type, environment.store.nowMs());
    environment.store.setResourceStatus(
      failed,
      failedStatus(operation, record?.current !== undefined),
      reasonOf(error),
    );
    throw error;
  }
}

function emptyRecord(stack: StackRecord, logicalId: string, type: string, nowMs: number): ResourceRecord {
  return { stackId: stack.stackId, logicalId, type, status: '', changedMs: nowMs, replaced: [] };
}

function failedStatus(operation: OperationRecord, exists: boolean): string {
  return operation.kind === 'create' || !exists ? 'CREATE_FAILED' : 'UPDATE_FAILED';
}

type Change = 'none' | 'update' | 'replace';

function changeOf(inputs: StepInputs, record: ResourceRecord, wanted: EvaluatedResource): Change {
  const current = record.current!;
  if (current.type !== wanted.type) return 'replace';
  const type = RESOURCE_TYPES.get(wanted.type)!;
  const changes = changedProperties(type, current.properties, wanted.properties);
  if (changes.some(({ update: behaviour }) => behaviour === 'replacement')) return 'replace';
  const handler = inputs.environment.handlers.get(wanted.type)!;
  const asked = {
    properties: wanted.properties,
    previous: current.properties,
    updatePolicy: wanted.updatePolicy,
  };
  if (changes.length > 0 && handler.replaces?.(asked) === true) return 'replace';
  if (changes.length > 0 || record.changing !== undefined) return 'update';
  return tagsMatter(type) && !sameTags(current.tags, inputs.tags) ? 'update' : 'none';
}

/** What only CloudFormation itself needs to know changes without a word to anybody. */
function keepPolicies(record: ResourceRecord, wanted: EvaluatedResource, inputs: StepInputs): ResourceRecord {
  const current = { ...record.current!, ...ownParts(wanted, inputs) };
  return { ...record, current };
}

function ownParts(
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

async function beginMaking(
  inputs: StepInputs,
  logicalId: string,
  wanted: EvaluatedResource,
  record: ResourceRecord | undefined,
): Promise<void> {
  const { environment, stack, operation } = inputs;
  const { store, ports } = environment;
  const base = record ?? emptyRecord(stack, logicalId, wanted.type, store.nowMs());
  const failedBefore = base.making === undefined ? [] : [base.making];
  const making: Incarnation = {
    token: newToken(ports.random),
    type: wanted.type,
    properties: wanted.properties,
    attributes: {},
    begunMs: store.nowMs(),
    ...ownParts(wanted, inputs),
  };
  const replacing = base.current !== undefined;
  const reason = replacing
    ? 'Requested update requires the creation of a new physical resource; hence creating one.'
    : undefined;
  const status = replacing ? 'UPDATE_IN_PROGRESS' : 'CREATE_IN_PROGRESS';
  const begun = { ...base, type: wanted.type, making, replaced: [...failedBefore, ...base.replaced] };
  const written = store.setResourceStatus(begun, status, reason, {
    physicalId: '',
    requestToken: operation.requestToken,
  });
  await finishMaking(inputs, written, false);
}

async function finishMaking(inputs: StepInputs, record: ResourceRecord, again: boolean): Promise<void> {
  const { environment, stack } = inputs;
  const { store } = environment;
  const replacing = record.current !== undefined;
  const [busy, done] = replacing
    ? ['UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE']
    : ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE'];
  const making = record.making!;
  const latest = (): ResourceRecord => store.resource(stack.stackId, record.logicalId)!;
  const step = stepOn(inputs, record.logicalId, busy);
  await durably(environment); // (P1)
  try {
    const made = await create(inputs, making, step, again, (physicalId) => {
      if (latest().making?.physicalId === physicalId) return;
      store.setResourceStatus(
        { ...latest(), making: { ...latest().making!, physicalId } },
        busy,
        'Resource creation Initiated',
      );
    });
    await awaitSignals(making.token, making.creationPolicy ?? {}, making.begunMs ?? 0, step);
    const { making: _, ...rest } = latest();
    const current: Incarnation = { ...making, ...made };
    const replaced = [...(rest.current === undefined ? [] : [rest.current]), ...rest.replaced];
    finish(inputs, store.setResourceStatus({ ...rest, current, replaced }, done, inertReason(making)));
  } catch (error) {
    if (error instanceof ServiceStopped) throw error;
    const failed = { ...latest(), making: { ...latest().making!, failed: true as const } };
    const text = error instanceof StepCancelled ? 'Resource creation cancelled' : reasonOf(error);
    store.setResourceStatus(failed, replacing ? 'UPDATE_FAILED' : 'CREATE_FAILED', text);
    throw error;
  }
}

async function create(
  { environment, stack }: PassInputs,
  making: Incarnation,
  step: ResourceStep,
  again: boolean,
  made: (physicalId: string) => void,
): Promise<Made> {
  return await environment.handlers.get(making.type)!.create(
    {
      token: making.token,
      properties: await resolveDynamic(making.properties, step),
      tags: ownTags(making.tags, stack, step.logicalId),
      creationPolicy: making.creationPolicy ?? {},
      again,
      begunMs: making.begunMs ?? 0,
      made,
      name: (limit) => generatedName(stack.stackName, step.logicalId, making.token, limit),
    },
    step,
  );
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

async function update(inputs: StepInputs, record: ResourceRecord, wanted: EvaluatedResource): Promise<void> {
  const { environment, stack, operation, tags } = inputs;
  const { store } = environment;
  const current = record.current!;
  const again = record.changing !== undefined;
  const changing = { properties: wanted.properties, begunMs: record.changing?.begunMs ?? store.nowMs() };
  const begun = { ...record, changing, ...(record.notes !== undefined && !again && { notes: {} }) };
  store.setResourceStatus(begun, 'UPDATE_IN_PROGRESS', undefined, {
    properties: wanted.properties,
    requestToken: operation.requestToken,
  }); // (P3)
  const latest = (): ResourceRecord => store.resource(stack.stackId, record.logicalId)!;
  const step = stepOn(inputs, record.logicalId, 'UPDATE_IN_PROGRESS');
  await durably(environment); // (P1)
  try {
    const handler = environment.handlers.get(current.type)!;
    const properties = await resolveDynamic(wanted.properties, step);
    const made = await handler.update?.(
      {
        token: current.token,
        physicalId: current.physicalId ?? '',
        attributes: current.attributes,
        properties,
        previous: previousOf(record),
        tags: ownTags(tags, stack, record.logicalId),
        updatePolicy: wanted.updatePolicy,
        creationPolicy: wanted.creationPolicy,
        updateToken: `${operation.operationId}-${operation.phase}-${record.logicalId}`,
        begunMs: changing.begunMs,
        again,
      },
      step,
    );
    const { changing: _, notes: __, ...rest } = latest();
    const changed = { ...current, properties: wanted.properties, ...made, ...ownParts(wanted, inputs) };
    finish(
      inputs,
      store.setResourceStatus({ ...rest, current: changed }, 'UPDATE_COMPLETE', inertReason(changed)),
    );
  } catch (error) {
    if (error instanceof ServiceStopped) throw error;
    const text = error instanceof StepCancelled ? 'Resource update cancelled' : reasonOf(error);
    store.setResourceStatus(latest(), 'UPDATE_FAILED', text);
    throw error;
  }
}

/** After an interrupted change the resource may have the parts of either: handlers that compare lists get both. */
function previousOf({ current, changing }: ResourceRecord): Readonly<Record<string, unknown>> {
  if (changing === undefined) return current!.properties;
  const merged: Record<string, unknown> = { ...changing.properties, ...current!.properties };
  for (const [name, value] of Object.entries(changing.properties)) {
    const had = current!.properties[name];
    if (Array.isArray(value) && Array.isArray(had)) merged[name] = [...had, ...value];
  }
  return merged;
}

function stepOn(
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

/** What is without effect is said where people look: in the status of the resource. */
function inertReason({ type: name, properties }: Incarnation): string | undefined {
  const type: ResourceType = RESOURCE_TYPES.get(name)!;
  if (type.inert !== undefined) return `Inert here: ${type.inert}.`;
  const paths = inertPaths(type.properties, properties);
  return paths.length === 0 ? undefined : `Inert here: ${paths.join(', ')}.`;
}

/** The step is done, whatever it was. */
function finish({ environment, operation }: StepInputs, record: ResourceRecord): void {
  environment.store.putResource({ ...record, doneIn: doneMark(operation) });
}

export function doneMark({ operationId, phase }: OperationRecord): string {
  return `${operationId}/${phase}`;
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Deletes one incarnation, finishing its interrupted creation first: only then is it known what there is to delete. */
export async function deleteIncarnation(
  inputs: PassInputs,
  record: ResourceRecord,
  incarnation: Incarnation,
): Promise<void> {
  const step = resourceStep({
    environment: inputs.environment,
    stack: inputs.stack,
    logicalId: record.logicalId,
    cancelled: inputs.cancelled,
    progress: () => {},
  });
  const certain = incarnation.physicalId !== undefined || incarnation.failed === true;
  let physicalId = incarnation.physicalId;
  if (!certain) {
    try {
      await create(inputs, incarnation, step, true, (id) => {
        physicalId = id;
      });
    } catch (error) {
      if (error instanceof ServiceStopped) throw error;
    }
  }
  if (physicalId === undefined) return;
  await removeIncarnation(inputs.environment, { ...incarnation, physicalId }, step);
}
