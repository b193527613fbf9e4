import { Failure, messageOf, sleep, type Timer } from '@crescendo/base';
import { parsePosition } from '@crescendo/ring';
import { type GroupId, partitionGroup, SYSTEM_GROUP } from '../group.ts';
import { createObjectStore } from '../objects/gateway/create-object-store.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { Identity } from '../ports/identity-store.ts';
import type { NodeId } from '../ports/network.ts';
import type { MemberDetails, SystemResult } from '../system/command.ts';
import { foundCommand } from '../system/founding.ts';
import type { AdvertisedAddresses, Member, SystemState } from '../system/state.ts';
import { ChunkKeeper } from './chunk-keeper.ts';
import { Founding } from './founding.ts';
import { GroupDirectory } from './group-directory.ts';
import { everyTick, GroupHost } from './group-host.ts';
import { GroupLifecycle } from './group-lifecycle.ts';
import type { GroupReplica } from './group-replica.ts';
import { GroupRouter } from './group-router.ts';
import { GroupService } from './group-service.ts';
import { Liveness } from './liveness.ts';
import { LogCompaction } from './log-compaction.ts';
import { Maintenance } from './maintenance.ts';
import { MembershipClient } from './membership-client.ts';
import { machineOf } from './node-machines.ts';
import { PlacementLoop } from './placement-loop.ts';
import type { StoreNodePorts } from './ports.ts';
import { Recovery } from './recovery.ts';
import { RingDriver } from './ring-driver.ts';
import { StatusService } from './status-service.ts';
import type { StoreNodeOptions } from './store-node-options.ts';
import { SystemDuty } from './system-duty.ts';
import { SystemView } from './system-view.ts';

/**
 * One storage node: composes ring, groups, chunks and duties, and leads the node through its life: founding or joining, serving,
 * stopping (which is not leaving), leaving. All it knows of the world comes through its ports.
 *
 * (N1) The founders' groups are created once in the life of a disk: the identity says so before anything else happens to them.
 * (N2) A node that has left does not start again under the same identity.
 */
export interface StoreNodeEvents {
  /** The node has drained and holds nothing any more: end it. */
  left(): void;
  /** It can't go on (a log that can't be written, another node with its identity): end it. */
  failed(cause: unknown): void;
}

/** How long a view may be missing or a leader unknown before peers are asked at random. */
const REFRESH_PAUSE_MS = 500;
const STOP_TRANSFER_MS = 2_000;
const STANDING_TIMEOUT_MS = 10_000;

export class StoreNode {
  readonly store: ObjectStore;
  readonly router: GroupRouter;
  readonly status: StatusService;
  private readonly ports: StoreNodePorts;
  private readonly options: StoreNodeOptions;
  private readonly events: StoreNodeEvents;
  private identity: Identity;
  private readonly directory = new GroupDirectory();
  private readonly view: SystemView;
  private readonly host: GroupHost;
  private readonly chunks: ChunkKeeper;
  private readonly lifecycle: GroupLifecycle;
  private readonly liveness: Liveness;
  private readonly placement: PlacementLoop;
  private readonly duty: SystemDuty;
  private readonly membership: MembershipClient;
  private readonly founding: Founding;
  private readonly maintenance: Maintenance;
  private ring: RingDriver | undefined;
  private timers: Timer[] = [];
  private stopped = false;
  private refreshedMs = -Infinity;
  private foundingGroups = false;
  private isNewcomer = false;

  /** Reads what is on disk and begins to take part; `ready` tells when it serves. */
  static async open(
    ports: StoreNodePorts,
    options: StoreNodeOptions,
    events: StoreNodeEvents,
  ): Promise<StoreNode> {
    const stored = ports.identity.load();
    if (stored === undefined) throw new Failure('NoIdentity', 'The data folder has no identity.');
    if (stored.left === true) {
      throw new Failure(
        'Left',
        `Node ${stored.nodeId} has left its cluster. Start it on a new data folder to join again.`,
      ); // (N2)
    }
    const identity = { ...stored, boots: (stored.boots ?? 0) + 1 };
    await ports.identity.save(identity);
    const node = new StoreNode(ports, options, events, identity);
    node.start();
    return node;
  }

