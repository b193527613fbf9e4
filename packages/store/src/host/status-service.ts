import { SYSTEM_GROUP } from '../group.ts';
import type { NodeId } from '../ports/network.ts';
import { type Drainable, drainable, underReplicated } from '../system/capacity.ts';
import type { SystemResult } from '../system/command.ts';
import { readSystemState } from '../system/records.ts';
import type { Member, MemberState, SystemState } from '../system/state.ts';
import type { ChunkKeeper } from './chunk-keeper.ts';
import { type EventBacklog, sumBacklogs } from './event-backlog.ts';
import type { EventCourier } from './event-courier.ts';
import type { GroupHost } from './group-host.ts';
import type { GroupRouter } from './group-router.ts';
import type { GroupService } from './group-service.ts';
import type { Liveness } from './liveness.ts';
import type { StoreNodePorts } from './ports.ts';
import type { RingDriver } from './ring-driver.ts';
import type { StoreNodeOptions } from './store-node-options.ts';
import type { SystemView } from './system-view.ts';

/** What a node says of itself. */
export interface NodeReport {
  /** Replicas that count no time and send nothing. */
  readonly asleep: number;
  readonly id: NodeId;
  readonly pid: number;
  readonly groups: number;
  readonly leads: number;
  readonly heldBytes: number;
  readonly usedBytes: number;
  readonly capacityBytes: number;
  readonly full: boolean;
  readonly missingChunks: number;
  /** Bytes of chunks that were fetched from other members since the start, to become whole. */
  readonly receivedBytes: number;
  readonly lostGroups: number;
  readonly ringMessages: number;
  /** Events of the partitions led here that wait for delivery, by destination. */
  readonly events: readonly EventBacklog[];
}

/** A member as operators see it. */
export interface NodeStatus {
  readonly id: NodeId;
  /** The host alone. */
  readonly address: string;
  readonly peerAddress: string;
  readonly advertised: Readonly<Record<string, string>>;
  /** 0 while the node does not answer. */
  readonly pid: number;
  readonly state: MemberState;
  readonly draining: boolean;
  readonly zone: string;
  /** 40 hexadecimal digits. */
  readonly ringId: string;
  readonly partitions: number;
  readonly leads: number;
  readonly bytes: number;
  readonly capacityBytes: number;
  readonly missingChunks: number;
  readonly receivedBytes: number;
}

export interface ClusterStatus {
  readonly clusterId: string;
  readonly partitions: number;
  readonly targetGeneration: number;
  readonly nodes: readonly NodeStatus[];
  readonly replication: {
    readonly factor: number;
    /** Copies that the members of now allow. */
    readonly possible: number;
    readonly underReplicatedPartitions: number;
    /** Partitions whose members are not yet those that the target names. */
    readonly movingPartitions: number;
  };
  /** Events that wait for delivery, by destination, as far as the nodes that lead their partitions answer. */
  readonly events: readonly EventBacklog[];
}

interface Parts {
  readonly self: NodeId;
  readonly view: SystemView;
  readonly host: GroupHost;
  readonly router: GroupRouter;
  readonly service: GroupService;
  readonly chunks: ChunkKeeper;
  readonly liveness: Liveness;
  readonly courier: EventCourier;
  readonly ring: () => RingDriver | undefined;
}

const REPORT_TIMEOUT_MS = 1_500;

/** Answers for operators: of this node, and of the cluster as the system group and the members see it. */
export class StatusService {
  private readonly ports: StoreNodePorts;
  private readonly options: StoreNodeOptions;
  private readonly parts: Parts;

  constructor(ports: StoreNodePorts, options: StoreNodeOptions, parts: Parts) {
    this.ports = ports;
    this.options = options;
    this.parts = parts;
    ports.network.onRequest('node.report', async () => ({ result: this.report() }));
  }

  report(): NodeReport {
    const { host, chunks, self, ring } = this.parts;
    const { heldBytes, usedBytes, capacityBytes, full } = this.ports.chunks.usage();
    const replicas = [...host.replicas.values()];
    return {
      id: self,
      pid: this.options.processId,
      groups: replicas.length,
      asleep: replicas.filter(({ raft }) => raft.asleep).length,
      leads: replicas.filter(({ raft }) => raft.role === 'leader').length,
      heldBytes,
      usedBytes,
      capacityBytes,
      full,
      missingChunks: chunks.repair.missingChunks(),
      receivedBytes: chunks.repair.receivedBytes,
      lostGroups: 0,
      ringMessages: ring()?.messageCount() ?? 0,
      events: this.parts.courier.backlog(),
    };
  }

