import type { NodeId, PeerAddress } from '../ports/network.ts';

/** A point of the ring: 40 lower-case hexadecimal digits (160 bits). Text order is numeric order. */
export type RingPosition = string;

/**
 * `up`: heard of. `down`: silent for longer than the suspicion time; it keeps what the target gives it. `leaving`: it drains and is alive.
 * `out`: it holds nothing in the target and is not waited for; it may come back by registering.
 */
export type MemberState = 'up' | 'down' | 'leaving' | 'out';

/** Why a member is out: nobody heard of it for the grace period, it drained, or another identity took its place. */
export type OutReason = 'silent' | 'left' | 'replaced';

/** Where a member's doors can be reached, `host:port`; a door that is shut is absent. */
export interface AdvertisedAddresses {
  readonly s3?: PeerAddress;
  readonly admin?: PeerAddress;
  readonly classic?: PeerAddress;
  readonly files?: PeerAddress;
  /** No address: the name of the machine that the member runs on, where the platform gives machines names. */
  readonly instance?: string;
}

export interface Member {
  readonly id: NodeId;
  /** Of the peer door. */
  readonly address: PeerAddress;
  readonly advertised: AdvertisedAddresses;
  /** Empty when the installation has no zones. */
  readonly zone: string;
  /** Its place on the Chord ring. */
  readonly position: RingPosition;
  /** `weight - 1` further points; they count for placement only. */
  readonly morePositions: readonly RingPosition[];
  /** 1 to 16: how many shares of the data it is meant to hold. */
  readonly weight: number;
  /** Counts the starts of its process. */
  readonly incarnation: number;
  readonly state: MemberState;
  /** True from `beginLeave` on, also while the member is down or was put out for its silence: it gets nothing in the next targets. */
  readonly draining: boolean;
  /** Present exactly when out. */
  readonly outReason?: OutReason;
  /** When `state` became what it is, by the clock of the leader that wrote it. */
  readonly sinceMs: number;
  readonly joinedMs: number;
  readonly usedBytes: number;
  /** 0 when it is not known. */
  readonly capacityBytes: number;
  /** Generation of the first target without it, while it drains or is out. */
  readonly excludedSince?: number;
  /** Version of the state in which this record last changed (loads aside). */
  readonly changed: number;
}

/** A partition's configuration as its leader last reported it. Leaders report committed memberships only. */
export interface ReportedConfiguration {
  readonly epoch: number;
  /** Raft's term: orders the reports of two leaders within an epoch. */
  readonly term: number;
  readonly voters: readonly NodeId[];
  readonly learners: readonly NodeId[];
  readonly leader: NodeId;
  /** Bytes of one whole replica: applied state and registered chunks. */
  readonly bytes: number;
  /** The members that hold every registered byte. */
  readonly complete: readonly NodeId[];
  /** Newest target in the group's log: no leader of the group will ever act on an older one. */
  readonly generation: number;
}

export interface PartitionState {
  /** The only members that may ever create the partition's group from nothing. Written once. */
  readonly founders: readonly NodeId[];
  /** Members that should hold it; the first one is the preferred leader. */
  readonly target: readonly NodeId[];
  /** Generation in which `target` became what it is. */
  readonly targetGeneration: number;
  readonly reported?: ReportedConfiguration;
  readonly changed: number;
}

export interface TargetHead {
  /** 1 is the founding placement; each new target adds 1. */
  readonly generation: number;
  /** Version of the state that it was planned from. */
  readonly basedOnVersion: number;
  readonly plannedMs: number;
  /** Members that the system group should have. */
  readonly system: readonly NodeId[];
}

/** What is said once for the whole cluster. */
export interface SystemHead {
  readonly format: 1;
  /** Adds 1 with each change that others must see; changes of loads alone do not count. */
  readonly version: number;
  /** The newest version that changed who may hold data, or how much: members, positions, weights, zones. */
  readonly placementVersion: number;
  readonly placementChangedMs: number;
  /** Version of the last removal of a member's record; whoever knows less needs the whole state. */
  readonly forgetVersion: number;
  readonly clusterId: string;
  /** Power of two, 1 to 16,384. */
  readonly partitionCount: number;
  readonly replicationFactor: number;
  readonly foundedMs: number;
  readonly target: TargetHead;
}

/** The whole state as plain data: it can be encoded as it stands. */
export interface SystemState extends SystemHead {
  /** Sorted by id. */
  readonly members: readonly Member[];
  /** Indexed by partition. */
  readonly partitions: readonly PartitionState[];
}

/** True for members that targets give data to. */
export function isHolder(member: Member): boolean {
  return (member.state === 'up' || member.state === 'down') && !member.draining;
}

/** True for members whose process is believed to run. */
export function isAlive(member: Member): boolean {
  return member.state === 'up' || member.state === 'leaving';
}

/** Every point of the ring that belongs to the member. */
export function positionsOf(member: Pick<Member, 'position' | 'morePositions'>): readonly RingPosition[] {
  return [member.position, ...member.morePositions];
}