  private constructor(
    ports: StoreNodePorts,
    options: StoreNodeOptions,
    events: StoreNodeEvents,
    identity: Identity,
  ) {
    this.ports = ports;
    this.options = options;
    this.events = events;
    this.identity = identity;
    const self = identity.nodeId;
    const { timing } = options;
    this.view = new SystemView({
      network: ports.network,
      directory: this.directory,
      storage: { state: ports.state, codec: ports.codec },
      changed: (state) => this.viewChanged(state),
    });
    this.host = new GroupHost(
      ports,
      self,
      {
        electionTicks: timing.electionTicks,
        heartbeatTicks: timing.heartbeatTicks,
        random: () => ports.random.float(),
      },
      {
        machineOf: (group) => machineOf(group, () => this.partitionCount()),
        unknownGroup: (group, _from, message) => this.lifecycle.unknownGroup(group, message),
        applied: (replica, effects, membershipChanged) => this.applied(replica, effects, membershipChanged),
        leadershipChanged: (replica) => this.leadershipChanged(replica),
        snapshotNeeded: (replica, to) => this.lifecycle.sendSnapshot(replica, to),
        failed: (cause) => this.fail(cause),
      },
    );
    this.chunks = new ChunkKeeper(ports, self, this.host, timing, () => this.partitionCount());
    const service = new GroupService(ports, this.host, {
      writeChunk: (replica, { id, name, owner }, bytes) =>
        this.chunks.writer.write(replica, id, name, owner, bytes),
    });
    this.router = new GroupRouter({
      network: ports.network,
      clock: ports.clock,
      random: ports.random,
      directory: this.directory,
      sha1: (bytes) => ports.sha1(bytes),
      partitionCount: () => this.partitionCount(),
      local: {
        node: self,
        service,
        readChunk: (name, offset, length) => this.chunks.read(name, offset, length),
      },
      refresh: () => this.refresh(),
      deadlineMs: timing.deadlineMs,
    });
    this.store = createObjectStore({
      router: this.router,
      random: ports.random,
      clock: ports.clock,
      limits: options.gateway,
    });
    this.lifecycle = new GroupLifecycle(ports, self, this.host, this.chunks.repair, {
      member: () => this.identity.clusterId !== undefined,
      peersOf: (group) => this.directory.candidates(group),
      opened: (replica) => this.opened(replica),
      discardChunks: (replica) => this.chunks.discard(replica),
    });
    this.liveness = new Liveness(ports, identity.boots ?? 1, timing.silentMs, {
      peers: () => this.peers(),
      systemVersion: () => this.view.version,
      heardNewerState: (from) => void this.view.pull(from),
      silent: (peer) => this.wakeGroupsOf(peer),
      restarted: (peer) => this.wakeGroupsOf(peer),
      returned: (peer) => this.wakeGroupsWith(peer),
    });
    this.placement = new PlacementLoop(ports, self, this.host, this.chunks.repair, this.chunks.writer, {
      systemState: () => this.view.state,
      isLive: (node) => node === self || !this.liveness.isSilent(node),
    });
    this.duty = new SystemDuty(
      ports,
      self,
      { host: this.host, router: this.router, directory: this.directory, liveness: this.liveness },
      options.plan,
      {
        state: () => this.view.state,
        replicaBytes: (replica) => this.chunks.replicaBytes(replica),
        complete: (replica) => this.placement.complete(replica),
        seenGeneration: (replica) => this.placement.seenGeneration(replica.group),
        watched: () => this.liveness.watched(),
      },
    );
    new Recovery(ports, self, this.host, (group) => this.lifecycle.reopen(group));
    this.membership = new MembershipClient(ports, options, this.view, this.router, () => this.identity);
    this.founding = new Founding(ports, { nodeId: self, address: options.address }, identity);
    this.maintenance = new Maintenance(ports, this.host, this.router, options.sweep);
    this.status = new StatusService(ports, options, {
      self,
      view: this.view,
      host: this.host,
      router: this.router,
      service,
      chunks: this.chunks,
      liveness: this.liveness,
      ring: () => this.ring,
    });
  }

  get nodeId(): NodeId {
    return this.identity.nodeId;
  }

  get clusterId(): string | undefined {
    return this.identity.clusterId;
  }

  /** True once the node belongs to a cluster whose state it knows. */
  get isMember(): boolean {
    return this.identity.clusterId !== undefined && this.view.state !== undefined;
  }

  get ringDriver(): RingDriver | undefined {
    return this.ring;
  }

  /** Tells the cluster which doors are open now. */
  advertise(addresses: AdvertisedAddresses): void {
    this.membership.advertised = addresses;
    void this.membership.register().catch((cause: unknown) => this.fail(cause));
  }

