import { invariant } from '@crescendo/base';
import {
  type ChangeResult,
  type Entry,
  type LogEnd,
  type MembershipChange,
  type PeerId,
  Raft,
  type SnapshotMark,
} from '@crescendo/raft';
import type { GroupId } from '../group.ts';
import type { GroupLog } from '../ports/log-store.ts';
import type { KvReader, KvWriter } from '../ports/state-store.ts';
import type { GroupEffect, GroupMachine } from './group-machine.ts';
import type { Codec } from './ports.ts';
import { type ReplicaMeta, readMeta, writeMeta } from './replica-meta.ts';
import { RequestTable } from './request-table.ts';

/**
 * One group's replica on this node: the raft machine, the applied state, and those who wait for either. It knows no
 * network and no disk; the group host moves its messages and bytes.
 *
 * (G1) Entries are applied once, in order: the applied index is written in the transaction that applies.
 * (G2) A proposal's promise settles exactly once: applied, or not known (leadership was lost meanwhile).
 * (G3) Queries run on a state that held everything acknowledged before they were asked (read index).
 * (G4) A target's number is logged before a leader acts on the target: whoever leads later knows it, and acts on no older one.
 */

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  /** `lost`: it may have been applied or not; ask again with the same request id. */
  | { readonly ok: false; readonly reason: 'notLeader' | 'overloaded' | 'lost' };

interface Waiter {
  readonly term: number;
  settle(outcome: Outcome<unknown>): void;
}

interface PendingRead {
  /** Set once a majority has confirmed it. */
  index?: number;
  settle(confirmed: boolean): void;
}

interface LoggedCommand {
  readonly id: string;
  readonly at: number;
  readonly c: unknown;
}

interface LoggedTarget {
  readonly at: number;
  readonly generation: number;
}

export interface ReplicaSettings {
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  readonly random: () => number;
}

export interface ReplicaOptions {
  readonly self: PeerId;
  readonly group: GroupId;
  readonly machine: GroupMachine;
  readonly codec: Codec;
  readonly kv: KvReader;
  readonly log: GroupLog;
  readonly forgotten?: LogEnd;
  readonly settings: ReplicaSettings;
  /** Calls back when the replica has work for the host. */
  readonly wakeHost: () => void;
}

export class GroupReplica {
  readonly group: GroupId;
  readonly machine: GroupMachine;
  readonly kv: KvReader;
  readonly raft: Raft;
  meta: ReplicaMeta;
  /** While a snapshot is being put in place nothing is taken from raft. */
  frozen = false;
  private readonly codec: Codec;
  private readonly wakeHost: () => void;
  private readonly requests: RequestTable;
  private readonly waiters = new Map<number, Waiter>();
  private readonly inFlight = new Map<string, Promise<Outcome<unknown>>>();
  private readonly reads = new Map<number, PendingRead>();
  private nextRead = 1;
  /** Newest index that raft has given out: it is told of no more, although an installed state may be ahead. */
  private handed: number;

  constructor(options: ReplicaOptions) {
    const { log, kv, settings } = options;
    this.group = options.group;
    this.machine = options.machine;
    this.kv = kv;
    this.codec = options.codec;
    this.wakeHost = options.wakeHost;
    this.meta = readMeta(kv, this.codec) ?? initialMeta(log);
    this.requests = new RequestTable(this.codec);
    this.requests.load(kv);
    this.handed = this.meta.index;
    this.raft = new Raft({
      self: options.self,
      log,
      hardState: log.hardState,
      ...(options.forgotten === undefined ? {} : { forgotten: options.forgotten }),
      // A crash may have come between an installed state and the log that starts anew behind it: the log is then too short, or
      // holds a tail that others have overwritten.
      snapshot: log.term(this.meta.index) === this.meta.term ? log.snapshot : this.snapshotMark(),
      applied: Math.max(this.meta.index, log.snapshot.index),
      electionTicks: settings.electionTicks,
      heartbeatTicks: settings.heartbeatTicks,
      maxAppendBytes: 1024 * 1024,
      maxInflightAppends: 32,
      maxUncommittedBytes: 16 * 1024 * 1024,
      random: settings.random,
    });
  }

  /** Logs a command once, whatever number of times it is asked for under one id, and gives its result. */
  execute(id: string, command: unknown, wallMs: number): Promise<Outcome<unknown>> {
    const known = this.requests.find(this.kv, id);
    if (known !== undefined) return Promise.resolve({ ok: true, value: known.result });
    const running = this.inFlight.get(id);
    if (running !== undefined) return running;
    const outcome = this.propose(this.codec.encode({ v: 1, id, at: wallMs, c: command })).finally(() => {
      this.inFlight.delete(id);
    });
    this.inFlight.set(id, outcome);
    return outcome;
  }

  /** Logs that the group's leader acts on this target from now on. (G4) */
  noteTarget(generation: number, wallMs: number): Promise<Outcome<unknown>> {
    return this.propose(this.codec.encode({ v: 1, at: wallMs, generation }));
  }

  /** True in a leader that has applied all that was committed before its term. */
  get knowsThePast(): boolean {
    return this.raft.role === 'leader' && this.meta.term === this.raft.term;
  }

