import { Deadlines } from '@crescendo/base';
import type { GroupId } from '../group.ts';
import type { Loan } from '../ports/loan.ts';
import type { NodeId } from '../ports/network.ts';
import type { GroupHint } from './group-directory.ts';
import type { GroupHost } from './group-host.ts';
import type { GroupReplica, Outcome } from './group-replica.ts';
import type { StoreNodePorts } from './ports.ts';

/**
 * What a node answers for the groups that it leads: commands, queries and chunk writes. A node that does not lead says so
 * and names whom it believes to.
 */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly reason: 'notLeader' | 'overloaded' | 'lost' | 'absent' | 'full';
      readonly hint?: GroupHint;
    };

export interface ExecuteParams {
  readonly group: GroupId;
  readonly id: string;
  readonly command: unknown;
  /** A node that was named as the leader and denied it: a sleeping follower wakes up and looks for another. */
  readonly denied?: NodeId;
}

export interface QueryParams {
  readonly groups: readonly GroupId[];
  readonly query: unknown;
  readonly denied?: NodeId;
}

export interface ChunkWriteParams {
  readonly group: GroupId;
  readonly id: string;
  readonly name: string;
  readonly owner: number;
}

/** How long a read waits for its majority and for the state to follow. */
const READ_TIMEOUT_MS = 3_000;
const FULL_LOOK_MS = 200;
/** The disk is this far behind: new commands have to wait. */
const MAX_PENDING_BYTES = 96 * 1024 * 1024;

export interface GroupServiceHooks {
  writeChunk(replica: GroupReplica, params: ChunkWriteParams, bytes: Uint8Array, loan: Loan): Promise<void>;
}

export class GroupService {
  private readonly ports: StoreNodePorts;
  private readonly host: GroupHost;
  private readonly hooks: GroupServiceHooks;
  private full = false;
  private fullUntilMs = -Infinity;
  /** Reads that wait for their majority: how to tell them that it is too late. */
  private readonly reads: Deadlines<(confirmed: boolean | undefined) => void>;
  readonly counters = { executed: 0, queried: 0, chunksWritten: 0 };

  constructor(ports: StoreNodePorts, host: GroupHost, hooks: GroupServiceHooks) {
    this.ports = ports;
    this.host = host;
    this.hooks = hooks;
    this.reads = new Deadlines(ports.clock, (resolve) => resolve(undefined));
    const { network } = ports;
    network.onRequest('group.execute', async (_from, params) => ({
      result: await this.execute(params as ExecuteParams),
    }));
    network.onRequest('group.query', async (_from, params) => ({
      result: await this.query(params as QueryParams),
    }));
    network.onRequest('group.hint', async (_from, params) => ({
      result: this.hint((params as { group: GroupId }).group),
    }));
    network.onRequest(
      'chunk.write',
      async (_from, params, body, loan) => ({
        result: await this.writeChunk(params as ChunkWriteParams, body, loan),
      }),
      { lent: true },
    );
  }

  async execute({ group, id, command, denied }: ExecuteParams): Promise<Answer<unknown>> {
    const replica = this.leading(group, denied);
    if (!('raft' in replica)) return replica;
    if (replica.machine.grows(command) && this.isFull()) return { ok: false, reason: 'full' };
    if ((this.ports.state.pendingBytes?.() ?? 0) > MAX_PENDING_BYTES)
      return { ok: false, reason: 'overloaded' };
    this.counters.executed++;
    return this.withHint(replica, await replica.execute(id, command, this.ports.clock.wallMs()));
  }

  /** Looked up a few times a second at most: it asks the system. */
  private isFull(): boolean {
    const now = this.ports.clock.nowMs();
    if (now >= this.fullUntilMs) {
      this.full = this.ports.chunks.usage().full;
      this.fullUntilMs = now + FULL_LOOK_MS;
    }
    return this.full;
  }

  async query({ groups, query, denied }: QueryParams): Promise<Answer<unknown>[]> {
    if (groups.length === 1) return [await this.queryOne(groups[0]!, query, denied)];
    return Promise.all(groups.map((group) => this.queryOne(group, query, denied)));
  }

  async queryOne(group: GroupId, query: unknown, denied?: NodeId): Promise<Answer<unknown>> {
    const replica = this.leading(group, denied);
    if (!('raft' in replica)) return replica;
    this.counters.queried++;
    const confirmed = await this.confirm(replica);
    if (confirmed !== true)
      return { ok: false, reason: confirmed === false ? 'notLeader' : 'lost', ...this.hintOf(replica) };
    return { ok: true, value: replica.machine.query(replica.kv, query) };
  }

  async writeChunk(params: ChunkWriteParams, bytes: Uint8Array, loan: Loan): Promise<Answer<null>> {
    const replica = this.leading(params.group);
    if (!('raft' in replica)) return replica;
    this.counters.chunksWritten++;
    await this.hooks.writeChunk(replica, params, bytes, loan);
    return { ok: true, value: null };
  }

  hint(group: GroupId): GroupHint | null {
    const replica = this.host.replicas.get(group);
    return replica === undefined ? null : hintOf(replica);
  }

  private leading(group: GroupId, denied?: NodeId): GroupReplica | Answer<never> {
    const replica = this.host.replicas.get(group);
    if (replica === undefined) return { ok: false, reason: 'absent' };
    if (replica.raft.role === 'leader') return replica;
    if (denied !== undefined && replica.raft.leader === denied) replica.raft.wake();
    return { ok: false, reason: 'notLeader', hint: hintOf(replica) };
  }

  private withHint(replica: GroupReplica, outcome: Outcome<unknown>): Answer<unknown> {
    return outcome.ok ? outcome : { ...outcome, ...this.hintOf(replica) };
  }

  private hintOf(replica: GroupReplica): { hint: GroupHint } {
    return { hint: hintOf(replica) };
  }

  /** undefined when neither a majority nor the loss of leadership answers in time. */
  private confirm(replica: GroupReplica): Promise<boolean | undefined> {
    return new Promise((resolve) => {
      this.reads.add(resolve, READ_TIMEOUT_MS);
      replica.confirmRead((confirmed) => {
        if (this.reads.remove(resolve)) resolve(confirmed);
      });
    });
  }
}

function hintOf(replica: GroupReplica): GroupHint {
  const { membership, leader } = replica.raft;
  return {
    epoch: membership.epoch,
    members: [...membership.voters, ...membership.learners],
    leader: leader ?? undefined,
  };
}
