import { type ResourceStep, ServiceStopped } from '../resources/resource-handler.ts';
import type { Incarnation, ResourceRecord } from '../state/stack-records.ts';
import type { EngineEnvironment } from './engine-environment.ts';
import { durably } from './engine-environment.ts';
import { create } from './make-step.ts';
import { resolveDynamic } from './resolve-dynamic.ts';
import { resourceStep } from './step-context.ts';
import type { PassInputs } from './step-record.ts';

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

/** Asks for the deletion and returns when the resource is gone; its signals are forgotten. */
async function removeIncarnation(
  environment: EngineEnvironment,
  incarnation: Incarnation & { readonly physicalId: string },
  step: ResourceStep,
): Promise<void> {
  await durably(environment);
  const { token, physicalId, attributes } = incarnation;
  const properties = await resolveDynamic(incarnation.properties, step).catch(() => incarnation.properties);
  await environment.handlers
    .get(incarnation.type)
    ?.remove({ token, physicalId, properties, attributes }, step);
  environment.store.forgetSignals(token);
}
