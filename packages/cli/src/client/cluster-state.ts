/** What the store says of itself at `/_crescendo/state`, and its command to hand a node's data on. */
import { CommandFailure } from '../failures.ts';
import type { S3Client } from './s3-client.ts';

export interface NodeState {
  readonly id: string;
  /** The host alone. */
  readonly address: string;
  readonly pid: number;
  /** `up`, `down`, `leaving` or `out`. */
  readonly state: string;
  readonly ringId: string;
  readonly partitions: number;
  readonly bytes: number;
}

export interface ClusterState {
  readonly endpoint: string;
  readonly nodes: readonly NodeState[];
  readonly replication: { readonly factor: number; readonly underReplicatedPartitions: number };
  readonly groups: readonly GroupState[];
  /** Absent in answers of earlier versions. */
  readonly events?: readonly WaitingEvents[];
}

/** Events of buckets that a queue has not taken yet. */
export interface WaitingEvents {
  /** The queue's ARN. */
  readonly destination: string;
  readonly waiting: number;
  readonly oldestMs: number;
  readonly failure?: string;
}

/** An Auto Scaling group with nodes in it. */
export interface GroupState {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly instances: readonly { readonly id: string; readonly state: string }[];
}

/** The answer as the server gave it, so that nothing it adds is lost on the way to whoever scripts with it. */
export async function fetchClusterState(client: S3Client, signal?: AbortSignal): Promise<ClusterState> {
  const { text } = await client.fetchText({
    method: 'GET',
    path: '/_crescendo/state',
    ...(signal && { signal }),
  });
  const state: unknown = JSON.parse(text);
  if (isClusterState(state)) return state;
  throw new CommandFailure(
    `${client.endpoint} answers, but not like a Crescendo endpoint: name another with --endpoint`,
  );
}

/** Resolves when the store has taken the order; it is refused with the reason where the rest could not hold the data. */
export async function requestDrain(client: S3Client, nodeId: string, cancel = false): Promise<void> {
  const query = cancel ? { node: nodeId, cancel: 'true' } : { node: nodeId };
  await client.fetchText({ method: 'POST', path: '/_crescendo/drain', query });
}

function isClusterState(value: unknown): value is ClusterState {
  if (typeof value !== 'object' || value === null) return false;
  const replication: unknown = Reflect.get(value, 'replication');
  return (
    Array.isArray(Reflect.get(value, 'nodes')) && typeof replication === 'object' && replication !== null
  );
}
