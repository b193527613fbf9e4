import { type GroupId, SYSTEM_GROUP } from '../group.ts';
import type { NodeId } from '../ports/network.ts';
import type { SystemState } from '../system/state.ts';
import type { GroupReplica } from './group-replica.ts';

/** A replica that its group seems to have left behind, and whom to ask about it. */
export interface Stranger {
  readonly group: GroupId;
  readonly members: readonly NodeId[];
}

/** The replicas on this node that the reported configurations do not name any more. Only a hint: the members have the word. */
export function findStrangers(
  self: NodeId,
  state: SystemState,
  replicas: Iterable<GroupReplica>,
  systemMembers: readonly NodeId[],
): Stranger[] {
  const strangers: Stranger[] = [];
  for (const replica of replicas) {
    const members = replica.group === SYSTEM_GROUP ? systemMembers : reportedMembers(state, replica);
    const isExpected =
      replica.group === SYSTEM_GROUP ? state.target.system.includes(self) : members?.includes(self);
    if (members === undefined || isExpected === true) continue;
    strangers.push({ group: replica.group, members: members.filter((member) => member !== self) });
  }
  return strangers;
}

/** undefined where the last report is older than what the replica itself knows. */
function reportedMembers(state: SystemState, replica: GroupReplica): readonly NodeId[] | undefined {
  const reported = state.partitions[Number(replica.group)]?.reported;
  if (reported === undefined || reported.epoch < replica.raft.membership.epoch) return undefined;
  return [...reported.voters, ...reported.learners];
}
