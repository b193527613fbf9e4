import type { Timer } from '@crescendo/base';
import { type GroupId, SYSTEM_GROUP } from '../group.ts';
import { BufferPool } from '../objects/gateway/buffer-pool.ts';
import { CHUNK_BYTES } from '../objects/limits.ts';
import type { ChunkName } from '../ports/chunk-store.ts';
import type { NodeId } from '../ports/network.ts';
import { everyTick } from './group-host.ts';
import type { GroupReplica } from './group-replica.ts';
import type { StoreNodePorts } from './ports.ts';

/**
 * Brings a member's disk up to what its partitions' logs have registered: chunks that an entry names and that are
 * not here are fetched from the other members. It also says how complete this member is; a change of membership waits for that.
 *
 * (R1) A group counts as complete up to its applied index only when every registered chunk was compared once since the
 *      group was opened, and none is missing.
 */
const FETCH_TIMEOUT_MS = 20_000;
const PARALLEL_FETCHES = 6;
/** Chunks up to this size are fetched into memory that is used again. */
const POOLED_BYTES = CHUNK_BYTES;
const SCAN_PAGE = 500;

interface Missing {
  readonly size: number;
  dueMs: number;
  attempts: number;
}

interface GroupChunks {
  readonly missing: Map<ChunkName, Missing>;
  scanned: boolean;
}

export interface RepairHooks {
  replica(group: GroupId): GroupReplica | undefined;
  /** Registered chunks of a partition behind `after`, in order of their names. */
  registered(
    replica: GroupReplica,
    after: ChunkName,
    limit: number,
  ): readonly { readonly name: ChunkName; readonly size: number }[];
  isRegistered(replica: GroupReplica, name: ChunkName): boolean;
}

export interface Completeness {
  readonly applied: number;
  readonly missing: number;
  readonly scanned: boolean;
}

export class ChunkRepair {
  private readonly ports: StoreNodePorts;
  private readonly self: NodeId;
  private readonly hooks: RepairHooks;
  private readonly groups = new Map<GroupId, GroupChunks>();
  private readonly delayMs: number;
  private readonly buffers = new BufferPool(POOLED_BYTES, (size) => new Uint8Array(size));
  /** Bytes of chunks that were fetched from other members since the start. */
  receivedBytes = 0;
  private running = 0;
  private timer: Timer | undefined;

  /** `delayMs`: how long a registered chunk may be on its way here before it is fetched. */
  constructor(ports: StoreNodePorts, self: NodeId, delayMs: number, hooks: RepairHooks) {
    this.ports = ports;
    this.self = self;
    this.delayMs = delayMs;
    this.hooks = hooks;
    ports.network.onRequest('chunk.completeness', async (_from, params) => ({
      result: (params as { groups: GroupId[] }).groups.map((group) => this.completeness(group)),
    }));
  }

  start(periodMs: number): void {
    this.timer = everyTick(this.ports.clock, periodMs, () => this.work());
  }

  stop(): void {
    this.timer?.cancel();
    this.groups.clear();
  }

  /** Compares everything that the group has registered with what is on disk. */
  scan(group: GroupId): void {
    const chunks: GroupChunks = { missing: new Map(), scanned: false };
    this.groups.set(group, chunks);
    void this.scanPages(group, chunks);
  }

  forget(group: GroupId): void {
    this.groups.delete(group);
  }

  registered(group: GroupId, name: ChunkName, size: number): void {
    if (this.ports.chunks.size(name) !== undefined) return;
    this.want(group, name, size, this.delayMs);
  }

  deleted(group: GroupId, name: ChunkName): void {
    this.groups.get(group)?.missing.delete(name);
    this.ports.chunks.remove(name);
  }

  /** A copy here turned out to be damaged: it goes, and another one is fetched. */
  damaged(group: GroupId, name: ChunkName, size: number): void {
    this.ports.chunks.remove(name);
    this.want(group, name, size, 0);
    this.work();
  }

