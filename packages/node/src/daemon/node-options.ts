import type { RequestListener } from 'node:http';
import type { ClusterStatus, StoreEvent, SystemResult } from '@crescendo/store';
import type { GroupSummary } from '../doors/admin/operator-routes.ts';
import type { QueueAccess } from '../events/sqs-queues.ts';
import type { RequestSample } from './request-meter.ts';

export interface KeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** How one storage daemon is run. */
export interface NodeOptions {
  /** The data folder; its identity is the node's. */
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
  /** The machine's name where the platform gives it one, such as an instance id. */
  readonly instance?: string;
  /** 1 to 16: how many shares of the data it is meant to hold. */
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
  /** How long deleted data is kept for reads under way; 5 minutes by default. */
  readonly sweepGraceMs?: number;
  /** How queues are reached that notifications of buckets are sent to. Absent: none can be named, and events wait. */
  readonly queues?: QueueAccess;
  /** Told what happens; by default lines of JSON on standard error. */
  readonly log?: (event: StoreEvent) => void;
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
  readonly nodeId: string;
  readonly addresses: NodeAddresses;
  /** Resolves once the node is a member and serves. */
  readonly ready: Promise<void>;
  /** `left` when the node was drained and holds nothing any more; rejects when it cannot go on. */
  readonly stopped: Promise<'stopped' | 'left'>;
  /** Hands leadership on, flushes and ends; membership and data stay. */
  stop(): Promise<void>;
  /** For whoever runs the node as one of a fleet. */
  readonly fleet: FleetView;
}

/** What a fleet's manager sees through one node. */
export interface FleetView {
  /** A founder's vote is final: a node that has voted founds that cluster or none. */
  hasVoted(): boolean;
  isMember(): boolean;
  leadsSystem(): boolean;
  cluster(): Promise<ClusterStatus>;
  /** Has the store take everything off this node. */
  drainSelf(): Promise<SystemResult>;
  /** The instance of the member that may leave now, of those accepted, or why none may. */
  drainable(accepts: (instance: string) => boolean): DrainableInstance;
  /** What this node did since the last call, and holds now. */
  sample(): NodeSample;
}

export type DrainableInstance =
  | { readonly instance: string }
  | { readonly instance?: undefined; readonly reason: string };

export interface NodeSample {
  /** Through this node's S3 door. */
  readonly s3: RequestSample;
  /** Commands, look-ups and chunks that this node answered for the partitions it leads, whichever door they came through. */
  readonly partitionRequests: number;
  readonly heldBytes: number;
  readonly usedBytes: number;
  readonly capacityBytes: number;
  readonly missingChunks: number;
}

export interface FrontOptions {
  /** Peer addresses of nodes, asked for again whenever none that is known answers. */
  readonly peers: () => readonly HostPort[];
  readonly secretFile: string;
  readonly credentials: readonly KeyPair[];
  readonly devKeys: boolean;
  /** How queues are reached that clients name as destinations of notifications. Absent: none can be named. */
  readonly queues?: QueueAccess;
  /** What operators are told of the groups that the nodes belong to. */
  readonly groups?: () => Promise<readonly GroupSummary[]>;
  readonly log?: (event: StoreEvent) => void;
}

/** An S3 door before the nodes, for a server that is somebody else's. */
export interface Front {
  readonly handler: RequestListener;
  readonly continueHandler: RequestListener;
  cluster(): Promise<ClusterStatus>;
  stop(): Promise<void>;
}

export interface RunningFront {
  readonly address: HostPort;
  stop(): Promise<void>;
}

export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
