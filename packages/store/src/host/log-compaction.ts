import type { SnapshotMark } from '@crescendo/raft';
import type { GroupHost } from './group-host.ts';
import type { GroupReplica } from './group-replica.ts';
import type { StoreNodePorts } from './ports.ts';

/**
 * Lets go of log entries that the applied state holds durably. A tail stays, so that a peer that lags a little is served from the log and
 * needs no snapshot.
 */
/** A live peer may hold compaction back by this many entries. */
const MAX_HELD_BACK = 20_000;

export interface CompactionLimits {
  /** All logs of a node together may grow to about this, */
  readonly budgetBytes: number;
  /** and no single log is compacted below this. */
  readonly leastBytes: number;
  /** Length of the tail that stays. */
  readonly keepEntries: number;
}

export const DEFAULT_COMPACTION: CompactionLimits = {
  budgetBytes: 96 * 1024 * 1024,
  leastBytes: 256 * 1024,
  keepEntries: 256,
};

export class LogCompaction {
  private readonly ports: StoreNodePorts;
  private readonly host: GroupHost;
  private readonly limits: CompactionLimits;
  private running = false;

  constructor(ports: StoreNodePorts, host: GroupHost, limits: CompactionLimits) {
    this.ports = ports;
    this.host = host;
    this.limits = limits;
  }

  /** One round over the logs that have grown; call it every second or so. */
  async round(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      const { budgetBytes, leastBytes } = this.limits;
      const marks = this.host
        .grownLogs(Math.max(leastBytes, budgetBytes / Math.max(1, this.host.replicas.size)))
        .map((replica) => ({ replica, mark: this.markFor(replica) }))
        .filter((entry) => entry.mark !== undefined);
      if (marks.length === 0) return;
      await this.ports.state.flush();
      for (const { replica, mark } of marks) {
        if (this.host.replicas.get(replica.group) !== replica) continue;
        this.ports.log.compact(replica.group, mark!);
        this.host.compacted(replica.group);
      }
    } finally {
      this.running = false;
    }
  }

  private markFor(replica: GroupReplica): SnapshotMark | undefined {
    const log = this.ports.log.group(replica.group);
    const { membershipIndex, membership, progress, role, applied } = replica.raft.status();
    if (log === undefined) return undefined;
    const newest = Math.min(replica.meta.index, applied);
    let index = newest - this.limits.keepEntries;
    if (role === 'leader') {
      for (const peer of progress.values()) {
        if (peer.recentlyActive && peer.state !== 'snapshot')
          index = Math.min(index, Math.max(peer.match, newest - MAX_HELD_BACK));
      }
    }
    const term = log.term(index);
    // A change of membership inside the tail: the mark would have to name the older one. The next round will do.
    if (index < log.firstIndex() || term === undefined || membershipIndex > index) return undefined;
    return { index, term, membership };
  }
}
