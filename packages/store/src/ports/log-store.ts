import type { Entry, HardState, LogReader, SnapshotMark } from '@crescendo/raft';
import type { GroupId } from '../group.ts';

/** One group's part of a write. Either part may be missing. */
export interface LogWrite {
  readonly group: GroupId;
  readonly hardState?: HardState;
  /** Appended; the first one replaces everything from its index on. */
  readonly entries?: readonly Entry[];
  /** The log starts anew behind this snapshot: earlier entries, and later ones that do not follow it, are dropped. */
  readonly snapshot?: SnapshotMark;
}

export interface GroupLog extends LogReader {
  readonly hardState: HardState;
  /** What the log follows: the founders' mark, or that of the newest snapshot or compaction. */
  readonly snapshot: SnapshotMark;
}

/**
 * The logs of all groups of a node. Writes become durable in the order of the calls; writes that wait for the same
 * flush share it (group commit).
 */
export interface LogStore {
  groups(): Iterable<GroupId>;
  /** undefined when the node has never written to the group, or has removed it. */
  group(id: GroupId): GroupLog | undefined;
  /** Durable when resolved; the entries are readable from then on. Creates groups that do not exist. */
  write(writes: readonly LogWrite[]): Promise<void>;
  /** Entries up to `mark.index` may be forgotten: the state machine holds them durably. */
  compact(id: GroupId, mark: SnapshotMark): void;
  /** Forgets the group; durable at the next write or `close`. */
  remove(id: GroupId): void;
  /** Bytes on disk, for compaction's choices and for metrics. */
  bytes(): number;
  close(): Promise<void>;
}
