/** CreateStack, UpdateStack, DeleteStack and what calls them off or takes them up again. */
import type {
  CancelUpdateStackInput,
  ContinueUpdateRollbackInput,
  CreateStackInput,
  DeleteStackInput,
  UpdateStackInput,
} from '@aws-sdk/client-cloudformation';
import { AwsError, type OperationHandler } from '../../../contract/service.ts';
import { importersOf } from '../engine/exports.ts';
import type { StackEngine } from '../engine/stack-engine.ts';
import { stackArn, uuid } from '../state/identifiers.ts';
import type { Configuration, OnFailure, OperationRecord, StackRecord } from '../state/stack-records.ts';
import type { StackStore } from '../state/stack-store.ts';
import { assertName, noSuchStack, requiredText, validationError } from './operation-errors.ts';
import { planChanges } from './plan-changes.ts';
import { prepareConfiguration } from './prepare.ts';

/** From these a stack may be changed. */
const UPDATABLE = [
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
  'UPDATE_FAILED',
  'IMPORT_COMPLETE',
];
const MOST_STACKS = 2_000;

export class StackRequests {
  readonly #engine: StackEngine;
  readonly #store: StackStore;

  constructor(engine: StackEngine) {
    this.#engine = engine;
    this.#store = engine.environment.store;
  }

  get operations(): Readonly<Record<string, OperationHandler>> {
    return {
      CreateStack: (input: CreateStackInput) => this.create(input),
      UpdateStack: (input: UpdateStackInput) => this.update(input),
      DeleteStack: (input: DeleteStackInput) => this.delete(input),
      CancelUpdateStack: (input: CancelUpdateStackInput) => this.cancelUpdate(input),
      ContinueUpdateRollback: (input: ContinueUpdateRollbackInput) => this.continueRollback(input),
    } as Readonly<Record<string, OperationHandler>>;
  }

  async create(input: CreateStackInput): Promise<{ StackId: string }> {
    const stackName = requiredText(input.StackName, 'stackName');
    assertName(stackName, 'stackName');
    const existing = this.#store.findStack(stackName);
    if (existing !== undefined) {
      const repeated =
        input.ClientRequestToken !== undefined && existing.lastRequestToken === input.ClientRequestToken;
      if (repeated) return { StackId: existing.stackId };
      throw new AwsError('AlreadyExistsException', `Stack [${stackName}] already exists`);
    }
    const stack = this.newStack(stackName, input);
    const configuration = await prepareConfiguration(this.#engine.environment, input, stack, undefined);
    this.#assertStillNew(stackName, configuration);
    this.#store.stacks.put(stack.stackId, stack);
    this.beginCreate(stack, configuration, input.ClientRequestToken);
    return { StackId: stack.stackId };
  }

  /** Two requests for one name may have been prepared at the same time. */
  #assertStillNew(stackName: string, { configurationId }: Configuration): void {
    if (this.#store.findStack(stackName) === undefined) return;
    this.#store.configurations.delete(configurationId);
    throw new AwsError('AlreadyExistsException', `Stack [${stackName}] already exists`);
  }

  /** Not written yet. */
  newStack(
    stackName: string,
    input: Pick<
      CreateStackInput,
      | 'OnFailure'
      | 'DisableRollback'
      | 'TimeoutInMinutes'
      | 'EnableTerminationProtection'
      | 'RoleARN'
      | 'StackPolicyBody'
    >,
  ): StackRecord {
    const { ports } = this.#engine.environment;
    if (this.#store.stacks.size >= MOST_STACKS)
      throw new AwsError('LimitExceededException', `Limit for stack has been exceeded: ${MOST_STACKS}`);
    if (input.OnFailure !== undefined && input.DisableRollback !== undefined) {
      throw validationError('You cannot specify both DisableRollback and OnFailure');
    }
    return {
      stackId: stackArn(ports.region, ports.accountId, stackName, ports.random),
      stackName,
      status: '',
      createdMs: this.#store.nowMs(),
      outputs: [],
      imports: [],
      terminationProtection: input.EnableTerminationProtection === true,
      onFailure:
        input.DisableRollback === true
          ? 'DO_NOTHING'
          : ((input.OnFailure as OnFailure | undefined) ?? 'ROLLBACK'),
      ...(input.TimeoutInMinutes !== undefined && { timeoutMinutes: input.TimeoutInMinutes }),
      ...(input.RoleARN !== undefined && { roleArn: input.RoleARN }),
      ...(input.StackPolicyBody !== undefined && { policy: input.StackPolicyBody }),
    };
  }

  beginCreate(
    stack: StackRecord,
    configuration: Configuration,
    token: string | undefined,
    changeSetId?: string,
  ): void {
    const named = askedBy(stack, token, changeSetId);
    this.#store.setStackStatus(named, 'CREATE_IN_PROGRESS', 'User Initiated', token);
    this.#engine.submit({
      ...this.#operation(stack.stackId, 'create', token),
      phase: 'apply',
      targetId: configuration.configurationId,
      keepOnFailure: stack.onFailure === 'DO_NOTHING',
    });
  }

