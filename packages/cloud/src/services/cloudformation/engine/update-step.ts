/** Changing the current incarnation of a resource; the rules P1 and P3 are in `resource-steps.ts`. */
import type { EvaluatedResource } from '../../../templates/index.ts';
import { ServiceStopped, StepCancelled } from '../resources/resource-handler.ts';
import type { ResourceRecord } from '../state/stack-records.ts';
import { durably } from './engine-environment.ts';
import { resolveDynamic } from './resolve-dynamic.ts';
import { finish, inertReason, ownParts, ownTags, reasonOf, type StepInputs, stepOn } from './step-record.ts';

/** Changes the current incarnation to what is wanted. */
export async function update(
  inputs: StepInputs,
  record: ResourceRecord,
  wanted: EvaluatedResource,
): Promise<void> {
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
