/** Change sets as requests name them. */
import { AwsError } from '../../../contract/service.ts';
import type { ChangeSetRecord } from '../state/stack-records.ts';
import type { StackStore } from '../state/stack-store.ts';
import { noSuchStack, requiredText } from './operation-errors.ts';

/** An ARN, or a name together with that of the stack. */
export interface ChangeSetName {
  readonly ChangeSetName?: string | undefined;
  readonly StackName?: string | undefined;
}

export function namedChangeSet(store: StackStore, name: ChangeSetName): ChangeSetRecord {
  const found = lookUpChangeSet(store, name);
  if (found !== undefined) return found;
  throw new AwsError('ChangeSetNotFound', `ChangeSet [${name.ChangeSetName}] does not exist`, 404);
}

/** Undefined when the stack has none of that name; a stack that does not exist is an error. */
export function lookUpChangeSet(store: StackStore, input: ChangeSetName): ChangeSetRecord | undefined {
  const name = requiredText(input.ChangeSetName, 'changeSetName');
  const byId = store.changeSets.get(name);
  if (byId !== undefined || name.startsWith('arn:')) return byId;
  const stackName = requiredText(input.StackName, 'stackName');
  const stack = store.findStack(stackName);
  if (stack === undefined) throw noSuchStack(stackName);
  return changeSetOf(store, stack.stackId, name);
}

export function changeSetOf(store: StackStore, stackId: string, name: string): ChangeSetRecord | undefined {
  for (const [, changeSet] of store.changeSets.entries()) {
    if (changeSet.stackId === stackId && changeSet.changeSetName === name) return changeSet;
  }
  return undefined;
}
