import type { CloudFormationPorts } from '../ports.ts';
import type { ResourceHandler } from '../resources/resource-handler.ts';
import { ServiceStopped } from '../resources/resource-handler.ts';
import type { StackStore } from '../state/stack-store.ts';

/** What every part of the engine has at hand. */
export interface EngineEnvironment {
  readonly ports: CloudFormationPorts;
  readonly store: StackStore;
  readonly handlers: ReadonlyMap<string, ResourceHandler>;
  /** Aborted when the cloud stops. */
  readonly stopped: AbortSignal;
}

export function assertRunning({ stopped }: EngineEnvironment): void {
  if (stopped.aborted) throw new ServiceStopped('the cloud stops');
}

/** After everything written so far is on disk; fails when the cloud stops meanwhile. */
export async function durably(environment: EngineEnvironment): Promise<void> {
  await environment.store.durable();
  assertRunning(environment);
}