  /** Counts since the start, by name. */
  counters(): Record<string, number> {
    const { service, chunks, host, liveness, courier } = this.parts;
    const { delivered, failed } = courier.delivered();
    return {
      agreement_messages_sent: host.counters.messages,
      agreement_heartbeats_sent: host.counters.heartbeats,
      greetings_sent: liveness.counters.greetings,
      group_commands: service.counters.executed,
      group_queries: service.counters.queried,
      chunks_written: service.counters.chunksWritten,
      chunks_scrubbed: chunks.counters.scrubbed,
      chunks_damaged: chunks.counters.damaged,
      chunks_stray_removed: chunks.counters.strays,
      events_delivered: delivered,
      event_deliveries_failed: failed,
      events_given_up: courier.counters.givenUp,
    };
  }

  cluster(): Promise<ClusterStatus> {
    return clusterStatus(this.ports, this.parts.router);
  }

  /** True while this node leads the system group, as far as it knows. */
  leadsSystem(): boolean {
    return this.parts.host.leads(SYSTEM_GROUP);
  }

  /**
   * The one member of those accepted that may leave next. Asked of the system group's leader: it has the loads of now, where the view of
   * others keeps those of the last change.
   */
  drainable(isCandidate: (member: Member) => boolean): Drainable {
    const state = this.leadsSystem() ? readSystemState(this.ports.state.reader(SYSTEM_GROUP)) : undefined;
    if (state === undefined) return { ok: false, reason: 'This node does not lead the system group.' };
    return drainable(state, isCandidate);
  }

  /** Starts to drain a node, or says why not. */
  async drain(node: NodeId): Promise<SystemResult> {
    return (await this.parts.router.executeOn(SYSTEM_GROUP, {
      type: 'beginLeave',
      member: node,
    })) as SystemResult;
  }

  async cancelDrain(node: NodeId): Promise<SystemResult> {
    return (await this.parts.router.executeOn(SYSTEM_GROUP, {
      type: 'cancelLeave',
      member: node,
    })) as SystemResult;
  }
}

/** The same for a front that stores nothing itself. */
export async function clusterStatus(
  ports: Pick<StoreNodePorts, 'network'>,
  router: GroupRouter,
): Promise<ClusterStatus> {
  const state = (await router.queryOn(SYSTEM_GROUP, { type: 'state' })) as SystemState | null;
  if (state === null) throw new Error('The cluster has not been founded yet.');
  const reports = await Promise.all(
    state.members.map(async (member): Promise<NodeReport | undefined> => {
      if (member.state === 'out') return undefined;
      const options = { timeoutMs: REPORT_TIMEOUT_MS };
      const reply = await ports.network
        .request(member.id, 'node.report', null, options)
        .catch(() => undefined);
      return reply?.result as NodeReport | undefined;
    }),
  );
  return describeCluster(state, reports);
}

function describeCluster(state: SystemState, reports: readonly (NodeReport | undefined)[]): ClusterStatus {
  const holders = state.members.filter(({ state: s, draining }) => s !== 'out' && !draining).length;
  return {
    clusterId: state.clusterId,
    partitions: state.partitionCount,
    targetGeneration: state.target.generation,
    nodes: state.members.map((member, i) => ({
      id: member.id,
      address: member.address.slice(0, member.address.lastIndexOf(':')),
      peerAddress: member.address,
      advertised: { ...member.advertised },
      pid: reports[i]?.pid ?? 0,
      state: member.state,
      draining: member.draining,
      zone: member.zone,
      ringId: member.position,
      partitions: countHeld(state, member.id),
      leads: reports[i]?.leads ?? 0,
      bytes: reports[i]?.heldBytes ?? 0,
      capacityBytes: reports[i]?.capacityBytes ?? member.capacityBytes,
      missingChunks: reports[i]?.missingChunks ?? 0,
      receivedBytes: reports[i]?.receivedBytes ?? 0,
    })),
    replication: {
      factor: state.replicationFactor,
      possible: Math.min(state.replicationFactor, holders),
      underReplicatedPartitions: underReplicated(state),
      movingPartitions: state.partitions.filter(isMoving).length,
    },
    // A node of an earlier version does not tell of events.
    events: sumBacklogs(reports.flatMap((report) => report?.events ?? [])),
  };
}

function countHeld(state: SystemState, id: NodeId): number {
  return state.partitions.filter(({ reported, founders }) => (reported?.voters ?? founders).includes(id))
    .length;
}

function isMoving({ reported, target }: SystemState['partitions'][number]): boolean {
  if (reported === undefined || reported.learners.length > 0) return true;
  return reported.voters.length !== target.length || !target.every((id) => reported.voters.includes(id));
}
