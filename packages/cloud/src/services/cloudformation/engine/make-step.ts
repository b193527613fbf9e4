/** Making one incarnation of a resource; the rules P1 and P2 are in `resource-steps.ts`. */
import type { EvaluatedResource } from '../../../templates/index.ts';
import type { Made, ResourceStep } from '../resources/resource-handler.ts';
import { ServiceStopped, StepCancelled } from '../resources/resource-handler.ts';
import { generatedName, newToken } from '../state/identifiers.ts';
import type { Incarnation, ResourceRecord } from '../state/stack-records.ts';
import { awaitSignals } from './await-signals.ts';
import { durably } from './engine-environment.ts';
import { resolveDynamic } from './resolve-dynamic.ts';
import {
  emptyRecord,
  finish,
  inertReason,
  ownParts,
  ownTags,
  type PassInputs,
  reasonOf,
  type StepInputs,
  stepOn,
} from './step-record.ts';

/** Records the new incarnation (P2) and makes it. */
export async function beginMaking(
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

/** Makes what the record says is being made; `again`: it may have been asked for before. */
export async function finishMaking(
  inputs: StepInputs,
  record: ResourceRecord,
  again: boolean,
): Promise<void> {
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

/** Asks for an incarnation; `made` is told its name as soon as there is one. */
export async function create(
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
