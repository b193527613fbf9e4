import type { Membership } from '@crescendo/raft';
import type { NodeId, PeerAddress } from '../ports/network.ts';
import type { AdvertisedAddresses, Member, ReportedConfiguration, RingPosition } from './state.ts';

/** Who registers, or founds. */
export interface MemberDetails {
  /** 1 to 64 letters, digits or `-`. */
  readonly id: NodeId;
  readonly address: PeerAddress;
  readonly advertised: AdvertisedAddresses;
  readonly zone: string;
  /** 1 to 16. */
  readonly weight: number;
  /** Starts of the process, counted durably beside the identity. */
  readonly incarnation: number;
  readonly usedBytes: number;
  /** 0 when it is not known. */
  readonly capacityBytes: number;
}

export interface FoundingMember extends MemberDetails {
  readonly position: RingPosition;
  readonly morePositions: readonly RingPosition[];
}

/** The first command: creates the state. Made by `foundCommand`, so the placement is fixed in the entry. */
export interface FoundCommand {
  readonly type: 'found';
  readonly clusterId: string;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  readonly founders: readonly FoundingMember[];
  /** By partition: indexes of `founders`. */
  readonly placement: readonly (readonly number[])[];
  readonly system: readonly NodeId[];
}

/** A node joins, or comes back, or has started again. */
export interface RegisterCommand {
  readonly type: 'register';
  readonly member: MemberDetails;
  /** A fixed position; otherwise the middle of the most loaded arc. Ignored when the identity is known. */
  readonly position?: RingPosition;
  /** Which arcs count: those between members of its own zone, where each copy lies in a zone of its own. Entries without it count all. */
  readonly arcsOf?: 'zone';
  /** An identity that will never come back: it is out at once, and the new one takes its position. Ignored when unknown. */
  readonly replaces?: NodeId;
}

/** The leader's verdict on who runs. `incarnation` is the one it watched: a node that has restarted is not meant. */
export interface DeclareCommand {
  readonly type: 'declareDown' | 'declareUp' | 'declareOut';
  readonly member: NodeId;
  readonly incarnation: number;
}

export interface LeaveCommand {
  readonly type: 'beginLeave' | 'cancelLeave' | 'finishLeave';
  readonly member: NodeId;
}

/** Drops the record of a member that is out and that no configuration names. */
export interface ForgetCommand {
  readonly type: 'forget';
  readonly member: NodeId;
}

export interface ReportLoadsCommand {
  readonly type: 'reportLoads';
  readonly loads: readonly Pick<Member, 'id' | 'usedBytes' | 'capacityBytes'>[];
}

export interface ReportConfigurationsCommand {
  readonly type: 'reportConfigurations';
  readonly reports: readonly { readonly partition: number; readonly configuration: ReportedConfiguration }[];
}

/** A new target; only the partitions whose target changes are named. */
export interface SetTargetCommand {
  readonly type: 'setTarget';
  /** Exactly one more than the present one. */
  readonly generation: number;
  /** Version of the state that it was planned from; refused when the placement has changed since. */
  readonly basedOnVersion: number;
  readonly system: readonly NodeId[];
  readonly partitions: readonly { readonly partition: number; readonly members: readonly NodeId[] }[];
}

export type SystemCommand =
  | FoundCommand
  | RegisterCommand
  | DeclareCommand
  | LeaveCommand
  | ForgetCommand
  | ReportLoadsCommand
  | ReportConfigurationsCommand
  | SetTargetCommand;

export type SystemRefusalCode =
  /** The command is not well-formed, or not known to this version. */
  | 'Invalid'
  | 'NotFounded'
  | 'AlreadyFounded'
  | 'NoSuchMember'
  /** Two nodes run with one identity, or a late word of an earlier start. */
  | 'IdentityInUse'
  | 'PositionTaken'
  /** It was decided from something that has changed since. */
  | 'Stale'
  /** The member's state does not allow it. */
  | 'WrongState'
  /** The rest could not hold the data. */
  | 'NotEnoughRoom'
  /** The member is still named by a configuration, or the proof is not complete. */
  | 'StillHolds';

export type SystemResult =
  | { readonly ok: true; readonly version: number; readonly member?: Member }
  | { readonly ok: false; readonly code: SystemRefusalCode; readonly message: string };

/** What the host of a replica may act on at once; nothing is lost when it does not. */
export type SystemEffect =
  | { readonly effect: 'changed'; readonly version: number }
  | { readonly effect: 'targetSet'; readonly generation: number }
  | { readonly effect: 'memberOut'; readonly member: NodeId };

export interface SystemContext {
  /** Of the entry in the system group's log. */
  readonly index: number;
  /** Wall time of the leader that proposed the entry: the machine's only time. */
  readonly timestampMs: number;
  /** The system group's own membership in force at the entry. */
  readonly membership: Membership;
}

export interface SystemOutcome {
  readonly result: SystemResult;
  readonly effects: readonly SystemEffect[];
}
