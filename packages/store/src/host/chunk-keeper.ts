import { type Timer, utf8 } from '@crescendo/base';
import type { GroupId } from '../group.ts';
import { partitionGroup, SYSTEM_GROUP } from '../group.ts';
import { BufferPool } from '../objects/gateway/buffer-pool.ts';
import { CHUNK_BYTES } from '../objects/limits.ts';
import type { ChunkInfo } from '../objects/query.ts';
import type { PartitionCounters } from '../objects/state/counters.ts';
import type { ChunkName, ChunkRead } from '../ports/chunk-store.ts';
import type { NodeId } from '../ports/network.ts';
import { ChunkRepair } from './chunk-repair.ts';
import { ChunkWriter } from './chunk-writer.ts';
import type { GroupHost } from './group-host.ts';
import type { GroupEffect } from './group-machine.ts';
import type { GroupReplica } from './group-replica.ts';
import { partitionOfName } from './partition-of-name.ts';
import type { StoreNodePorts } from './ports.ts';
import type { StoreTiming } from './store-node-options.ts';

/**
 * The chunks of one node: writes those of the partitions it leads, answers reads of what is on its disk, and keeps that disk as
 * the logs say: fetches what is missing, removes what is deleted, reads everything again now and then (scrub).
 *
 * (K1) A file that no log has registered is removed only after it was seen so for `STRAY_MS`: it may be
 *      on its way to being registered.
 */
const REPAIR_PERIOD_MS = 250;
const STRAY_MS = 3_600_000;
/** Gateways read in pieces of this size. */
const PIECE_BYTES = 512 * 1024;

export class ChunkKeeper {
  readonly writer: ChunkWriter;
  readonly repair: ChunkRepair;
  readonly counters = { scrubbed: 0, damaged: 0, strays: 0 };
  private readonly ports: StoreNodePorts;
  private readonly host: GroupHost;
  private readonly timing: StoreTiming;
  private readonly partitionCount: () => number;
  /** Memory for what peers read. */
  private readonly pieces = new BufferPool(PIECE_BYTES, (size) => new Uint8Array(size));
  private readonly wholes = new BufferPool(CHUNK_BYTES, (size) => new Uint8Array(size));
  private readonly strays = new Map<ChunkName, number>();
  private scrubbing: Iterator<ChunkName> | undefined;
  private timer: Timer | undefined;
  private stopped = false;

  constructor(
    ports: StoreNodePorts,
    self: NodeId,
    host: GroupHost,
    timing: StoreTiming,
    partitionCount: () => number,
  ) {
    this.ports = ports;
    this.host = host;
    this.timing = timing;
    this.partitionCount = partitionCount;
    this.writer = new ChunkWriter(ports, self);
    this.repair = new ChunkRepair(ports, self, timing.fetchDelayMs, {
      replica: (group) => host.replicas.get(group),
      registered: (replica, after, limit) => this.page(replica, after, limit),
      isRegistered: (replica, name) => this.info(replica, name) !== undefined,
    });
    ports.network.onRequest('chunk.read', async (_from, params) => {
      const { name, offset, length } = params as { name: ChunkName; offset: number; length: number };
      const pool = length > PIECE_BYTES ? this.wholes : this.pieces;
      const buffer = pool.take();
      const read = await this.read(name, offset, length, buffer);
      if (read.ok) return { result: { ok: true }, body: read.bytes, sent: () => pool.give(buffer) };
      pool.give(buffer);
      return { result: read };
    });
  }

  start(): void {
    this.repair.start(REPAIR_PERIOD_MS);
    this.scheduleScrub();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
    this.repair.stop();
  }

  /** A copy that turns out to be damaged is replaced from another member. */
  async read(name: ChunkName, offset: number, length: number, into?: Uint8Array): Promise<ChunkRead> {
    if (this.ports.chunks.size(name) === undefined) return { ok: false, reason: 'missing' };
    const read = await this.ports.chunks.read(name, offset, length, into);
    if (!read.ok && read.reason === 'damaged') this.replace(name);
    return read;
  }

  applied(group: GroupId, effect: GroupEffect): void {
    if (effect.type === 'chunkRegistered') this.repair.registered(group, effect.name, effect.size);
    else if (effect.type === 'chunkDeleted') this.repair.deleted(group, effect.name);
  }

  /** Removes the files of a replica that has moved away. */
  discard(replica: GroupReplica): void {
    if (replica.group === SYSTEM_GROUP) return;
    for (let after = ''; ; ) {
      const page = this.page(replica, after, 1_000);
      for (const { name } of page) this.ports.chunks.remove(name);
      if (page.length < 1_000) return;
      after = page.at(-1)!.name;
    }
  }

  /** Bytes of one whole replica: its registered chunks and its inline objects. */
  replicaBytes(replica: GroupReplica): number {
    if (replica.group === SYSTEM_GROUP) return 0;
    const stats = replica.machine.query(replica.kv, { type: 'stats' }) as { ok: true } & PartitionCounters;
    return stats.chunkBytes + stats.inlineBytes;
  }

  private page(replica: GroupReplica, after: ChunkName, limit: number): readonly ChunkInfo[] {
    const page = replica.machine.query(replica.kv, { type: 'chunkPage', after, limit }) as {
      chunks: readonly ChunkInfo[];
    };
    return page.chunks;
  }

  private info(replica: GroupReplica, name: ChunkName): ChunkInfo | undefined {
    return (replica.machine.query(replica.kv, { type: 'chunkInfo', name }) as { chunk?: ChunkInfo }).chunk;
  }

  private replicaOf(name: ChunkName): GroupReplica | undefined {
    const partition = partitionOfName(this.ports.sha1(utf8(name)), this.partitionCount());
    return this.host.replicas.get(partitionGroup(partition));
  }

  private replace(name: ChunkName): void {
    const replica = this.replicaOf(name);
    const info = replica === undefined ? undefined : this.info(replica, name);
    this.counters.damaged++;
    this.ports.report({
      level: 'warn',
      event: 'damaged chunk',
      detail: { name, registered: info !== undefined },
    });
    if (replica !== undefined && info !== undefined) this.repair.damaged(replica.group, name, info.size);
    else this.ports.chunks.remove(name);
  }

  private scheduleScrub(): void {
    this.timer = this.ports.clock.setTimer(this.timing.scrubPauseMs, () => {
      void this.scrubNext().finally(() => {
        if (!this.stopped) this.scheduleScrub();
      });
    });
  }

  /** Reads the next chunk of the disk, whatever the logs say of it. */
  private async scrubNext(): Promise<void> {
    this.scrubbing ??= this.ports.chunks.names()[Symbol.iterator]();
    const next = this.scrubbing.next();
    if (next.done === true) {
      this.scrubbing = undefined;
      return;
    }
    const name = next.value;
    const replica = this.replicaOf(name);
    if (replica === undefined || this.info(replica, name) === undefined) this.noticeStray(name);
    else this.strays.delete(name);
    this.counters.scrubbed++;
    if ((await this.ports.chunks.verify(name)) === 'damaged') this.replace(name);
  }

  /** (K1) */
  private noticeStray(name: ChunkName): void {
    const now = this.ports.clock.nowMs();
    const since = this.strays.get(name);
    if (since === undefined) {
      if (this.strays.size < 100_000) this.strays.set(name, now);
    } else if (now - since > STRAY_MS) {
      this.strays.delete(name);
      this.counters.strays++;
      this.ports.chunks.remove(name);
    }
  }
}
