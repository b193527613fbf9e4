/** What stacks export to each other, and what must not change while another stack uses it. */
import type { OutputRecord, StackRecord } from '../state/stack-records.ts';
import type { StackStore } from '../state/stack-store.ts';

export interface Export {
  readonly name: string;
  readonly value: string;
  readonly stack: StackRecord;
}

export function allExports(store: StackStore): Export[] {
  return [...store.stacks.entries()].flatMap(([, stack]) =>
    stack.status === 'DELETE_COMPLETE'
      ? []
      : stack.outputs.flatMap(({ exportName, value }) =>
          exportName === undefined ? [] : [{ name: exportName, value, stack }],
        ),
  );
}

export function exportsOfOthers(store: StackStore, stackId: string): ReadonlyMap<string, string> {
  return new Map(
    allExports(store)
      .filter(({ stack }) => stack.stackId !== stackId)
      .map(({ name, value }) => [name, value]),
  );
}

/** Names of stacks that import the name. */
export function importersOf(store: StackStore, name: string): string[] {
  return [...store.stacks.entries()]
    .map(([, stack]) => stack)
    .filter(({ status, imports }) => status !== 'DELETE_COMPLETE' && imports.includes(name))
    .map(({ stackName }) => stackName);
}

/** Why a stack must not have these outputs; undefined when it may. */
export function outputProblem(
  store: StackStore,
  stack: StackRecord,
  outputs: readonly OutputRecord[],
): string | undefined {
  const others = allExports(store).filter((one) => one.stack.stackId !== stack.stackId);
  for (const { exportName } of outputs) {
    const owner = others.find(({ name }) => name === exportName);
    if (owner !== undefined)
      return `Export with name ${exportName} is already exported by stack ${owner.stack.stackName}.`;
  }
  for (const { exportName, value } of stack.outputs) {
    if (
      exportName === undefined ||
      outputs.some((output) => output.exportName === exportName && output.value === value)
    )
      continue;
    const users = importersOf(store, exportName);
    if (users.length > 0)
      return `Export ${exportName} cannot be updated as it is in use by ${users.join(' and ')}`;
  }
  return undefined;
}
