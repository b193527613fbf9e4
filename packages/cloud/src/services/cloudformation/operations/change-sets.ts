/** Change sets: what a request would do, told before it is done. They are worked out within the request. */
import type {
  CreateChangeSetInput,
  DeleteChangeSetInput,
  DescribeChangeSetInput,
  ExecuteChangeSetInput,
  ListChangeSetsInput,
} from '@aws-sdk/client-cloudformation';
import { AwsError, type OperationHandler } from '../../../contract/service.ts';
import type { StackEngine } from '../engine/stack-engine.ts';
import { changeSetArn } from '../state/identifiers.ts';
import type { ChangeSetRecord, Configuration, OnFailure, StackRecord } from '../state/stack-records.ts';
import type { StackStore } from '../state/stack-store.ts';
import { parametersShown } from './describe.ts';
import { changeSetOf, lookUpChangeSet, namedChangeSet } from './named-change-set.ts';
import { assertName, requiredText, validationError } from './operation-errors.ts';
import { paged } from './paging.ts';
import { planChanges } from './plan-changes.ts';
import { prepareConfiguration } from './prepare.ts';
import type { StackRequests } from './stack-requests.ts';

const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";
const PAGE = 100;

export class ChangeSets {
  readonly #engine: StackEngine;
  readonly #requests: StackRequests;
  readonly #store: StackStore;

  constructor(engine: StackEngine, requests: StackRequests) {
    this.#engine = engine;
    this.#requests = requests;
    this.#store = engine.environment.store;
  }

  get operations(): Readonly<Record<string, OperationHandler>> {
    return {
      CreateChangeSet: (input: CreateChangeSetInput) => this.#create(input),
      DescribeChangeSet: (input: DescribeChangeSetInput) => this.#describe(input),
      ExecuteChangeSet: (input: ExecuteChangeSetInput) => this.#execute(input),
      DeleteChangeSet: (input: DeleteChangeSetInput) => this.#delete(input),
      ListChangeSets: (input: ListChangeSetsInput) => this.#list(input),
    } as Readonly<Record<string, OperationHandler>>;
  }

  async #create(input: CreateChangeSetInput): Promise<{ Id: string; StackId: string }> {
    const stackName = requiredText(input.StackName, 'stackName');
    const changeSetName = requiredText(input.ChangeSetName, 'changeSetName');
    assertName(changeSetName, 'changeSetName');
    const kind = input.ChangeSetType ?? 'UPDATE';
    if (kind !== 'CREATE' && kind !== 'UPDATE')
      throw validationError(`ChangeSetType ${kind} is not done by this cloud; CREATE and UPDATE are`);
    const stack =
      kind === 'CREATE' ? this.#stackToCreate(stackName, input) : this.#requests.existing(stackName);
    if (kind === 'UPDATE') this.#requests.assertUpdatable(stack);
    const previous = kind === 'UPDATE' ? this.#requests.configurationOf(stack) : undefined;
    const twin = changeSetOf(this.#store, stack.stackId, changeSetName);
    if (twin !== undefined)
      throw new AwsError('AlreadyExistsException', `ChangeSet ${changeSetName} already exists`);
    const configuration = await prepareConfiguration(this.#engine.environment, input, stack, previous);
    return this.#write(input, stack, configuration, kind);
  }

  /** A change set that creates a stack makes an empty one, for review. */
  #stackToCreate(stackName: string, input: CreateChangeSetInput): StackRecord {
    const existing = this.#store.findStack(stackName);
    if (existing?.status === 'REVIEW_IN_PROGRESS') return existing;
    if (existing !== undefined) {
      throw validationError(
        `Stack [${stackName}] already exists and cannot be created again with the changeSet [${input.ChangeSetName}].`,
      );
    }
    assertName(stackName, 'stackName');
    return this.#requests.newStack(stackName, {});
  }