  #operation(
    stackId: string,
    kind: OperationRecord['kind'],
    token: string | undefined,
  ): Omit<OperationRecord, 'phase'> {
    return {
      operationId: uuid(this.#engine.environment.ports.random),
      stackId,
      kind,
      startedMs: this.#store.nowMs(),
      failed: [],
      spared: [],
      keepOnFailure: false,
      ...(token !== undefined && { requestToken: token }),
    };
  }

  existing(name: string | undefined): StackRecord {
    const given = requiredText(name, 'stackName');
    const stack = this.#store.findStack(given);
    if (stack === undefined || stack.status === 'DELETE_COMPLETE') throw noSuchStack(given);
    return stack;
  }

  async update(input: UpdateStackInput): Promise<{ StackId: string }> {
    const stack = this.existing(input.StackName);
    if (input.ClientRequestToken !== undefined && stack.lastRequestToken === input.ClientRequestToken)
      return { StackId: stack.stackId };
    this.assertUpdatable(stack);
    const configuration = await prepareConfiguration(
      this.#engine.environment,
      input,
      stack,
      this.configurationOf(stack),
    );
    const latest = this.existing(stack.stackId);
    try {
      this.assertUpdatable(latest);
      this.#assertSomethingToDo(latest, configuration);
    } catch (error) {
      this.#store.configurations.delete(configuration.configurationId);
      throw error;
    }
    const disabled = input.DisableRollback === true;
    this.beginUpdate(latest, configuration, input.ClientRequestToken, disabled);
    return { StackId: stack.stackId };
  }

  configurationOf({ configurationId }: StackRecord): Configuration | undefined {
    return configurationId === undefined ? undefined : this.#store.configurations.get(configurationId);
  }

  assertUpdatable(stack: StackRecord): void {
    if (UPDATABLE.includes(stack.status) && this.#store.operations.get(stack.stackId) === undefined) return;
    throw validationError(`Stack:${stack.stackId} is in ${stack.status} state and can not be updated.`);
  }

  #assertSomethingToDo(stack: StackRecord, configuration: Configuration): void {
    if (this.changesAnything(stack, configuration)) return;
    throw validationError('No updates are to be performed.');
  }

  changesAnything(stack: StackRecord, configuration: Configuration): boolean {
    const { changes, outputs } = planChanges(this.#engine.environment, stack, configuration);
    const previous = this.configurationOf(stack);
    const sameTags = JSON.stringify(previous?.tags) === JSON.stringify(configuration.tags);
    return (
      changes.length > 0 ||
      !sameTags ||
      JSON.stringify(outputs) !== JSON.stringify(stack.outputs) ||
      stack.status === 'UPDATE_FAILED'
    );
  }

  beginUpdate(
    stack: StackRecord,
    configuration: Configuration,
    token: string | undefined,
    keepOnFailure: boolean,
    changeSetId?: string,
  ): void {
    const named = askedBy(stack, token, changeSetId);
    this.#store.setStackStatus(named, 'UPDATE_IN_PROGRESS', 'User Initiated', token);
    this.#engine.submit({
      ...this.#operation(stack.stackId, 'update', token),
      phase: 'apply',
      targetId: configuration.configurationId,
      previousId: stack.configurationId!,
      keepOnFailure,
    });
  }

  delete(input: DeleteStackInput): object {
    const name = requiredText(input.StackName, 'stackName');
    const stack = this.#store.findStack(name);
    // Deleting what is not there is no error for CloudFormation.
    if (stack === undefined || stack.status === 'DELETE_COMPLETE') return {};
    this.#assertDeletable(stack, input.RetainResources ?? []);
    const token = input.ClientRequestToken;
    const operation = this.#store.operations.get(stack.stackId);
    if (operation?.kind === 'delete') return {};
    if (operation !== undefined) {
      this.#store.stacks.put(stack.stackId, { ...stack, onFailure: 'DELETE' });
      this.#store.operations.put(stack.stackId, { ...operation, keepOnFailure: false });
      this.#engine.cancel(stack.stackId, 'User Initiated');
      return {};
    }
    this.#store.parked.delete(stack.stackId);
    this.#store.setStackStatus(stack, 'DELETE_IN_PROGRESS', 'User Initiated', token);
    this.#engine.submit({
      ...this.#operation(stack.stackId, 'delete', token),
      phase: 'remove',
      ...(stack.configurationId !== undefined && { previousId: stack.configurationId }),
      spared: input.RetainResources ?? [],
    });
    return {};
  }

  #assertDeletable(stack: StackRecord, retained: readonly string[]): void {
    if (stack.terminationProtection) {
      throw validationError(
        `Stack [${stack.stackName}] cannot be deleted while TerminationProtection is enabled`,
      );
    }
    const operation = this.#store.operations.get(stack.stackId);
    if (operation?.kind === 'update')
      throw validationError(`Stack [${stack.stackId}] cannot be deleted while in status ${stack.status}`);
    if (retained.length > 0 && stack.status !== 'DELETE_FAILED') {
      throw validationError(
        `Invalid operation on stack [${stack.stackId}]. When you specify RetainResources, the stack must be in the DELETE_FAILED state; it is in ${stack.status}`,
      );
    }
    for (const { exportName } of stack.outputs) {
      const users = exportName === undefined ? [] : importersOf(this.#store, exportName);
      if (users.length > 0)
        throw validationError(
          `Export ${exportName} cannot be deleted as it is in use by ${users.join(' and ')}`,
        );
    }
  }

  cancelUpdate(input: CancelUpdateStackInput): object {
    const stack = this.existing(input.StackName);
    const operation = this.#store.operations.get(stack.stackId);
    if (operation?.kind !== 'update' || operation.phase !== 'apply') {
      throw validationError(
        `CancelUpdateStack cannot be called from current stack status ${stack.status}; it must be UPDATE_IN_PROGRESS`,
      );
    }
    this.#engine.cancel(stack.stackId, 'User Initiated');
    return {};
  }

  continueRollback(input: ContinueUpdateRollbackInput): object {
    const stack = this.existing(input.StackName);
    const parked = this.#store.parked.get(stack.stackId);
    if (parked === undefined || stack.status !== 'UPDATE_ROLLBACK_FAILED') {
      throw validationError(
        `Stack:${stack.stackId} is in ${stack.status} state and can not continue a rollback; it must be UPDATE_ROLLBACK_FAILED`,
      );
    }
    const skip = input.ResourcesToSkip ?? [];
    const unknown = skip.filter((logicalId) => !parked.failed.includes(logicalId));
    if (unknown.length > 0) {
      throw validationError(
        `[${unknown.join(', ')}] cannot be skipped: only resources in UPDATE_FAILED because the rollback failed can be (${parked.failed.join(', ')})`,
      );
    }
    this.#store.parked.delete(stack.stackId);
    this.#store.setStackStatus(
      stack,
      'UPDATE_ROLLBACK_IN_PROGRESS',
      'User Initiated',
      input.ClientRequestToken,
    );
    this.#engine.submit({ ...parked, failed: [], spared: [...parked.spared, ...skip] });
    return {};
  }
}

/** The stack with what its newest operation was asked with. */
function askedBy(
  stack: StackRecord,
  token: string | undefined,
  changeSetId: string | undefined,
): StackRecord {
  return {
    ...stack,
    ...(token !== undefined && { lastRequestToken: token }),
    ...(changeSetId !== undefined && { changeSetId }),
  };
}
