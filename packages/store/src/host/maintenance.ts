import { SYSTEM_GROUP } from '../group.ts';
import {
  DEFAULT_BUCKET_DELETION_LIMITS,
  resumeBucketDeletions,
} from '../objects/maintenance/bucket-deletion.ts';
import { resumeBucketRules } from '../objects/maintenance/bucket-rules.ts';
import { type SweepLimits, sweepPartition } from '../objects/maintenance/sweep.ts';
import { StoreFailure } from '../objects/store-failure.ts';
import type { GroupHost } from './group-host.ts';
import type { GroupReplica } from './group-replica.ts';
import type { GroupRouter } from './group-router.ts';
import type { StoreNodePorts } from './ports.ts';

/** Changes of notification rules taken up by one round, and how old they are by then. */
const RULE_LIMITS = { limit: 20, minimumAgeMs: 5_000 };

/**
 * What the leader of a partition does for it now and then: sweeps garbage and chunks that nothing refers to, and takes up deletions of
 * buckets, and changes of notification rules, whose coordinator died. Each step can be repeated by anybody at any time. A look at the leader's own state comes first, so
 * that partitions without such work sleep on.
 */
export class Maintenance {
  private readonly ports: StoreNodePorts;
  private readonly host: GroupHost;
  private readonly router: GroupRouter;
  private readonly limits: SweepLimits;
  private running = false;
  readonly counters = { sweptPartitions: 0, deletedChunks: 0 };

  constructor(ports: StoreNodePorts, host: GroupHost, router: GroupRouter, limits: SweepLimits) {
    this.ports = ports;
    this.host = host;
    this.router = router;
    this.limits = limits;
  }

  async round(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      for (const group of [...this.host.replicas.keys()]) {
        const replica = this.host.replicas.get(group);
        if (group === SYSTEM_GROUP || replica?.raft.role !== 'leader') continue;
        if (this.hasWork(replica, this.ports.clock.wallMs())) await this.maintain(Number(group));
      }
    } finally {
      this.running = false;
    }
  }

  private async maintain(partition: number): Promise<void> {
    try {
      const nowMs = this.ports.clock.wallMs();
      const { deletedChunks } = await sweepPartition(this.router, partition, this.limits, nowMs);
      this.counters.sweptPartitions++;
      this.counters.deletedChunks += deletedChunks;
      await resumeBucketDeletions(this.router, partition, DEFAULT_BUCKET_DELETION_LIMITS, nowMs);
      await resumeBucketRules(this.router, partition, RULE_LIMITS, nowMs);
    } catch (cause) {
      if (!(cause instanceof StoreFailure)) throw cause;
    }
  }

  private hasWork({ machine, kv }: GroupReplica, nowMs: number): boolean {
    const ask = <T>(query: unknown): T => machine.query(kv, query) as T;
    const { graceMs, unreferencedMs, maximumBlobAgeMs, completedMs } = this.limits;
    const old = ask<{ oldestMarkMs?: number; oldestCompletedMs?: number }>({ type: 'housekeeping' });
    const garbage = { type: 'garbage', beforeMs: Math.max(0, nowMs - graceMs), limit: 1 };
    const pending = { type: 'pendingChunks', beforeMs: Math.max(0, nowMs - unreferencedMs), limit: 1 };
    return (
      ask<{ entries: readonly unknown[] }>(garbage).entries.length > 0 ||
      ask<{ chunks: readonly unknown[] }>(pending).chunks.length > 0 ||
      ask<{ work: readonly unknown[] }>({ type: 'bucketWork', limit: 1 }).work.length > 0 ||
      ask<{ work: readonly unknown[] }>({ type: 'ruleWork', limit: 1 }).work.length > 0 ||
      (old.oldestMarkMs !== undefined && old.oldestMarkMs < nowMs - maximumBlobAgeMs) ||
      (old.oldestCompletedMs !== undefined && old.oldestCompletedMs < nowMs - completedMs)
    );
  }
}