  #write(
    input: CreateChangeSetInput,
    stack: StackRecord,
    configuration: Configuration,
    kind: 'CREATE' | 'UPDATE',
  ): { Id: string; StackId: string } {
    const { ports } = this.#engine.environment;
    if (kind === 'CREATE' && stack.status === '') {
      this.#store.stacks.put(stack.stackId, stack);
      this.#store.setStackStatus(stack, 'REVIEW_IN_PROGRESS', 'User Initiated', input.ClientToken);
    }
    const changes = planChanges(this.#engine.environment, stack, configuration).changes;
    const empty = kind === 'UPDATE' && !this.#requests.changesAnything(stack, configuration);
    const changeSet: ChangeSetRecord = {
      changeSetId: changeSetArn(ports.region, ports.accountId, input.ChangeSetName!, ports.random),
      changeSetName: input.ChangeSetName!,
      stackId: stack.stackId,
      stackName: stack.stackName,
      changeSetType: kind,
      status: empty ? 'FAILED' : 'CREATE_COMPLETE',
      ...(empty && { statusReason: NO_CHANGES }),
      executionStatus: empty ? 'UNAVAILABLE' : 'AVAILABLE',
      createdMs: this.#store.nowMs(),
      configurationId: configuration.configurationId,
      changes,
      ...(input.Description !== undefined && { description: input.Description }),
      ...(input.OnStackFailure !== undefined && { onFailure: input.OnStackFailure as OnFailure }),
    };
    this.#store.changeSets.put(changeSet.changeSetId, changeSet);
    return { Id: changeSet.changeSetId, StackId: stack.stackId };
  }

  #describe(input: DescribeChangeSetInput): object {
    const changeSet = namedChangeSet(this.#store, input);
    const configuration = this.#store.configurations.get(changeSet.configurationId);
    const page = paged(changeSet.changes, input.NextToken, PAGE);
    return {
      ...summary(changeSet),
      Parameters: configuration === undefined ? [] : parametersShown(configuration),
      Tags: configuration?.tags ?? [],
      Capabilities: configuration?.capabilities ?? [],
      NotificationARNs: configuration?.notificationArns ?? [],
      Changes: page.items,
      NextToken: page.next,
      OnStackFailure: changeSet.onFailure,
    };
  }

  #execute(input: ExecuteChangeSetInput): object {
    const changeSet = namedChangeSet(this.#store, input);
    if (changeSet.executionStatus !== 'AVAILABLE') {
      throw new AwsError(
        'InvalidChangeSetStatus',
        `ChangeSet [${changeSet.changeSetId}] cannot be executed in its current execution status of [${changeSet.executionStatus}]`,
      );
    }
    const stack = this.#requests.existing(changeSet.stackId);
    const configuration = this.#store.configurations.get(changeSet.configurationId)!;
    const token = input.ClientRequestToken;
    if (changeSet.changeSetType === 'UPDATE') this.#requests.assertUpdatable(stack);
    // All change sets of a stack are void once one of them is carried out.
    for (const [id, other] of [...this.#store.changeSets.entries()])
      if (other.stackId === stack.stackId) this.#store.changeSets.delete(id);
    this.#store.changeSets.put(changeSet.changeSetId, { ...changeSet, executionStatus: 'EXECUTE_COMPLETE' });
    if (changeSet.changeSetType === 'UPDATE') {
      this.#requests.beginUpdate(
        stack,
        configuration,
        token,
        input.DisableRollback === true,
        changeSet.changeSetId,
      );
      return {};
    }
    const onFailure =
      input.DisableRollback === true ? 'DO_NOTHING' : (changeSet.onFailure ?? stack.onFailure);
    this.#requests.beginCreate({ ...stack, onFailure }, configuration, token, changeSet.changeSetId);
    return {};
  }

  /** One that is not there is as good as deleted, as on AWS: programs clear away the change set of their last attempt first. */
  #delete(input: DeleteChangeSetInput): object {
    const changeSet = lookUpChangeSet(this.#store, input);
    if (changeSet !== undefined) this.#store.changeSets.delete(changeSet.changeSetId);
    return {};
  }

  #list(input: ListChangeSetsInput): object {
    const stack = this.#requests.existing(input.StackName);
    const all = [...this.#store.changeSets.entries()]
      .map(([, changeSet]) => changeSet)
      .filter(({ stackId }) => stackId === stack.stackId);
    const page = paged(all, input.NextToken, PAGE);
    return { Summaries: page.items.map(summary), NextToken: page.next };
  }
}

function summary(changeSet: ChangeSetRecord): object {
  return {
    ChangeSetId: changeSet.changeSetId,
    ChangeSetName: changeSet.changeSetName,
    StackId: changeSet.stackId,
    StackName: changeSet.stackName,
    Status: changeSet.status,
    StatusReason: changeSet.statusReason,
    ExecutionStatus: changeSet.executionStatus,
    CreationTime: new Date(changeSet.createdMs),
    Description: changeSet.description,
  };
}