  /** Where a member's doors are, as far as this node knows. */
  advertised(id: NodeId): AdvertisedAddresses {
    return this.view.member(id)?.advertised ?? {};
  }

  /** Resolves once the node stands on the ring; fails when that takes unreasonably long. */
  async standing(): Promise<void> {
    const deadline = this.ports.clock.nowMs() + STANDING_TIMEOUT_MS;
    while (this.ring?.status().phase !== 'inside') {
      if (this.ports.clock.nowMs() > deadline || this.stopped) {
        throw new Failure('NotReady', 'The node has not found its place on the ring in time.', {
          retryable: true,
        });
      }
      await sleep(this.ports.clock, 20);
    }
  }

  private start(): void {
    const { timing } = this.options;
    this.view.load();
    if (this.identity.clusterId !== undefined) this.lifecycle.openAll();
    this.host.start(timing.tickMs);
    this.liveness.start(timing.aliveMs);
    this.chunks.start();
    const compaction = new LogCompaction(this.ports, this.host);
    this.every(timing.placementMs, () => this.placement.round());
    this.every(timing.dutyMs, () => this.dutyRound());
    this.every(timing.maintenanceMs, () => this.maintenance.round());
    this.every(timing.dutyMs, () => compaction.round());
    void this.enter().catch((cause: unknown) => this.fail(cause));
  }

  /** Founding, joining, or coming back. */
  private async enter(): Promise<void> {
    if (this.identity.clusterId === undefined) {
      if (this.options.founders.length > 0 || this.identity.foundingVote !== undefined) await this.found();
      else if (this.options.join.length > 0) await this.join(this.options.join);
      return;
    }
    await this.membership.register();
  }

  private async found(): Promise<void> {
    const outcome = await this.founding.run({
      self: { nodeId: this.nodeId, address: this.options.address },
      founders: this.options.founders,
      stopped: () => this.stopped,
    });
    if (outcome === undefined || this.stopped) return;
    this.identity = { ...this.identity, ...this.founding.current() };
    if ('existing' in outcome) return this.join(this.options.founders);
    await this.beginAsFounder(
      outcome.clusterId,
      outcome.founders.map(({ nodeId }) => nodeId),
    );
  }

  private async beginAsFounder(clusterId: string, founders: readonly NodeId[]): Promise<void> {
    for (const { nodeId, address } of this.identity.foundingVote?.founders ?? [])
      this.ports.network.setAddress(nodeId, address);
    this.directory.learn(SYSTEM_GROUP, { epoch: 0, members: founders, leader: undefined });
    this.identity = { ...this.identity, clusterId };
    await this.lifecycle.found([{ group: SYSTEM_GROUP, voters: founders }]);
    await this.saveIdentity();
  }

  /** Creates a cluster of this node alone, or joins one; for nodes that were started without either. */
  async createAlone(): Promise<void> {
    if (this.identity.clusterId !== undefined) return;
    const outcome = await this.founding.run({
      self: { nodeId: this.nodeId, address: this.options.address },
      founders: [this.options.address],
      stopped: () => this.stopped,
    });
    if (outcome === undefined || 'existing' in outcome) return;
    this.identity = { ...this.identity, ...this.founding.current() };
    await this.beginAsFounder(outcome.clusterId, [this.nodeId]);
  }

  async join(contacts: readonly string[]): Promise<void> {
    const joined = await this.membership.join(contacts);
    if (joined === undefined) return;
    this.identity = { ...this.identity, clusterId: joined.clusterId, foundingGroupsCreated: true, contacts };
    await this.saveIdentity();
    this.isNewcomer = true;
    this.view.learn(joined.state);
  }

  private async saveIdentity(): Promise<void> {
    this.founding.adopt(this.identity);
    await this.ports.identity.save(this.identity);
  }

  private viewChanged(state: SystemState): void {
    const self = state.members.find(({ id }) => id === this.nodeId);
    if (this.identity.clusterId === undefined || this.stopped) return;
    if (this.identity.foundingGroupsCreated !== true) void this.createFoundingGroups(state);
    if (self !== undefined) this.runRing(self, state);
    if (self?.state === 'out') this.noticeOut(self);
  }

  /** (N1) */
  private async createFoundingGroups(state: SystemState): Promise<void> {
    if (this.foundingGroups) return;
    this.foundingGroups = true;
    const groups = state.partitions
      .map(({ founders }, partition) => ({ group: partitionGroup(partition), voters: founders }))
      .filter(({ voters }) => voters.includes(this.nodeId));
    await this.lifecycle.found(groups);
    this.identity = { ...this.identity, foundingGroupsCreated: true };
    await this.saveIdentity();
  }

