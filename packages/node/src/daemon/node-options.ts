import type { PeerAddress, StoreEvent } from '@crescendo/store';

export interface KeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** How one storage daemon is run. */
export interface NodeOptions {
  /** The data folder; its identity is the node's. */
  readonly data: string;
  /** Where all doors listen. */
  readonly host: string;
  /** The name or address under which others reach this node; the listening host unless that is a wildcard. */
  readonly advertisedHost?: string;
  /** Ports; 0 takes any free one. */
  readonly peerPort: number;
  readonly s3Port: number;
  readonly adminPort: number;
  /** Absent: no classic door. */
  readonly classic?: { readonly rpcPort: number; readonly filesPort: number };
  readonly founders: readonly PeerAddress[];
  readonly join: readonly PeerAddress[];
  readonly zone: string;
  readonly weight: number;
  readonly capacityBytes?: number;
  readonly replicationFactor: number;
  readonly partitionCount: number;
  readonly secret: string;
  readonly keys: readonly KeyPair[];
  readonly region: string;
  /** Further host names that S3 requests may name, and under which buckets may be named as sub-domains. */
  readonly baseDomains: readonly string[];
  /** Started bare: outside any cluster until the classic door's `create` or `join` is called, at the original's identifier. */
  readonly bare: boolean;
  /** How long a silent member is waited for before its copies are made anew. */
  readonly graceMs?: number;
  readonly suspicionMs?: number;
  /** How long deleted data is kept for reads under way. */
  readonly sweepGraceMs?: number;
  readonly log: (event: StoreEvent) => void;
}

export interface NodeAddresses {
  readonly peer: string;
  readonly s3: string;
  readonly admin: string;
  readonly classic?: string;
  readonly files?: string;
}

export interface RunningNode {
  readonly nodeId: string;
  readonly addresses: NodeAddresses;
  /** Resolves when the node serves as a member of its cluster. */
  readonly ready: Promise<void>;
  /** Resolves when the node has ended; `left` when it has drained, a cause when it failed. */
  readonly stopped: Promise<{ readonly left: boolean; readonly failure?: unknown }>;
  /** Hands leadership on, flushes and ends; membership and data stay. */
  stop(): Promise<void>;
}
