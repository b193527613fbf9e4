/** What this package asks of `@crescendo/node`: the daemon, the front and the way on from a lost quorum. */
import type { HostPort } from './arguments.ts';
import type { KeyPair } from './client/connection.ts';

export interface NodeOptions {
  readonly dataDir: string;
  /** Every door listens on this host. */
  readonly host: string;
  /** The host that other nodes and clients are told; `host` when absent. */
  readonly advertiseHost?: string;
  /** 0 lets the system choose. */
  readonly peerPort: number;
  readonly s3Port: number;
  readonly adminPort: number;
  /** Absent: the classic door stays shut. */
  readonly classic?: { readonly rpcPort: number; readonly filesPort: number };
  /** The ring of the original program: its identifiers, joined by the calls `create` and `join`. */
  readonly bare: boolean;
  /** Peer addresses of all that found the cluster together, this node's included. */
  readonly founders?: readonly HostPort[];
  /** Peer addresses of nodes to join through. */
  readonly join?: readonly HostPort[];
  readonly zone: string;
  readonly weight: number;
  readonly capacityBytes?: number;
  readonly replicationFactor: number;
  readonly partitionCount: number;
  /** Seconds of silence after which a node is declared out and its data is restored elsewhere. */
  readonly graceSeconds?: number;
  readonly secretFile: string;
  /** Key pairs whose signatures the S3 door accepts. */
  readonly credentials: readonly KeyPair[];
  /** Also accept `test` / `test`; on loopback only. */
  readonly devKeys: boolean;
}

/** `host:port` of each open door. */
export interface NodeAddresses {
  readonly peer: string;
  readonly s3: string;
  readonly admin: string;
  readonly classic?: string;
  readonly files?: string;
}

export interface RunningNode {
  readonly addresses: NodeAddresses;
  /** Resolves once the node is a member and serves. */
  readonly ready: Promise<void>;
  /** `left` when the node was drained and holds nothing any more; rejects when it cannot go on. */
  readonly stopped: Promise<'stopped' | 'left'>;
  stop(): Promise<void>;
}

export interface FrontOptions {
  readonly host: string;
  readonly port: number;
  /** Peer addresses of the nodes. */
  readonly peers: readonly HostPort[];
  readonly secretFile: string;
  readonly credentials: readonly KeyPair[];
  readonly devKeys: boolean;
  readonly dataDir: string;
}

export interface RunningFront {
  readonly address: HostPort;
  stop(): Promise<void>;
}

export interface RecoverOptions {
  /** Peer addresses of the nodes that are alive. */
  readonly survivors: readonly HostPort[];
  readonly secretFile: string;
  /** Changes nothing: tells what would be done. */
  readonly dryRun: boolean;
}

export interface RecoveredPartition {
  /** Number of the partition; `system` for the system group. */
  readonly partition: number | 'system';
  /** The survivor that goes on with what it has. */
  readonly from: string;
  /** Members that are given up: what only they had acknowledged is lost. */
  readonly missing: readonly string[];
}

export interface DaemonModule {
  startNode(options: NodeOptions): Promise<RunningNode>;
  /** Does not wait for the nodes: it answers 503 until they serve. */
  startFront(options: FrontOptions): Promise<RunningFront>;
  recover(options: RecoverOptions): Promise<readonly RecoveredPartition[]>;
}

/** Loaded when it is needed: most commands start without it. */
export async function loadDaemon(): Promise<DaemonModule> {
  return await import('@crescendo/node');
}