  private runRing(self: Member, state: SystemState): void {
    const position = parsePosition(self.position);
    if (position === undefined) return;
    if (this.ring === undefined) {
      const member = { id: self.id, position, address: this.options.address };
      this.ring = new RingDriver(this.ports, member, this.options.ring, { suspect: () => undefined });
      this.ring.members(state);
      const others = state.members.filter((other) => other.id !== self.id && other.state !== 'out');
      if (others.length === 0) this.ring.create();
      else if (this.isNewcomer) this.ring.join(others.map(({ address }) => ({ address })));
      else this.ring.stand(state);
    } else {
      this.ring.members(state);
    }
  }

  private noticeOut(self: Member): void {
    if (self.incarnation !== this.identity.boots) return;
    if (self.outReason === 'left') {
      this.ports.report({ level: 'info', event: 'left the cluster' });
      this.identity = { ...this.identity, left: true };
      void this.saveIdentity().then(() => this.events.left());
    } else if (self.outReason === 'silent') {
      void this.membership.register().catch((cause: unknown) => this.fail(cause));
    } else {
      this.fail(new Failure('Replaced', 'Another identity has taken the place of this node.'));
    }
  }

  private opened(replica: GroupReplica): void {
    if (replica.group === SYSTEM_GROUP) this.view.readReplica(this.ports.state);
    else this.chunks.repair.scan(replica.group);
  }

  private applied(
    replica: GroupReplica,
    effects: readonly { readonly type: string }[],
    membershipChanged: boolean,
  ): void {
    for (const effect of effects) {
      if (effect.type === 'systemChanged') this.view.readReplica(this.ports.state);
      else
        this.chunks.applied(replica.group, effect as { type: 'chunkRegistered'; name: string; size: number });
    }
    if (membershipChanged) this.learnHint(replica);
  }

  private leadershipChanged(replica: GroupReplica): void {
    this.learnHint(replica);
    if (replica.group === SYSTEM_GROUP && replica.raft.role === 'leader') void this.dutyRound();
  }

  private learnHint(replica: GroupReplica): void {
    const { voters, learners, epoch } = replica.raft.membership;
    if (!voters.includes(this.nodeId)) return;
    const leader = replica.raft.leader ?? undefined;
    this.directory.learn(replica.group, { epoch, members: [...voters, ...learners], leader });
  }

  private async dutyRound(): Promise<void> {
    await this.maybeFound();
    if (this.view.state === undefined) return;
    await this.duty.round();
    await this.lifecycle.rebuildLost();
    await this.lifecycle.retireStrangers(this.strangers());
  }

  /** The leader of the founders' system group writes the founding entry, once all of them have said who they are. */
  private async maybeFound(): Promise<void> {
    const vote = this.identity.foundingVote;
    if (vote === undefined || this.view.state !== undefined || !this.host.leads(SYSTEM_GROUP)) return;
    const founders = await Promise.all(
      vote.founders.map(async ({ nodeId, address }) => {
        if (nodeId === this.nodeId) return this.membership.details();
        return (await this.ports.network.requestAt(address, 'system.describe', null, { timeoutMs: 2_000 }))
          .result as MemberDetails;
      }),
    ).catch(() => undefined);
    if (founders === undefined) return;
    const { partitionCount, replicationFactor, position } = this.options;
    const command = foundCommand({ clusterId: vote.clusterId, partitionCount, replicationFactor, founders });
    const placed =
      position === undefined
        ? command
        : {
            ...command,
            founders: command.founders.map((f) => (f.id === this.nodeId ? { ...f, position } : f)),
          };
    const result = (await this.router.executeOn(SYSTEM_GROUP, placed).catch(() => undefined)) as
      | SystemResult
      | undefined;
    if (result?.ok === false && result.code !== 'AlreadyFounded')
      this.fail(new Failure(result.code, result.message));
  }

