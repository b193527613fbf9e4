import { concatBytes, utf8 } from '@crescendo/base';
import type { HardState, LogEnd, Membership, Message, SnapshotMark } from '@crescendo/raft';
import type { GroupId } from '../group.ts';
import type { NodeId } from '../ports/network.ts';
import type { ChunkRepair } from './chunk-repair.ts';
import type { GroupHost } from './group-host.ts';
import type { GroupReplica } from './group-replica.ts';
import type { StoreNodePorts } from './ports.ts';
import { readMeta, writeMeta } from './replica-meta.ts';
import { type MembershipWord, mayRetire, membershipWord } from './retirement.ts';
import { isStagingGroup, SnapshotReceiver, SnapshotSender } from './snapshot-transfer.ts';
import { LOCAL_GROUP } from './system-view.ts';

/**
 * How groups come to a node's disk, come back after a start or a loss, and go.
 *
 * (L1) A group is created from nothing in two cases only: as a founder, once in the life of the disk, or empty and without a voice
 *      when a leader speaks to this node (it is a learner there).
 * (L2) A replica whose applied state is lost takes no part before it has taken the state from a peer.
 * (L3) A replica is deleted only on the word of a committed membership that is not older than its own and does not name it.
 * (L4) Its last term and vote stay, and the end of its log: should the group come back to this node, a late request can't get a second
 *      vote in that term, nor a candidate that lacks what this node once helped to commit.
 */
const NOBODY: Membership = { epoch: 0, voters: [], learners: [] };
const ASK_TIMEOUT_MS = 3_000;
const REBUILD_TIMEOUT_MS = 60_000;

export interface LifecycleHooks {
  /** Whether groups may be created for leaders that speak to this node. */
  readonly member: () => boolean;
  /** Nodes that may hold the group, for a replica that has lost its state. */
  peersOf(group: GroupId): readonly NodeId[];
  /** The replica has a state that was not followed so far: it was opened, or a peer's state was put in place. */
  opened(replica: GroupReplica): void;
  /** Removes what a retired replica's chunks occupy. */
  discardChunks(replica: GroupReplica): void;
}

export class GroupLifecycle {
  readonly lost = new Set<GroupId>();
  private readonly ports: StoreNodePorts;
  private readonly self: NodeId;
  private readonly host: GroupHost;
  private readonly repair: ChunkRepair;
  private readonly hooks: LifecycleHooks;
  private readonly sender: SnapshotSender;
  private readonly creating = new Set<GroupId>();
  private readonly sending = new Set<string>();
  private rebuilding = false;

  constructor(
    ports: StoreNodePorts,
    self: NodeId,
    host: GroupHost,
    repair: ChunkRepair,
    hooks: LifecycleHooks,
  ) {
    this.ports = ports;
    this.self = self;
    this.host = host;
    this.repair = repair;
    this.hooks = hooks;
    this.sender = new SnapshotSender(ports);
    new SnapshotReceiver(ports, (group, staging) => this.install(group, staging));
    ports.network.onRequest('group.sendState', async (from, params) => {
      const { group, minIndex } = params as { group: GroupId; minIndex: number };
      return { result: { index: await this.offerState(group, from, minIndex) } };
    });
    ports.network.onRequest('group.membership', async (_from, params) => {
      const replica = this.host.replicas.get((params as { group: GroupId }).group);
      return {
        result: replica === undefined ? null : membershipWord(replica.meta.membership, replica.raft.status()),
      };
    });
  }

  /** Opens everything that is on disk. */
  openAll(): void {
    for (const group of [...this.ports.state.groups()]) {
      if (isStagingGroup(group)) this.ports.state.clear(group);
    }
    for (const group of [...this.ports.log.groups()]) this.reopen(group);
  }

