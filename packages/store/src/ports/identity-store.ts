import type { NodeId, PeerAddress } from './network.ts';

export interface Founder {
  readonly nodeId: NodeId;
  readonly address: PeerAddress;
}

/** A founder's word, given once: this cluster, with exactly these founders. */
export interface FoundingVote {
  readonly clusterId: string;
  readonly founders: readonly Founder[];
}

/** Who a node is. It lies in the data folder: the data make the identity, not the machine. */
export interface Identity {
  readonly version: 1;
  /** 32 hexadecimal digits, drawn when the folder was made or when the log was found damaged. */
  readonly nodeId: NodeId;
  /** Counts the starts on this folder; absent means never started. */
  readonly boots?: number;
  readonly clusterId?: string;
  readonly foundingVote?: FoundingVote;
  /** The founders' groups were created on this disk; they must never be created again. */
  readonly foundingGroupsCreated?: boolean;
  /** The identity that this folder had before its log was damaged. */
  readonly replaces?: NodeId;
  /** The node has left its cluster (drained); it starts no more until it is told to join again. */
  readonly left?: boolean;
  /** Peers last known, to find the cluster again. */
  readonly contacts?: readonly PeerAddress[];
}

export interface IdentityStore {
  load(): Identity | undefined;
  /** Durable and atomic. */
  save(identity: Identity): Promise<void>;
}
