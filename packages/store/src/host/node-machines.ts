import { type GroupId, SYSTEM_GROUP } from '../group.ts';
import { type Command, commandGrows } from '../objects/command.ts';
import { answerQuery } from '../objects/machine/answer.ts';
import { applyCommand } from '../objects/machine/apply.ts';
import type { SystemCommand } from '../system/command.ts';
import { applySystemCommand } from '../system/machine.ts';
import { readSystemState } from '../system/records.ts';
import type { GroupEffect, GroupMachine } from './group-machine.ts';

/** The machine of a group: one for the system group, one a partition. */
export function machineOf(group: GroupId, partitionCount: () => number): GroupMachine {
  return group === SYSTEM_GROUP ? SYSTEM_MACHINE : partitionMachine(Number(group), partitionCount);
}

function partitionMachine(partition: number, partitionCount: () => number): GroupMachine {
  return {
    apply: (kv, context, command) =>
      applyCommand(kv, { ...context, partition, partitionCount: partitionCount() }, command as Command),
    query: (kv, query) => answerQuery(kv, query),
    grows: (command) => commandGrows(command as Command),
  };
}

const SYSTEM_MACHINE: GroupMachine = {
  apply: (kv, context, command) => {
    const { result, effects } = applySystemCommand(kv, context, command as SystemCommand);
    const changed: GroupEffect[] = effects.length > 0 ? [{ type: 'systemChanged' }] : [];
    return { result, effects: changed };
  },
  query: (kv) => readSystemState(kv) ?? null,
  grows: () => false,
};