  /** Replicas here that the reports do not name any more. */
  private strangers(): { group: GroupId; members: readonly NodeId[] }[] {
    const state = this.view.state!;
    const found: { group: GroupId; members: readonly NodeId[] }[] = [];
    for (const replica of this.host.replicas.values()) {
      const hint = this.directory.get(replica.group);
      if (replica.group === SYSTEM_GROUP) {
        const { voters, learners, epoch } = replica.raft.membership;
        const members = [...new Set([...state.target.system, ...(hint?.members ?? [])])].filter(
          (id) => id !== this.nodeId,
        );
        if (epoch > 0 && !voters.includes(this.nodeId) && !learners.includes(this.nodeId))
          found.push({ group: SYSTEM_GROUP, members });
        else if (!state.target.system.includes(this.nodeId)) found.push({ group: SYSTEM_GROUP, members });
        continue;
      }
      const reported = state.partitions[Number(replica.group)]?.reported;
      if (reported === undefined || reported.epoch < replica.raft.membership.epoch) continue;
      const members = [...reported.voters, ...reported.learners];
      if (!members.includes(this.nodeId)) found.push({ group: replica.group, members });
    }
    return found;
  }

  private *peers(): Iterable<NodeId> {
    const state = this.view.state;
    if (state === undefined) {
      for (const { nodeId } of this.identity.foundingVote?.founders ?? [])
        if (nodeId !== this.nodeId) yield nodeId;
      return;
    }
    for (const { id, state: memberState } of state.members) {
      if (id !== this.nodeId && memberState !== 'out') yield id;
    }
  }

  private wakeGroupsOf(peer: NodeId): void {
    for (const replica of this.host.replicas.values()) {
      if (replica.raft.leader === peer) replica.raft.wake();
      else if (replica.raft.role === 'leader') replica.raft.reportUnreachable(peer);
      else continue;
      this.host.touch(replica);
    }
  }

  private wakeGroupsWith(peer: NodeId): void {
    for (const replica of this.host.replicas.values()) {
      const { voters, learners } = replica.raft.membership;
      if (replica.raft.role !== 'leader' || !(voters.includes(peer) || learners.includes(peer))) continue;
      replica.raft.wake();
      this.host.touch(replica);
    }
  }

  private partitionCount(): number {
    return this.view.state?.partitionCount ?? this.options.partitionCount;
  }

  /** The router found nobody: look for a newer state, at a member or at an address that was given. */
  private async refresh(): Promise<void> {
    const now = this.ports.clock.nowMs();
    if (now - this.refreshedMs < REFRESH_PAUSE_MS) return;
    this.refreshedMs = now;
    const live = [...this.peers()].filter((peer) => !this.liveness.isSilent(peer));
    if (live.length > 0) void this.view.pull(this.ports.random.pick(live));
    else this.pullFromContact();
  }

  private pullFromContact(): void {
    const { join, founders, address } = this.options;
    const known = [...join, ...founders, ...(this.identity.contacts ?? [])].filter(
      (contact) => contact !== address,
    );
    if (known.length > 0) void this.view.pullAt(this.ports.random.pick(known));
  }

  private every(periodMs: number, work: () => Promise<void>): void {
    const run = (): void => {
      work().catch((cause: unknown) => {
        this.ports.report({
          level: 'warn',
          event: 'background work failed',
          detail: { cause: messageOf(cause) },
        });
      });
    };
    this.timers.push(everyTick(this.ports.clock, periodMs, run));
  }

  private fail(cause: unknown): void {
    if (this.stopped) return;
    this.ports.report({ level: 'error', event: 'node failed', detail: { cause: messageOf(cause) } });
    this.events.failed(cause);
  }

  /** Hands leadership on and ends this node's part; membership and data stay. The ports are the caller's to close. */
  async stop(): Promise<void> {
    if (this.stopped) return;
    await this.handLeadershipOn();
    this.stopped = true;
    for (const timer of this.timers) timer.cancel();
    this.membership.stop();
    this.ring?.stop();
    this.liveness.stop();
    this.chunks.stop();
    this.host.stop();
    await this.host.idle().catch(() => undefined);
  }

  private async handLeadershipOn(): Promise<void> {
    const deadline = this.ports.clock.nowMs() + STOP_TRANSFER_MS;
    const led = (): GroupReplica[] =>
      [...this.host.replicas.values()].filter(({ raft }) => raft.role === 'leader');
    for (const replica of led()) {
      const { progress, membership } = replica.raft.status();
      const heir = membership.voters.find((voter) => progress.has(voter) && !this.liveness.isSilent(voter));
      if (heir === undefined || !replica.raft.transferLeadership(heir)) continue;
      this.host.touch(replica);
    }
    while (
      led().some(({ raft }) => raft.status().transferTarget !== null) &&
      this.ports.clock.nowMs() < deadline
    ) {
      await new Promise<void>((resolve) => this.ports.clock.setTimer(20, resolve));
    }
  }
}
