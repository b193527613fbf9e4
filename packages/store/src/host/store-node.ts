import { Failure, messageOf, sleep } from '@crescendo/base';
import { SYSTEM_GROUP } from '../group.ts';
import { createObjectStore } from '../objects/gateway/create-object-store.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { Identity } from '../ports/identity-store.ts';
import type { NodeId, PeerAddress } from '../ports/network.ts';
import type { AdvertisedAddresses, SystemState } from '../system/state.ts';
import { ChunkKeeper } from './chunk-keeper.ts';
import { ClusterEntry } from './cluster-entry.ts';
import { EventCourier } from './event-courier.ts';
import { GroupDirectory } from './group-directory.ts';
import { GroupHost } from './group-host.ts';
import { handLeadershipOn, wakeGroupsOf, wakeGroupsWith } from './group-leadership.ts';
import { GroupLifecycle } from './group-lifecycle.ts';
import type { GroupEffect } from './group-machine.ts';
import type { GroupReplica } from './group-replica.ts';
import { GroupRouter } from './group-router.ts';
import { GroupService } from './group-service.ts';
import { Liveness } from './liveness.ts';
import { LogCompaction } from './log-compaction.ts';
import { Maintenance } from './maintenance.ts';
import { MembershipClient } from './membership-client.ts';
import { machineOf } from './node-machines.ts';
import { Pacer } from './pacer.ts';
import { PlacementLoop } from './placement-loop.ts';
import type { StoreNodePorts } from './ports.ts';
import { Recovery } from './recovery.ts';
import type { RingDriver } from './ring-driver.ts';
import { RingSeat } from './ring-seat.ts';
import { StatusService } from './status-service.ts';
import type { StoreNodeOptions } from './store-node-options.ts';
import { findStrangers } from './strangers.ts';
import { SystemDuty } from './system-duty.ts';
import { SystemView } from './system-view.ts';
import { ViewRefresher } from './view-refresher.ts';

/**
 * One storage node: composes ring, groups, chunks and duties, and leads the node through its life: founding or joining, serving,
 * stopping (which is not leaving), leaving. All it knows of the world comes through its ports.
 */
export interface StoreNodeEvents {
  /** The node has drained and holds nothing any more: end it. */
  left(): void;
  /** It can't go on (a log that can't be written, another node with its identity): end it. */
  failed(cause: unknown): void;
}

const STOP_TRANSFER_MS = 2_000;
const STANDING_TIMEOUT_MS = 10_000;

