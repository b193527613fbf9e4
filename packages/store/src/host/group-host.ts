import { type Clock, messageOf, type Timer } from '@crescendo/base';
import type { Entry, Envelope, LogEnd, Message, PersistToken } from '@crescendo/raft';
import type { GroupId } from '../group.ts';
import type { LogWrite } from '../ports/log-store.ts';
import type { NodeId } from '../ports/network.ts';
import type { GroupEffect, GroupMachine } from './group-machine.ts';
import { type AppliedBatch, GroupReplica, type ReplicaSettings } from './group-replica.ts';
import type { StoreNodePorts } from './ports.ts';

/**
 * All raft groups of one node: ticks them, carries their messages, makes their logs durable together and applies what is
 * committed in one transaction. It does not know what the groups are about.
 *
 * (M1) Order of every batch: messages that may go at once, the log, then messages that promise durability, then apply.
 * (M2) Groups share flushes: what becomes ready while a flush is under way goes into the next one.
 * (M3) A failed log write is final: nothing may be promised after it, so the node stops.
 */
export interface GroupHostHooks {
  machineOf(group: GroupId): GroupMachine;
  /** A message for a group that is not here. The hook may create it (`create`) and is then asked no more. */
  unknownGroup(group: GroupId, from: NodeId, message: Message): void;
  applied(replica: GroupReplica, effects: readonly GroupEffect[], membershipChanged: boolean): void;
  leadershipChanged(replica: GroupReplica): void;
  snapshotNeeded(replica: GroupReplica, to: NodeId): void;
  /** The log can't be written any more. */
  failed(cause: unknown): void;
}

interface Batch {
  readonly replica: GroupReplica;
  readonly send: readonly Envelope[];
  readonly persist: PersistToken | undefined;
}

export class GroupHost {
  readonly replicas = new Map<GroupId, GroupReplica>();
  /** Sent since the start; a sleeping group sends none. */
  readonly counters = { messages: 0, heartbeats: 0 };
  private readonly ports: StoreNodePorts;
  private readonly self: NodeId;
  private readonly settings: ReplicaSettings;
  private readonly hooks: GroupHostHooks;
  private readonly dirty = new Set<GroupReplica>();
  private readonly roles = new Map<GroupReplica, string>();
  private scheduled = false;
  private stopped = false;
  private lastWrite: Promise<void> = Promise.resolve();
  private outstanding = 0;
  private timer: Timer | undefined;
  private readonly appendedBytes = new Map<GroupId, number>();
  private readonly nextTurn: (work: () => void) => void;
  private readonly work = (): void => this.process();

  constructor(ports: StoreNodePorts, self: NodeId, settings: ReplicaSettings, hooks: GroupHostHooks) {
    this.ports = ports;
    this.self = self;
    this.settings = settings;
    this.hooks = hooks;
    this.nextTurn = ports.nextTurn ?? afterCallbacks;
    ports.network.onMessage('raft', (from, message) => this.receive(from, message));
  }

  start(tickMs: number): void {
    this.timer = everyTick(this.ports.clock, tickMs, () => this.tick());
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
    for (const replica of this.replicas.values()) replica.abandonWaiters();
  }

  /** Resolves when everything written so far is durable. */
  idle(): Promise<void> {
    return this.lastWrite;
  }

  /** Opens a group that is in the log store. */
  /** @param forgotten the end of the log that was given up here before, if one was */
  open(group: GroupId, forgotten?: LogEnd): GroupReplica {
    const log = this.ports.log.group(group);
    if (log === undefined) throw new Error(`group ${group} has no log on this node`);
    const replica: GroupReplica = new GroupReplica({
      self: this.self,
      group,
      machine: this.hooks.machineOf(group),
      codec: this.ports.codec,
      kv: this.ports.state.reader(group),
      log,
      ...(forgotten === undefined ? {} : { forgotten }),
      settings: this.settings,
      wakeHost: () => this.touch(replica),
    });
    this.replicas.set(group, replica);
    this.touch(replica);
    return replica;
  }

  /** Forgets a group here; its log and state go with it. */
  remove(group: GroupId): void {
    this.close(group);
    this.ports.log.remove(group);
    this.ports.state.clear(group);
  }

  /** Stops a replica and leaves what it has on disk. */
  close(group: GroupId): void {
    const replica = this.replicas.get(group);
    if (replica === undefined) return;
    this.replicas.delete(group);
    this.dirty.delete(replica);
    this.roles.delete(replica);
    replica.abandonWaiters();
  }

  leads(group: GroupId): boolean {
    return this.replicas.get(group)?.raft.role === 'leader';
  }

  /** Marks a replica as having something to do; the work is done in the next turn, with that of all others. */
  touch(replica: GroupReplica): void {
    this.dirty.add(replica);
    if (this.scheduled || this.stopped) return;
    this.scheduled = true;
    this.nextTurn(this.work);
  }

  private tick(): void {
    for (const replica of this.replicas.values()) {
      if (replica.raft.asleep) continue;
      replica.raft.tick();
      this.touch(replica);
    }
  }

  private receive(from: NodeId, payload: unknown): void {
    const [group, message] = payload as [GroupId, Message];
    let replica = this.replicas.get(group);
    if (replica === undefined) {
      this.hooks.unknownGroup(group, from, message);
      replica = this.replicas.get(group);
      if (replica === undefined) return;
    }
    replica.raft.step(from, message);
    this.touch(replica);
  }

