import { type GroupId, SYSTEM_GROUP } from '../group.ts';
import { type Command, commandGrows } from '../objects/command.ts';
import { answerQuery } from '../objects/machine/answer.ts';
import { applyCommand } from '../objects/machine/apply.ts';
import { BucketMemory } from '../objects/state/bucket-memory.ts';
import type { SystemCommand } from '../system/command.ts';
import { applySystemCommand } from '../system/machine.ts';
import { readSystemState } from '../system/records.ts';
import type { GroupEffect, GroupMachine } from './group-machine.ts';

/** A machine for one replica of the group. */
export function machineOf(group: GroupId, partitionCount: () => number): GroupMachine {
  return group === SYSTEM_GROUP ? SYSTEM_MACHINE : partitionMachine(Number(group), partitionCount);
}

function partitionMachine(partition: number, partitionCount: () => number): GroupMachine {
  const buckets = new BucketMemory();
  return {
    apply: (kv, context, command) =>
      applyCommand(kv, { ...context, partition, partitionCount: partitionCount() }, command, buckets),
    query: (kv, query) => answerQuery(kv, query, buckets),
    replaced: () => buckets.forgetAll(),
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
