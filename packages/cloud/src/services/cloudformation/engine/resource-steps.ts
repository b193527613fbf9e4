/**
 * One step on one resource: which it takes, making it or changing it, and bringing it back. It knows nothing of the order of steps.
 *
 * (P1) What will be asked of a service is on disk before it is asked, the answer before the next step: a step that a kill interrupted is
 *      taken again with the same token.
 * (P2) Until its creation is complete an incarnation is `making`; the one that it replaces stays `current`.
 * (P3) While a change of `current` is under way the record says so; bringing a resource back changes it again even when its properties
 *      look right.
 */
import type { EvaluatedResource } from '../../../templates/index.ts';
import { RESOURCE_TYPES } from '../../../templates/index.ts';
import type { OperationRecord, ResourceRecord } from '../state/stack-records.ts';
import { changedProperties, sameTags, tagsMatter } from './compare.ts';
import { beginMaking, finishMaking } from './make-step.ts';
import { emptyRecord, finish, ownParts, reasonOf, type StepInputs } from './step-record.ts';
import { update } from './update-step.ts';

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