  private process(): void {
    this.scheduled = false;
    if (this.stopped) return;
    const replicas = [...this.dirty];
    this.dirty.clear();
    const writes: LogWrite[] = [];
    const batches: Batch[] = [];
    const toApply: { replica: GroupReplica; entries: readonly Entry[] }[] = [];
    for (const replica of replicas) this.collect(replica, writes, batches, toApply);
    this.persist(writes, batches);
    this.apply(toApply);
    for (const replica of replicas) this.noticeRole(replica);
  }

  private collect(
    replica: GroupReplica,
    writes: LogWrite[],
    batches: Batch[],
    toApply: { replica: GroupReplica; entries: readonly Entry[] }[],
  ): void {
    if (replica.frozen || !replica.raft.hasReady()) return;
    const ready = replica.raft.takeReady();
    this.send(replica, ready.sendNow); // (M1)
    if (ready.persist !== undefined) {
      const { hardState, snapshot, entries } = ready;
      writes.push({
        group: replica.group,
        entries,
        ...(hardState === undefined ? {} : { hardState }),
        ...(snapshot === undefined ? {} : { snapshot }),
      });
      this.countAppended(replica.group, entries);
    }
    if (ready.persist !== undefined || ready.sendAfterPersist.length > 0) {
      batches.push({ replica, send: ready.sendAfterPersist, persist: ready.persist });
    }
    if (ready.committed.length > 0) toApply.push({ replica, entries: ready.committed });
    replica.readsConfirmed(ready.reads);
    replica.readsLost(ready.readsLost);
    for (const to of ready.snapshotsNeeded) this.hooks.snapshotNeeded(replica, to);
    if (replica.raft.hasReady()) this.touch(replica);
  }

  private send(replica: GroupReplica, envelopes: readonly Envelope[]): void {
    for (const { to, message } of envelopes) {
      this.ports.network.send(to, 'raft', [replica.group, message]);
      this.counters.messages++;
      if (message.type === 'heartbeat' || message.type === 'heartbeatResponse') this.counters.heartbeats++;
    }
  }

  private persist(writes: readonly LogWrite[], batches: readonly Batch[]): void {
    if (batches.length === 0) return;
    if (writes.length === 0 && this.outstanding === 0) {
      this.settle(batches);
      return;
    }
    this.outstanding++;
    const written = writes.length === 0 ? this.lastWrite : this.ports.log.write(writes);
    this.lastWrite = Promise.all([this.lastWrite, written]).then(
      () => {
        this.outstanding--;
        this.settle(batches);
      },
      (cause: unknown) => this.fail(cause), // (M3)
    );
  }

  private settle(batches: readonly Batch[]): void {
    if (this.stopped) return;
    for (const { replica, send, persist } of batches) {
      if (this.replicas.get(replica.group) !== replica) continue;
      this.send(replica, send);
      if (persist !== undefined) replica.raft.persisted(persist);
      this.touch(replica);
    }
  }

  private fail(cause: unknown): void {
    if (this.stopped) return;
    this.ports.report({ level: 'error', event: 'log write failed', detail: { cause: messageOf(cause) } });
    this.stop();
    this.hooks.failed(cause);
  }

  private apply(
    work: readonly { readonly replica: GroupReplica; readonly entries: readonly Entry[] }[],
  ): void {
    if (work.length === 0) return;
    const done: { replica: GroupReplica; batch: AppliedBatch }[] = [];
    this.ports.state.write((writer) => {
      for (const { replica, entries } of work) {
        done.push({ replica, batch: replica.apply(writer(replica.group), entries) });
      }
    });
    for (const { replica, batch } of done) {
      replica.afterApply(batch);
      this.hooks.applied(replica, batch.effects, batch.membershipChanged);
      this.touch(replica);
    }
  }

  private noticeRole(replica: GroupReplica): void {
    const now = `${replica.raft.role} ${replica.raft.leader} ${replica.raft.term}`;
    const before = this.roles.get(replica);
    if (before === now) return;
    this.roles.set(replica, now);
    if (before?.startsWith('leader ') === true && replica.raft.role !== 'leader') replica.abandonWaiters();
    this.hooks.leadershipChanged(replica);
  }

  private countAppended(group: GroupId, entries: readonly Entry[]): void {
    let bytes = this.appendedBytes.get(group) ?? 0;
    for (const entry of entries) bytes += 32 + (entry.type === 'command' ? entry.data.length : 100);
    this.appendedBytes.set(group, bytes);
  }

  /** Groups whose log has grown by more than `bytes` since their last compaction. */
  grownLogs(bytes: number): GroupReplica[] {
    return [...this.replicas.values()].filter(
      (replica) => (this.appendedBytes.get(replica.group) ?? 0) > bytes,
    );
  }

  compacted(group: GroupId): void {
    this.appendedBytes.set(group, 0);
  }
}

function afterCallbacks(work: () => void): void {
  void Promise.resolve().then(work);
}

/** Calls `work` every `periodMs` until cancelled. */
export function everyTick(clock: Clock, periodMs: number, work: () => void): Timer {
  let timer: Timer;
  let cancelled = false;
  const next = (): void => {
    timer = clock.setTimer(periodMs, () => {
      if (cancelled) return;
      next();
      work();
    });
  };
  next();
  return {
    cancel: () => {
      cancelled = true;
      timer.cancel();
    },
  };
}
