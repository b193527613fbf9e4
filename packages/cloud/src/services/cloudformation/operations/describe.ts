/** What stacks, resources, events and exports look like from outside. */
import type {
  DescribeStackEventsInput,
  DescribeStackResourceInput,
  DescribeStackResourcesInput,
  DescribeStacksInput,
  GetStackPolicyInput,
  ListExportsInput,
  ListImportsInput,
  ListStackResourcesInput,
  ListStacksInput,
  SetStackPolicyInput,
  UpdateTerminationProtectionInput,
} from '@aws-sdk/client-cloudformation';
import type { OperationHandler } from '../../../contract/service.ts';
import { parseTemplate } from '../../../templates/index.ts';
import { allExports, importersOf } from '../engine/exports.ts';
import type { Configuration, EventRecord, ResourceRecord, StackRecord } from '../state/stack-records.ts';
import type { StackStore } from '../state/stack-store.ts';
import { noSuchStack, requiredText, validationError } from './operation-errors.ts';
import { paged } from './paging.ts';

const PAGE = 100;

export class Descriptions {
  readonly #store: StackStore;

  constructor(store: StackStore) {
    this.#store = store;
  }

  get operations(): Readonly<Record<string, OperationHandler>> {
    return {
      DescribeStacks: (input: DescribeStacksInput) => this.#describeStacks(input),
      ListStacks: (input: ListStacksInput) => this.#listStacks(input),
      DescribeStackEvents: (input: DescribeStackEventsInput) => this.#events(input),
      DescribeStackResource: (input: DescribeStackResourceInput) => this.#resource(input),
      DescribeStackResources: (input: DescribeStackResourcesInput) => this.#resources(input),
      ListStackResources: (input: ListStackResourcesInput) => this.#listResources(input),
      ListExports: (input: ListExportsInput) => this.#exports(input),
      ListImports: (input: ListImportsInput) => this.#imports(input),
      GetStackPolicy: (input: GetStackPolicyInput) => ({
        StackPolicyBody: this.#stack(input.StackName).policy,
      }),
      SetStackPolicy: (input: SetStackPolicyInput) => this.#setPolicy(input),
      UpdateTerminationProtection: (input: UpdateTerminationProtectionInput) => this.#protect(input),
    } as Readonly<Record<string, OperationHandler>>;
  }