  completeness(group: GroupId): Completeness {
    const chunks = this.groups.get(group);
    for (const name of chunks?.missing.keys() ?? []) {
      if (this.ports.chunks.size(name) !== undefined) chunks?.missing.delete(name);
    }
    return {
      applied: this.hooks.replica(group)?.meta.index ?? 0,
      missing: chunks?.missing.size ?? 0,
      scanned: chunks?.scanned ?? group === SYSTEM_GROUP, // (R1)
    };
  }

  missingChunks(): number {
    let count = 0;
    for (const { missing } of this.groups.values()) count += missing.size;
    return count;
  }

  private want(group: GroupId, name: ChunkName, size: number, delayMs: number): void {
    const chunks = this.groups.get(group);
    if (chunks === undefined || chunks.missing.has(name)) return;
    chunks.missing.set(name, { size, dueMs: this.ports.clock.nowMs() + delayMs, attempts: 0 });
  }

  private async scanPages(group: GroupId, chunks: GroupChunks): Promise<void> {
    let after = '';
    for (;;) {
      const replica = this.hooks.replica(group);
      if (replica === undefined || this.groups.get(group) !== chunks) return;
      const page = this.hooks.registered(replica, after, SCAN_PAGE);
      for (const { name, size } of page) {
        if (this.ports.chunks.size(name) !== size) this.want(group, name, size, 0);
      }
      this.work();
      if (page.length < SCAN_PAGE) break;
      after = page.at(-1)!.name;
      await new Promise<void>((resolve) => this.ports.clock.setTimer(0, resolve));
    }
    chunks.scanned = true;
  }

  private work(): void {
    const now = this.ports.clock.nowMs();
    for (const [group, { missing }] of this.groups) {
      for (const [name, entry] of missing) {
        if (this.running >= PARALLEL_FETCHES) return;
        if (entry.dueMs > now) continue;
        entry.dueMs = now + FETCH_TIMEOUT_MS * 2;
        this.running++;
        void this.fetch(group, name, entry).finally(() => {
          this.running--;
        });
      }
    }
  }

  private async fetch(group: GroupId, name: ChunkName, entry: Missing): Promise<void> {
    const settled = await this.tryFetch(group, name, entry.size).catch(() => false);
    if (settled) {
      this.groups.get(group)?.missing.delete(name);
      this.work();
      return;
    }
    entry.attempts++;
    entry.dueMs =
      this.ports.clock.nowMs() + Math.min(30_000, this.delayMs + 250 * 2 ** Math.min(entry.attempts, 7));
  }

  /** True when there is nothing left to fetch. */
  private async tryFetch(group: GroupId, name: ChunkName, size: number): Promise<boolean> {
    const replica = this.hooks.replica(group);
    if (replica === undefined || !this.hooks.isRegistered(replica, name)) return true;
    if (this.ports.chunks.size(name) === size) return true;
    const { voters, learners } = replica.raft.membership;
    const sources = this.ports.random.shuffle([...voters, ...learners].filter((peer) => peer !== this.self));
    for (const source of sources) {
      const found = await this.copyFrom(source, name, size).catch(() => false);
      if (!found) continue;
      // A delete that came in the meantime found nothing to remove.
      if (!this.hooks.isRegistered(replica, name)) this.ports.chunks.remove(name);
      return true;
    }
    return false;
  }

  /** False where the source has no whole copy. A disk that refuses, or a source that does not answer, throws. */
  private async copyFrom(source: NodeId, name: ChunkName, size: number): Promise<boolean> {
    const into = size <= POOLED_BYTES ? this.buffers.take() : undefined;
    const params = { name, offset: 0, length: size };
    // After a failure the memory is not used again: a late reply may still be on its way into it.
    const { result, body } = await this.ports.network.request(source, 'chunk.read', params, {
      timeoutMs: FETCH_TIMEOUT_MS,
      ...(into === undefined ? {} : { into }),
    });
    const isWhole = (result as { ok: boolean }).ok && body.length === size;
    if (isWhole) await this.ports.chunks.write(name, body);
    if (isWhole) this.receivedBytes += size;
    if (into !== undefined) this.buffers.give(into);
    return isWhole;
  }
}
