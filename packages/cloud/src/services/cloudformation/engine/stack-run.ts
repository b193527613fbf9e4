/**
 * One operation on one stack, from the phase that is recorded to its end. What is to be done is read from the records at the beginning of
 * every phase, so a run that begins after a restart does what is left.
 *
 * (R1) The next phase is recorded before anything of it is begun.
 * (R2) After a failure nothing new is begun in `apply`; steps that wait are called off; then the stack goes back.
 * (R3) A resource is deleted after everything that needed it.
 */
import type { Timer } from '@crescendo/base';
import { ServiceStopped } from '../resources/resource-handler.ts';
import type { OperationRecord, Phase, StackRecord } from '../state/stack-records.ts';
import { deletePass } from './delete-pass.ts';
import { durably, type EngineEnvironment } from './engine-environment.ts';
import { outputProblem } from './exports.ts';
import { applyResource, restoreResource } from './resource-steps.ts';
import { runInOrder } from './run-in-order.ts';
import type { StackView } from './stack-view.ts';
import { doneMark, type PassInputs, reasonOf, type StepInputs } from './step-record.ts';
import { viewOf } from './view-of.ts';

const STEPS_AT_ONCE = 16;

export class StackRun {
  readonly #environment: EngineEnvironment;
  readonly #stackId: string;
  #cancelled = new AbortController();

  constructor(environment: EngineEnvironment, stackId: string) {
    this.#environment = environment;
    this.#stackId = stackId;
  }

  /** Resolves when the operation has ended or the cloud stops. */
  async run(): Promise<void> {
    try {
      for (let operation = this.#operation(); operation !== undefined; operation = this.#operation()) {
        this.#cancelled = new AbortController();
        await durably(this.#environment); // (R1)
        await this.#runPhase(operation);
      }
      await durably(this.#environment);
    } catch (error) {
      if (!(error instanceof ServiceStopped)) throw error;
    }
  }

  /** Calls the operation off: while it applies, the stack goes back. */
  cancel(reason: string): void {
    this.#fail(reason);
    this.#cancelled.abort();
  }

  #operation(): OperationRecord | undefined {
    return this.#environment.store.operations.get(this.#stackId);
  }

  #stack(): StackRecord {
    return this.#environment.store.stacks.get(this.#stackId)!;
  }