export class StoreNode {
  readonly store: ObjectStore;
  readonly router: GroupRouter;
  readonly status: StatusService;
  private readonly ports: StoreNodePorts;
  private readonly options: StoreNodeOptions;
  private readonly events: StoreNodeEvents;
  private readonly directory = new GroupDirectory();
  private readonly view: SystemView;
  private readonly host: GroupHost;
  private readonly chunks: ChunkKeeper;
  private readonly lifecycle: GroupLifecycle;
  private readonly liveness: Liveness;
  private readonly placement: PlacementLoop;
  private readonly duty: SystemDuty;
  private readonly membership: MembershipClient;
  private readonly entry: ClusterEntry;
  private readonly maintenance: Maintenance;
  private readonly courier: EventCourier;
  private readonly ring: RingSeat;
  private pacers: Pacer[] = [];
  private stopped = false;

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
    const self = identity.nodeId;
    const { timing } = options;
    this.ring = new RingSeat(ports, options);
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
      writeChunk: (replica, { id, name, owner }, bytes, loan) =>
        this.chunks.writer.write(replica, { id, name, owner }, bytes, loan),
    });
    const refresher = new ViewRefresher({
      clock: ports.clock,
      random: ports.random,
      view: this.view,
      livePeers: () => [...this.peers()].filter((peer) => !this.liveness.isSilent(peer)),
      contacts: () => this.contacts(),
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
        readChunk: (name, offset, length, into) => this.chunks.read(name, offset, length, into),
      },
      refresh: () => refresher.refresh(),
      isSilent: (peer) => this.liveness.isSilent(peer),
      deadlineMs: timing.deadlineMs,
    });
    this.store = createObjectStore({
      router: this.router,
      random: ports.random,
      clock: ports.clock,
      limits: options.gateway,
    });
    this.lifecycle = new GroupLifecycle(ports, self, this.host, this.chunks.repair, {
      member: () => this.clusterId !== undefined,
      peersOf: (group) => this.directory.candidates(group),
      opened: (replica) => this.opened(replica),
      discardChunks: (replica) => this.chunks.discard(replica),
    });
    this.liveness = new Liveness(ports, identity.boots ?? 1, timing.silentMs, {
      peers: () => this.peers(),
      systemVersion: () => this.view.version,
      heardNewerState: (from) => void this.view.pull(from),
      silent: (peer) => wakeGroupsOf(this.host, peer),
      restarted: (peer) => wakeGroupsOf(this.host, peer),
      returned: (peer) => wakeGroupsWith(this.host, peer),
    });
    this.placement = new PlacementLoop(ports, self, this.host, this.chunks.repair, this.chunks.writer, {
      systemState: () => this.view.state,
      isLive: (node) => node === self || !this.liveness.isSilent(node),
      replicaBytes: (replica) => this.chunks.replicaBytes(replica),
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
        maybeFound: () => this.entry.maybeFound(),
        watched: () => this.liveness.watched(),
      },
    );
    new Recovery(ports, self, this.host, (group) => this.lifecycle.reopen(group));
    this.membership = new MembershipClient(ports, options, this.view, this.router, () => this.entry.current);
    this.entry = new ClusterEntry(ports, options, identity, {
      view: this.view,
      directory: this.directory,
      router: this.router,
      lifecycle: this.lifecycle,
      membership: this.membership,
      leadsSystem: () => this.host.leads(SYSTEM_GROUP),
      left: () => events.left(),
      failed: (cause) => this.fail(cause),
    });
    this.maintenance = new Maintenance(ports, this.host, this.router, options.sweep);
    this.courier = new EventCourier(ports, this.host, options.events);
    this.status = new StatusService(ports, options, {
      self,
      view: this.view,
      host: this.host,
      router: this.router,
      service,
      chunks: this.chunks,
      liveness: this.liveness,
      courier: this.courier,
      ring: () => this.ring.driver,
    });
  }

  get nodeId(): NodeId {
    return this.entry.current.nodeId;
  }

  get clusterId(): string | undefined {
    return this.entry.current.clusterId;
  }

  /** True once the node belongs to a cluster whose state it knows. */
  get isMember(): boolean {
    return this.clusterId !== undefined && this.view.state !== undefined;
  }

  get ringDriver(): RingDriver | undefined {
    return this.ring.driver;
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
    while (this.ring.driver?.status().phase !== 'inside') {
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
    if (this.clusterId !== undefined) this.lifecycle.openAll();
    this.host.start(timing.tickMs);
    this.liveness.start(timing.aliveMs);
    this.chunks.start();
    const compaction = new LogCompaction(this.ports, this.host, this.options.compaction);
    this.placement.start(timing.placementMs);
    this.duty.start(timing.dutyMs);
    this.every(timing.dutyMs, () => this.tidy());
    this.every(timing.maintenanceMs, () => this.maintenance.round());
    this.courier.start(timing.maintenanceMs);
    this.every(timing.dutyMs, async () => compaction.round());
    void this.entry.enter().catch((cause: unknown) => this.fail(cause));
  }

  /** Creates a cluster of this node alone; for nodes that were started without one. */
  createAlone(): Promise<void> {
    return this.entry.createAlone();
  }

  join(contacts: readonly PeerAddress[]): Promise<void> {
    return this.entry.join(contacts);
  }

  private viewChanged(state: SystemState): void {
    if (this.clusterId === undefined || this.stopped) return;
    this.placement.nudge();
    if (this.host.leads(SYSTEM_GROUP)) this.liveness.announce();
    const self = state.members.find(({ id }) => id === this.nodeId);
    if (self !== undefined) this.ring.follow(self, state, this.entry.isNewcomer);
    void this.entry.follow(state).catch((cause: unknown) => this.fail(cause));
  }

  private opened(replica: GroupReplica): void {
    if (replica.group === SYSTEM_GROUP) this.view.readReplica(this.ports.state);
    else this.chunks.repair.scan(replica.group);
  }

  private applied(replica: GroupReplica, effects: readonly GroupEffect[], membershipChanged: boolean): void {
    for (const effect of effects) {
      if (effect.type === 'systemChanged') this.view.readReplica(this.ports.state);
      else if (effect.type === 'eventQueued') this.courier.queued(replica, effect.destination);
      else this.chunks.applied(replica.group, effect);
    }
    if (!membershipChanged) return;
    this.learnHint(replica);
    this.groupChanged(replica);
  }

  /** Its members or its leader: there may be a step to take, and others wait to hear of it. */
  private groupChanged(replica: GroupReplica): void {
    if (replica.raft.role !== 'leader') return;
    this.placement.nudge();
    this.courier.lookSoon();
    this.duty.reportSoon();
  }

  private leadershipChanged(replica: GroupReplica): void {
    this.learnHint(replica);
    this.groupChanged(replica);
    if (this.host.leads(SYSTEM_GROUP) && replica.group === SYSTEM_GROUP) this.duty.leadSoon();
  }

  private learnHint(replica: GroupReplica): void {
    const { voters, learners, epoch } = replica.raft.membership;
    if (!voters.includes(this.nodeId)) return;
    const leader = replica.raft.leader ?? undefined;
    this.directory.learn(replica.group, { epoch, members: [...voters, ...learners], leader });
  }

  /** Takes up what is lost and lets go of what has moved away. */
  private async tidy(): Promise<void> {
    const { state } = this.view;
    if (state === undefined) return;
    await this.lifecycle.rebuildLost();
    const system = new Set([...state.target.system, ...(this.directory.get(SYSTEM_GROUP)?.members ?? [])]);
    await this.lifecycle.retireStrangers(
      findStrangers(this.nodeId, state, this.host.replicas.values(), [...system]),
    );
  }

  private *peers(): Iterable<NodeId> {
    const state = this.view.state;
    if (state === undefined) {
      for (const { nodeId } of this.entry.current.foundingVote?.founders ?? [])
        if (nodeId !== this.nodeId) yield nodeId;
      return;
    }
    for (const { id, state: memberState } of state.members) {
      if (id !== this.nodeId && memberState !== 'out') yield id;
    }
  }

  private partitionCount(): number {
    return this.view.state?.partitionCount ?? this.options.partitionCount;
  }

  private contacts(): PeerAddress[] {
    const { join, founders, address } = this.options;
    const { contacts = [], foundingVote } = this.entry.current;
    const voters = foundingVote?.founders.map((founder) => founder.address) ?? [];
    return [...join, ...founders, ...contacts, ...voters].filter((contact) => contact !== address);
  }

  private every(periodMs: number, work: () => Promise<void>): void {
    const pacer = new Pacer(this.ports, work);
    pacer.start(periodMs);
    this.pacers.push(pacer);
  }

  private fail(cause: unknown): void {
    if (this.stopped) return;
    this.ports.report({ level: 'error', event: 'node failed', detail: { cause: messageOf(cause) } });
    this.events.failed(cause);
  }

  /** Hands leadership on and ends this node's part; membership and data stay. The ports are the caller's to close. */
  async stop(): Promise<void> {
    if (this.stopped) return;
    const isSilent = (peer: NodeId): boolean => this.liveness.isSilent(peer);
    await handLeadershipOn(this.host, this.ports.clock, isSilent, STOP_TRANSFER_MS);
    this.stopped = true;
    for (const part of [...this.pacers, this.placement, this.duty, this.courier]) part.stop();
    this.entry.stop();
    this.membership.stop();
    this.ring.stop();
    this.liveness.stop();
    this.chunks.stop();
    this.host.stop();
    await this.host.idle().catch(() => undefined);
  }
}