  /** Opens a group of the log store, or notes that its state is lost. */
  reopen(group: GroupId): void {
    const log = this.ports.log.group(group)!;
    const meta = readMeta(this.ports.state.reader(group), this.ports.codec);
    if ((meta?.index ?? 0) < log.snapshot.index) {
      this.lost.add(group); // (L2)
      this.ports.report({
        level: 'warn',
        event: 'applied state lost',
        detail: { group, rebuiltFrom: log.snapshot.index },
      });
      return;
    }
    this.open(group);
  }

  private open(group: GroupId): GroupReplica {
    const replica = this.host.open(group, this.remembered(group)?.end);
    this.hooks.opened(replica);
    return replica;
  }

  /** Creates a founders' group on this disk. The caller sees to it that this happens once. (L1) */
  async found(
    groups: readonly { readonly group: GroupId; readonly voters: readonly NodeId[] }[],
  ): Promise<void> {
    const fresh = groups.filter(({ group }) => this.ports.log.group(group) === undefined);
    // The founders' state stands at index 1, not 0: whoever joins later gets it as a snapshot, and so knows the first membership,
    // which is in no entry of the log although commands are judged by it.
    const mark = (voters: readonly NodeId[]): SnapshotMark => ({
      index: 1,
      term: 1,
      membership: { epoch: 1, voters: [...voters].sort(), learners: [] },
    });
    this.ports.state.write((writer) => {
      for (const { group, voters } of fresh)
        writeMeta(writer(group), this.ports.codec, { ...mark(voters), at: 0 });
    });
    await this.ports.state.flush();
    await this.ports.log.write(fresh.map(({ group, voters }) => ({ group, snapshot: mark(voters) })));
    for (const { group } of groups) if (!this.host.replicas.has(group)) this.open(group);
  }

  /** A leader speaks to this node about a group that is not here. (L1) */
  unknownGroup(group: GroupId, message: Message): void {
    if (message.type !== 'appendRequest' && message.type !== 'heartbeat') return;
    if (!this.hooks.member() || this.lost.has(group)) return;
    void this.createEmpty(group).catch(() => undefined);
  }

  private async createEmpty(group: GroupId): Promise<void> {
    if (this.creating.has(group) || this.host.replicas.has(group)) return;
    this.creating.add(group);
    try {
      this.ports.state.clear(group);
      const hardState = this.remembered(group)?.hardState;
      const snapshot = { index: 0, term: 0, membership: NOBODY };
      await this.ports.log.write([{ group, snapshot, ...(hardState === undefined ? {} : { hardState }) }]);
      this.open(group);
    } finally {
      this.creating.delete(group);
    }
  }

  /** Streams the state to a peer whose next entry is compacted, and tells raft how it went. */
  sendSnapshot(replica: GroupReplica, to: NodeId): void {
    const key = `${replica.group} ${to}`;
    if (this.sending.has(key)) return;
    this.sending.add(key);
    void this.sender
      .send(replica.group, to)
      .then(
        (index) => replica.raft.reportSnapshot(to, 'installed', index),
        () => replica.raft.reportSnapshot(to, 'failed', 0),
      )
      .finally(() => {
        this.sending.delete(key);
        this.host.touch(replica);
      });
  }

  private async install(group: GroupId, staging: GroupId): Promise<number> {
    if (this.lost.has(group)) return this.installLost(group, staging);
    if (!this.host.replicas.has(group)) await this.createEmpty(group);
    const replica = this.host.replicas.get(group);
    const meta = readMeta(this.ports.state.reader(staging), this.ports.codec)!;
    if (replica === undefined) throw new Error(`group ${group} can't be created here now`);
    if (replica.meta.index >= meta.index || replica.raft.role === 'leader') return replica.meta.index;
    const mark = { index: meta.index, term: meta.term, membership: meta.membership };
    // Frozen: the state is durable before raft lets the log start anew behind it.
    replica.frozen = true;
    try {
      this.ports.state.rename(staging, group);
      await this.ports.state.flush();
      replica.restored(mark);
    } finally {
      replica.frozen = false;
      this.host.touch(replica);
    }
    this.hooks.opened(replica);
    return mark.index;
  }