  async #runPhase(operation: OperationRecord): Promise<void> {
    switch (operation.phase) {
      case 'apply':
        return await this.#apply(operation);
      case 'restore':
        return await this.#restore(operation);
      case 'cleanup':
        return await this.#cleanup(operation);
      case 'remove':
        return await this.#remove(operation);
    }
  }

  async #apply(operation: OperationRecord): Promise<void> {
    const timer = this.#creationTimer(operation);
    try {
      if (failureOf(operation) === undefined)
        await this.#steps(operation, operation.targetId!, applyResource);
    } finally {
      timer?.cancel();
    }
    const after = this.#operation()!;
    if (failureOf(after) === undefined) this.#applied(after);
    else this.#turnBack(after);
  }

  #creationTimer({ kind, startedMs }: OperationRecord): Timer | undefined {
    const { timeoutMinutes } = this.#stack();
    if (kind !== 'create' || timeoutMinutes === undefined) return undefined;
    const { clock } = this.#environment.ports;
    const leftMs = startedMs + timeoutMinutes * 60_000 - clock.wallMs();
    return clock.setTimer(Math.max(0, leftMs), () =>
      this.cancel('Stack creation time exceeded the specified timeout.'),
    );
  }

  /** Takes the resources of a configuration in the order of their dependencies; failures are recorded in the operation. */
  async #steps(
    operation: OperationRecord,
    configurationId: string,
    work: typeof applyResource,
  ): Promise<void> {
    const view = this.#viewOrFail(configurationId);
    if (view === undefined) return;
    const graph = view.graph();
    const mark = doneMark(operation);
    const { store } = this.#environment;
    const done = (logicalId: string): boolean =>
      operation.spared.includes(logicalId) || store.resource(this.#stackId, logicalId)?.doneIn === mark;
    await runInOrder({
      items: view.live.filter((logicalId) => !done(logicalId)),
      needs: (logicalId) => graph.get(logicalId) ?? [],
      work: (logicalId) =>
        work(this.#inputs(operation, configurationId, view, graph.get(logicalId) ?? []), logicalId),
      goOnAfterFailure: operation.phase === 'restore',
      onFailure: (logicalId, error) => this.#stepFailed(logicalId, error),
      limit: STEPS_AT_ONCE,
    });
    if (this.#environment.stopped.aborted) throw new ServiceStopped('the cloud stops');
    if (operation.phase === 'apply' && failureOf(this.#operation()) === undefined) this.#checkOutputs(view);
  }

  #viewOrFail(configurationId: string): StackView | undefined {
    try {
      return viewOf(this.#environment, this.#stack(), configurationId);
    } catch (error) {
      this.#fail(reasonOf(error));
      return undefined;
    }
  }

  #passInputs(operation: OperationRecord): PassInputs {
    return {
      environment: this.#environment,
      stack: this.#stack(),
      operation,
      cancelled: this.#cancelled.signal,
    };
  }

  #inputs(
    operation: OperationRecord,
    configurationId: string,
    view: StackView,
    dependsOn: readonly string[],
  ): StepInputs {
    const tags = this.#environment.store.configurations.get(configurationId)?.tags ?? [];
    return { ...this.#passInputs(operation), view, dependsOn, tags };
  }

  #stepFailed(logicalId: string, error: unknown): void {
    const operation = this.#operation();
    if (error instanceof ServiceStopped || operation === undefined) return;
    const failed = [...new Set([...operation.failed, logicalId])];
    this.#environment.store.operations.put(this.#stackId, { ...operation, failed });
    if (operation.phase === 'apply') this.#cancelled.abort(); // (R2)
  }

  /** For a reason that is no single resource's. The first one counts. */
  #fail(reason: string): void {
    const operation = this.#operation();
    if (operation === undefined || operation.failure !== undefined) return;
    this.#environment.store.operations.put(this.#stackId, { ...operation, failure: reason });
  }

  #checkOutputs(view: StackView): void {
    const { store } = this.#environment;
    try {
      const outputs = view.outputs();
      const problem = outputProblem(store, this.#stack(), outputs);
      if (problem !== undefined) return this.#fail(problem);
      store.stacks.put(this.#stackId, { ...this.#stack(), outputs, imports: [...view.imports] });
    } catch (error) {
      this.#fail(reasonOf(error));
    }
  }

  #applied(operation: OperationRecord): void {
    const { store } = this.#environment;
    const stack = { ...this.#stack(), configurationId: operation.targetId!, updatedMs: store.nowMs() };
    if (operation.kind === 'create') {
      const { updatedMs: _, ...created } = stack;
      return this.#end(created, 'CREATE_COMPLETE');
    }
    store.setStackStatus(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS', undefined, operation.requestToken);
    this.#enter(operation, 'cleanup');
  }

  /** What becomes of a stack whose resources could not all be made or changed. */
  #turnBack(operation: OperationRecord): void {
    const { store } = this.#environment;
    const stack = this.#stack();
    const creating = operation.kind === 'create';
    if (operation.keepOnFailure)
      return this.#end(stack, creating ? 'CREATE_FAILED' : 'UPDATE_FAILED', failureOf(operation));
    const deleting = creating && stack.onFailure === 'DELETE';
    const status = deleting
      ? 'DELETE_IN_PROGRESS'
      : creating
        ? 'ROLLBACK_IN_PROGRESS'
        : 'UPDATE_ROLLBACK_IN_PROGRESS';
    store.setStackStatus(stack, status, failureOf(operation), operation.requestToken);
    this.#enter(operation, creating ? 'remove' : 'restore');
  }

  async #restore(operation: OperationRecord): Promise<void> {
    await this.#steps(operation, operation.previousId!, restoreResource);
    const after = this.#operation()!;
    const stack = this.#stack();
    if (after.failed.length > 0) return this.#end(stack, 'UPDATE_ROLLBACK_FAILED', failedText(after), true);
    const { store } = this.#environment;
    const view = this.#viewOrFail(operation.previousId!);
    const outputs = view?.outputs() ?? stack.outputs;
    const restored = {
      ...stack,
      outputs,
      updatedMs: store.nowMs(),
      imports: [...(view?.imports ?? stack.imports)],
    };
    store.setStackStatus(
      restored,
      'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS',
      undefined,
      operation.requestToken,
    );
    this.#enter(operation, 'cleanup');
  }

  /** Deletes what the stack no longer has; what cannot be deleted is told in an event and left. */
  async #cleanup(operation: OperationRecord): Promise<void> {
    const back = operation.failure !== undefined;
    const configurationId = back ? operation.previousId! : operation.targetId!;
    const { live } = viewOf(this.#environment, this.#stack(), configurationId);
    await deletePass(this.#passInputs(operation), new Set(live));
    this.#end(this.#stack(), back ? 'UPDATE_ROLLBACK_COMPLETE' : 'UPDATE_COMPLETE');
  }

  async #remove(operation: OperationRecord): Promise<void> {
    const { store } = this.#environment;
    const failed = await deletePass(this.#passInputs(operation), new Set());
    const stack = this.#stack();
    const rollback = operation.kind === 'create' && stack.onFailure !== 'DELETE';
    if (failed.length > 0) {
      const reason = `The following resource(s) failed to delete: [${failed.join(', ')}]. `;
      return this.#end(stack, rollback ? 'ROLLBACK_FAILED' : 'DELETE_FAILED', reason.trim());
    }
    if (rollback) return this.#end({ ...stack, configurationId: operation.targetId! }, 'ROLLBACK_COMPLETE');
    this.#end({ ...stack, deletedMs: store.nowMs(), outputs: [], imports: [] }, 'DELETE_COMPLETE');
    for (const [id, changeSet] of [...store.changeSets.entries()])
      if (changeSet.stackId === this.#stackId) store.changeSets.delete(id);
    store.prune();
  }

  #enter(operation: OperationRecord, phase: Phase): void {
    const failure = failureOf(operation);
    this.#environment.store.operations.put(this.#stackId, {
      ...operation,
      phase,
      failed: [],
      ...(failure !== undefined && { failure }),
    });
  }

  #end(stack: StackRecord, status: string, reason?: string, resumable = false): void {
    const { store } = this.#environment;
    const operation = this.#operation();
    store.setStackStatus(stack, status, reason, operation?.requestToken);
    store.operations.delete(this.#stackId);
    // What a rollback that failed was going back to is needed when it goes on.
    if (resumable && operation !== undefined) store.parked.put(this.#stackId, operation);
    else store.parked.delete(this.#stackId);
  }
}

/** Why the operation goes back; undefined while nothing is wrong. */
function failureOf(operation: OperationRecord | undefined): string | undefined {
  if (operation === undefined) return undefined;
  return operation.failure ?? (operation.failed.length > 0 ? failedText(operation) : undefined);
}

function failedText({ kind, failed }: OperationRecord): string {
  return `The following resource(s) failed to ${kind}: [${failed.join(', ')}].`;
}
