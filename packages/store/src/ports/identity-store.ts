import type { NodeId, PeerAddress } from './network.ts';

/** What a node founds a ring with: recorded before anything else is, so that a founder never votes for two rings. */
export interface FoundingVote {
  readonly clusterId: string;
  readonly founders: readonly { readonly nodeId: NodeId; readonly address: PeerAddress }[];
}

/** Who this node is. It lives in the data folder and goes with it. */
export interface Identity {
  readonly version: 1;
  readonly nodeId: NodeId;
  /** The cluster that the node belongs to; absent until it has founded or joined one. */
  readonly clusterId?: string;
  readonly foundingVote?: FoundingVote;
  /** The identity that this one stands in for: its log was lost or damaged, so it must never vote again. */
  readonly replaces?: NodeId;
}

export interface IdentityStore {
  load(): Identity | undefined;
  /** Durable when resolved. Replaces the whole record. */
  save(identity: Identity): Promise<void>;
}