  /** By id also a deleted one. */
  #stack(name: string | undefined): StackRecord {
    const given = requiredText(name, 'stackName');
    const stack = this.#store.findStack(given);
    if (stack === undefined) throw noSuchStack(given);
    return stack;
  }

  #describeStacks({ StackName, NextToken }: DescribeStacksInput): object {
    const all = [...this.#store.stacks.entries()]
      .map(([, stack]) => stack)
      .filter(({ status }) => status !== 'DELETE_COMPLETE');
    const newestFirst = all.toSorted((one, other) => other.createdMs - one.createdMs);
    const page = paged(StackName ? [this.#stack(StackName)] : newestFirst, NextToken, PAGE);
    return { Stacks: page.items.map((stack) => this.#shown(stack)), NextToken: page.next };
  }

  #shown(stack: StackRecord): object {
    const operation = this.#store.operations.get(stack.stackId);
    const target =
      operation?.phase === 'apply' || operation?.kind === 'create' ? operation.targetId : undefined;
    const configuration = this.#store.configurations.get(target ?? stack.configurationId ?? '');
    return {
      StackId: stack.stackId,
      StackName: stack.stackName,
      ChangeSetId: stack.changeSetId,
      Description: configuration && descriptionOf(configuration),
      Parameters: configuration === undefined ? [] : parametersShown(configuration),
      CreationTime: new Date(stack.createdMs),
      ...dates(stack),
      StackStatus: stack.status,
      StackStatusReason: stack.statusReason,
      RollbackConfiguration: {},
      DisableRollback: stack.onFailure === 'DO_NOTHING',
      NotificationARNs: configuration?.notificationArns ?? [],
      TimeoutInMinutes: stack.timeoutMinutes,
      Capabilities: configuration?.capabilities ?? [],
      Outputs: stack.outputs.map(({ key, value, description, exportName }) => ({
        OutputKey: key,
        OutputValue: value,
        Description: description,
        ExportName: exportName,
      })),
      RoleARN: stack.roleArn,
      Tags: configuration?.tags ?? [],
      EnableTerminationProtection: stack.terminationProtection,
      DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
    };
  }

  #listStacks({ StackStatusFilter, NextToken }: ListStacksInput): object {
    const wanted = StackStatusFilter ?? [];
    const all = [...this.#store.stacks.entries()]
      .map(([, stack]) => stack)
      .filter(({ status }) => wanted.length === 0 || wanted.some((one) => one === status))
      .toSorted((one, other) => other.createdMs - one.createdMs);
    const page = paged(all, NextToken, PAGE);
    const summaries = page.items.map((stack) => ({
      StackId: stack.stackId,
      StackName: stack.stackName,
      CreationTime: new Date(stack.createdMs),
      ...dates(stack),
      StackStatus: stack.status,
      StackStatusReason: stack.statusReason,
      DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
    }));
    return { StackSummaries: summaries, NextToken: page.next };
  }

  #events({ StackName, NextToken }: DescribeStackEventsInput): object {
    const page = paged(this.#store.eventsOf(this.#stack(StackName).stackId), NextToken, PAGE);
    return { StackEvents: page.items.map(eventShown), NextToken: page.next };
  }

  #resource({ StackName, LogicalResourceId }: DescribeStackResourceInput): object {
    const stack = this.#stack(StackName);
    const logicalId = requiredText(LogicalResourceId, 'logicalResourceId');
    const record = this.#store.resource(stack.stackId, logicalId);
    if (record === undefined)
      throw validationError(`Resource ${logicalId} does not exist for stack ${stack.stackName}`);
    const metadata = (record.current ?? record.making)?.metadata;
    return {
      StackResourceDetail: {
        ...resourceShown(stack, record, 'LastUpdatedTimestamp'),
        Metadata: metadata === undefined ? undefined : JSON.stringify(metadata),
      },
    };
  }

  #resources({ StackName, LogicalResourceId, PhysicalResourceId }: DescribeStackResourcesInput): object {
    const stack =
      StackName === undefined
        ? this.#ownerOf(requiredText(PhysicalResourceId, 'physicalResourceId'))
        : this.#stack(StackName);
    const records = this.#store
      .resourcesOf(stack.stackId)
      .filter(({ logicalId }) => LogicalResourceId === undefined || logicalId === LogicalResourceId)
      .slice(0, PAGE);
    return { StackResources: records.map((record) => resourceShown(stack, record, 'Timestamp')) };
  }

  #ownerOf(physicalId: string): StackRecord {
    for (const [, stack] of this.#store.stacks.entries()) {
      if (this.#store.resourcesOf(stack.stackId).some(({ current }) => current?.physicalId === physicalId))
        return stack;
    }
    throw validationError(`Stack for ${physicalId} does not exist`);
  }

  #listResources({ StackName, NextToken }: ListStackResourcesInput): object {
    const stack = this.#stack(StackName);
    const page = paged(this.#store.resourcesOf(stack.stackId), NextToken, PAGE);
    return {
      StackResourceSummaries: page.items.map((record) =>
        resourceShown(stack, record, 'LastUpdatedTimestamp'),
      ),
      NextToken: page.next,
    };
  }

  #exports({ NextToken }: ListExportsInput): object {
    const page = paged(allExports(this.#store), NextToken, PAGE);
    return {
      Exports: page.items.map(({ name, value, stack }) => ({
        Name: name,
        Value: value,
        ExportingStackId: stack.stackId,
      })),
      NextToken: page.next,
    };
  }

  #imports({ ExportName, NextToken }: ListImportsInput): object {
    const name = requiredText(ExportName, 'exportName');
    const importers = importersOf(this.#store, name);
    if (importers.length === 0) throw validationError(`Export '${name}' is not imported by any stack.`);
    const page = paged(importers, NextToken, PAGE);
    return { Imports: page.items, NextToken: page.next };
  }

  #setPolicy({ StackName, StackPolicyBody }: SetStackPolicyInput): object {
    const stack = this.#stack(StackName);
    try {
      JSON.parse(StackPolicyBody ?? '');
    } catch {
      throw validationError('Error validating stack policy: it must be JSON, given as StackPolicyBody');
    }
    this.#store.stacks.put(stack.stackId, { ...stack, policy: StackPolicyBody! });
    return {};
  }

  #protect({ StackName, EnableTerminationProtection }: UpdateTerminationProtectionInput): object {
    const stack = this.#stack(StackName);
    this.#store.stacks.put(stack.stackId, {
      ...stack,
      terminationProtection: EnableTerminationProtection === true,
    });
    return { StackId: stack.stackId };
  }
}

function dates({ updatedMs, deletedMs }: StackRecord): object {
  return {
    ...(updatedMs !== undefined && { LastUpdatedTime: new Date(updatedMs) }),
    ...(deletedMs !== undefined && { DeletionTime: new Date(deletedMs) }),
  };
}

function descriptionOf({ templateBody }: Configuration): string | undefined {
  return parseTemplate(templateBody).description;
}

/** Secrets are starred. */
export function parametersShown(configuration: Configuration): object[] {
  const declared = parseTemplate(configuration.templateBody).parameters;
  return Object.entries(configuration.parameters).map(([name, { given, resolved }]) => ({
    ParameterKey: name,
    ParameterValue: declared.get(name)?.noEcho === true ? '****' : given,
    ...(resolved !== undefined && { ResolvedValue: resolved }),
  }));
}

function eventShown(event: EventRecord): object {
  return {
    EventId: event.eventId,
    StackId: event.stackId,
    StackName: event.stackName,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    Timestamp: new Date(event.atMs),
    ResourceStatus: event.status,
    ResourceStatusReason: event.reason,
    ResourceProperties: event.properties,
    ClientRequestToken: event.requestToken,
  };
}

function resourceShown(
  stack: StackRecord,
  record: ResourceRecord,
  timeName: 'Timestamp' | 'LastUpdatedTimestamp',
): object {
  return {
    StackId: stack.stackId,
    StackName: stack.stackName,
    LogicalResourceId: record.logicalId,
    PhysicalResourceId: record.current?.physicalId ?? record.making?.physicalId ?? record.lastPhysicalId,
    ResourceType: record.type,
    [timeName]: new Date(record.changedMs),
    ResourceStatus: record.status,
    ResourceStatusReason: record.statusReason,
    DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
  };
}
