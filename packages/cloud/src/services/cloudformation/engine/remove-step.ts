import type { ResourceStep } from '../resources/resource-handler.ts';
import type { Incarnation } from '../state/stack-records.ts';
import type { EngineEnvironment } from './engine-environment.ts';
import { durably } from './engine-environment.ts';
import { resolveDynamic } from './resolve-dynamic.ts';

/** Asks for the deletion and returns when the resource is gone; its signals are forgotten. */
export async function removeIncarnation(
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