  private propose(data: Uint8Array): Promise<Outcome<unknown>> {
    const proposed = this.raft.propose(data);
    this.wakeHost();
    if (!proposed.ok) {
      return Promise.resolve({
        ok: false,
        reason: proposed.reason === 'overloaded' ? 'overloaded' : 'notLeader',
      });
    }
    return new Promise((settle) => {
      this.waiters.get(proposed.index)?.settle({ ok: false, reason: 'lost' });
      this.waiters.set(proposed.index, { term: proposed.term, settle });
    });
  }

  /** Tells true when the applied state holds every command acknowledged before the call; false when this is not the leader. */
  confirmRead(settle: (confirmed: boolean) => void): void {
    const context = this.nextRead++;
    const asked = this.raft.readIndex(context);
    this.wakeHost();
    if (asked) this.reads.set(context, { settle });
    else settle(false);
  }

  changeMembership(change: MembershipChange): ChangeResult {
    const result = this.raft.changeMembership(change);
    this.wakeHost();
    return result;
  }

  /** Applies committed entries inside the caller's transaction. Call `afterApply` once it is through. */
  apply(kv: KvWriter, entries: readonly Entry[]): AppliedBatch {
    const batch: AppliedBatch = { results: [], effects: [], membershipChanged: false };
    let meta = this.meta;
    this.handed = Math.max(this.handed, entries.at(-1)?.index ?? 0);
    for (const entry of entries) {
      if (entry.index <= meta.index) continue;
      invariant(entry.index === meta.index + 1, `group ${this.group}: gap before entry ${entry.index}`); // (G1)
      meta = { ...meta, index: entry.index, term: entry.term };
      if (entry.type === 'membership') {
        meta = { ...meta, membership: entry.membership };
        batch.membershipChanged = true;
      } else if (entry.type === 'command') {
        meta = this.applyCommand(kv, meta, entry.data, batch);
      }
    }
    writeMeta(kv, this.codec, meta);
    this.meta = meta;
    return batch;
  }

  private applyCommand(kv: KvWriter, meta: ReplicaMeta, data: Uint8Array, batch: AppliedBatch): ReplicaMeta {
    const envelope = this.codec.decode(data) as LoggedCommand | LoggedTarget;
    const at = Math.max(envelope.at, meta.at);
    if ('generation' in envelope) {
      batch.results.push({ index: meta.index, term: meta.term, result: null });
      return { ...meta, at, generation: Math.max(envelope.generation, meta.generation ?? 0) };
    }
    const known = this.requests.find(kv, envelope.id);
    let result = known?.result;
    if (known === undefined) {
      const context = { index: meta.index, timestampMs: at, membership: meta.membership };
      const applied = this.machine.apply(kv, context, envelope.c);
      result = applied.result;
      batch.effects.push(...applied.effects);
      this.requests.add(kv, envelope.id, at, meta.index, result);
    }
    batch.results.push({ index: meta.index, term: meta.term, result });
    return { ...meta, at };
  }

  afterApply(batch: AppliedBatch): void {
    for (const { index, term, result } of batch.results) {
      const waiter = this.waiters.get(index);
      if (waiter === undefined) continue;
      this.waiters.delete(index);
      waiter.settle(waiter.term === term ? { ok: true, value: result } : { ok: false, reason: 'lost' });
    }
    this.raft.applied(Math.min(this.meta.index, this.handed));
    this.settleReads();
  }

  readsConfirmed(reads: readonly { readonly context: number; readonly index: number }[]): void {
    for (const { context, index } of reads) {
      const read = this.reads.get(context);
      if (read !== undefined) read.index = index;
    }
    this.settleReads();
  }

  readsLost(contexts: readonly number[]): void {
    for (const context of contexts) {
      this.reads.get(context)?.settle(false);
      this.reads.delete(context);
    }
  }

  private settleReads(): void {
    for (const [context, read] of this.reads) {
      if (read.index === undefined || read.index > this.meta.index) continue;
      this.reads.delete(context);
      read.settle(true); // (G3)
    }
  }

  /** (G2) After a loss of leadership nothing waits for an entry that somebody else may overwrite. */
  abandonWaiters(): void {
    for (const waiter of this.waiters.values()) waiter.settle({ ok: false, reason: 'lost' });
    this.waiters.clear();
    for (const read of this.reads.values()) read.settle(false);
    this.reads.clear();
  }

  /** The host has put a peer's state in place of ours. */
  restored(mark: SnapshotMark): void {
    const meta = readMeta(this.kv, this.codec);
    invariant(
      meta !== undefined && meta.index === mark.index,
      `group ${this.group}: restored state lacks its mark`,
    );
    this.meta = meta;
    this.machine.replaced?.();
    this.requests.load(this.kv);
    // When raft declines (it leads, or thinks so), it gives out entries that are in the state already: they are skipped.
    if (this.raft.restore(mark)) this.handed = Math.max(this.handed, mark.index);
    this.settleReads();
  }

  snapshotMark(): SnapshotMark {
    return { index: this.meta.index, term: this.meta.term, membership: this.meta.membership };
  }
}

export interface AppliedBatch {
  readonly results: { readonly index: number; readonly term: number; readonly result: unknown }[];
  readonly effects: GroupEffect[];
  membershipChanged: boolean;
}

function initialMeta(log: GroupLog): ReplicaMeta {
  const { index, term, membership } = log.snapshot;
  // A state that is missing behind a compacted log can't be applied to: the replica waits for a snapshot at index 0.
  return index === 0 ? { index: 0, term: 0, membership, at: 0 } : { index, term, membership, at: 0 };
}
