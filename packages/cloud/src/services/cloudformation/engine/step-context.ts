/** What a handler gets for one step on one resource. */

import type { ResourceStep } from '../resources/resource-handler.ts';
import { StepCancelled } from '../resources/resource-handler.ts';
import type { StackRecord } from '../state/stack-records.ts';
import { assertRunning, type EngineEnvironment } from './engine-environment.ts';

export interface StepOwner {
  readonly environment: EngineEnvironment;
  readonly stack: StackRecord;
  readonly logicalId: string;
  /** Aborted when the operation is called off. */
  readonly cancelled: AbortSignal;
  readonly progress: (reason: string) => void;
}

export function resourceStep(owner: StepOwner): ResourceStep {
  const { environment, stack, logicalId } = owner;
  const { ports, store } = environment;
  return {
    stackId: stack.stackId,
    stackName: stack.stackName,
    logicalId,
    accountId: ports.accountId,
    region: ports.region,
    zones: ports.zones,
    clock: ports.clock,
    buckets: ports.buckets,
    call: async <Output>(signingName: string, operation: string, input: object): Promise<Output> => {
      assertRunning(environment);
      const output = await ports.caller.call<Output>(signingName, operation, input);
      assertRunning(environment);
      return output;
    },
    progress: owner.progress,
    wait: (ms) => pause(owner, ms),
    nowMs: () => ports.clock.wallMs(),
    recall: (name) => store.resource(stack.stackId, logicalId)?.notes?.[name],
    remember: (name, value) => {
      const record = store.resource(stack.stackId, logicalId);
      if (record !== undefined) store.putResource({ ...record, notes: { ...record.notes, [name]: value } });
    },
    signals: (subject) => store.signalsOf(subject),
    waitUrl: ports.waitUrl,
  };
}

function pause({ environment, cancelled }: StepOwner, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      timer.cancel();
      environment.stopped.removeEventListener('abort', finish);
      cancelled.removeEventListener('abort', finish);
      try {
        assertRunning(environment);
        if (cancelled.aborted) throw new StepCancelled('cancelled');
        resolve();
      } catch (error) {
        reject(error);
      }
    };
    const timer = environment.ports.clock.setTimer(ms, finish);
    environment.stopped.addEventListener('abort', finish);
    cancelled.addEventListener('abort', finish);
    if (environment.stopped.aborted || cancelled.aborted) finish();
  });
}
