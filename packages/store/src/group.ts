/** A raft group of the store: `system`, or a partition's number in decimal. */
export type GroupId = string;

export const SYSTEM_GROUP: GroupId = 'system';

export function partitionGroup(partition: number): GroupId {
  return String(partition);
}