  private async installLost(group: GroupId, staging: GroupId): Promise<number> {
    const log = this.ports.log.group(group)!;
    const meta = readMeta(this.ports.state.reader(staging), this.ports.codec)!;
    if (meta.index < log.snapshot.index)
      throw new Error(`group ${group}: state at ${meta.index} is older than the log here`);
    this.ports.state.rename(staging, group);
    await this.ports.state.flush();
    this.lost.delete(group);
    this.reopen(group);
    return meta.index;
  }

  private async offerState(group: GroupId, to: NodeId, minIndex: number): Promise<number> {
    const replica = this.host.replicas.get(group);
    if (replica === undefined || replica.meta.index < minIndex) return -1;
    return this.sender.send(group, to);
  }

  /** Asks the peers of lost groups for their state; call it now and then. (L2) */
  async rebuildLost(): Promise<void> {
    if (this.rebuilding) return;
    this.rebuilding = true;
    try {
      await this.askForLost();
    } finally {
      this.rebuilding = false;
    }
  }

  private async askForLost(): Promise<void> {
    for (const group of [...this.lost]) {
      const minIndex = this.ports.log.group(group)?.snapshot.index ?? 0;
      for (const peer of this.hooks.peersOf(group)) {
        if (peer === this.self || !this.lost.has(group)) continue;
        await this.ports.network
          .request(peer, 'group.sendState', { group, minIndex }, { timeoutMs: REBUILD_TIMEOUT_MS })
          .catch(() => undefined);
      }
    }
  }

  /** Asks the members of groups that seem to have moved away whether this replica is still one of them. (L3) */
  async retireStrangers(
    suspects: readonly { readonly group: GroupId; readonly members: readonly NodeId[] }[],
  ): Promise<void> {
    for (const { group, members } of suspects) {
      for (const member of members) {
        const reply = await this.ports.network
          .request(member, 'group.membership', { group }, { timeoutMs: ASK_TIMEOUT_MS })
          .catch(() => undefined);
        if (reply != null && (await this.maybeRetire(group, reply.result as MembershipWord | null))) break;
      }
    }
  }

  private async maybeRetire(group: GroupId, current: MembershipWord | null): Promise<boolean> {
    const replica = this.host.replicas.get(group);
    if (replica === undefined || current === null || replica.frozen) return false;
    if (!mayRetire(this.self, replica.raft.status(), current)) return false; // (L3)
    await this.rememberVote(group, replica); // (L4)
    // A state that is being put in place meanwhile, or has been, says that the replica is wanted again.
    if (this.host.replicas.get(group) !== replica || replica.frozen) return false;
    if (!mayRetire(this.self, replica.raft.status(), current)) return false;
    this.hooks.discardChunks(replica);
    this.repair.forget(group);
    this.host.remove(group);
    this.ports.report({ level: 'info', event: 'replica retired', detail: { group, epoch: current.epoch } });
    return true;
  }

  /** (L4) */
  private async rememberVote(group: GroupId, replica: GroupReplica): Promise<void> {
    const { term, vote, votesBy: end } = replica.raft.status();
    this.ports.state.write((writer) =>
      writer(LOCAL_GROUP).put(voteKey(group), this.ports.codec.encode({ v: 2, term, vote, end })),
    );
    await this.ports.state.flush();
  }

  /** Version 1 had no end. */
  private remembered(group: GroupId): { hardState: HardState; end: LogEnd | undefined } | undefined {
    const bytes = this.ports.state.reader(LOCAL_GROUP).get(voteKey(group));
    if (bytes === undefined) return undefined;
    const { term, vote, end } = this.ports.codec.decode(bytes) as Vote;
    return { hardState: { term, vote, commit: 0 }, end };
  }
}

interface Vote {
  readonly term: number;
  readonly vote: NodeId | null;
  readonly end?: LogEnd;
}

function voteKey(group: GroupId): Uint8Array {
  return concatBytes(Uint8Array.of(0x11), utf8(group));
}
