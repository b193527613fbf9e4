import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readKeys } from '../../packages/cli/src/credentials.ts';
import { type NodeLayout, readLayout } from '../../packages/cli/src/supervisor/cluster-layout.ts';
import type { ClusterStatus } from '../../packages/store/src/index.ts';
import { TestClient } from '../../test/e2e/testing/s3-client.ts';
import { UpProcess } from '../../test/e2e/testing/up-process.ts';
import type { KeyPair, Target } from '../load/job.ts';

export const BUCKET = 'bench';

/** One `crescendo up` with its nodes. */
export class Store {
  readonly nodes: number;
  readonly folder: string;
  readonly keys: KeyPair;
  /** By name: `front`, `node 1`, ... */
  readonly pids: ReadonlyMap<string, number>;
  readonly front: Target;
  /** The S3 doors of the nodes. */
  readonly doors: readonly Target[];
  /** `host:port` of the nodes' admin doors, and of their peer doors. */
  readonly admins: readonly string[];
  readonly peers: readonly string[];
  readonly client: TestClient;
  private readonly up: UpProcess;

  static async start(root: string, nodes: number, more: readonly string[] = []): Promise<Store> {
    const folder = join(root, `store-${nodes}`);
    await mkdir(root, { recursive: true });
    const up = await UpProcess.start(folder, [`--nodes=${nodes}`, ...more]);
    const keys = await readKeys(join(folder, 'credentials'));
    const layout = await readLayout(join(folder, 'cluster.json'));
    if (keys === undefined || layout === undefined) throw new Error(`${folder} is not complete`);
    const store = new Store(up, folder, keys, layout.nodes);
    await store.client.createBucket(BUCKET);
    return store;
  }

  private constructor(up: UpProcess, folder: string, keys: KeyPair, nodes: readonly NodeLayout[]) {
    this.up = up;
    this.folder = folder;
    this.keys = keys;
    this.doors = nodes.map(({ host, s3Port }) => ({ host, port: s3Port, keys }));
    this.admins = nodes.map(({ host, adminPort }) => `${host}:${adminPort}`);
    this.peers = nodes.map(({ host, peerPort }) => `${host}:${peerPort}`);
    this.nodes = nodes.length;
    const { hostname, port } = new URL(up.endpoint);
    this.front = { host: hostname, port: Number(port), keys };
    this.client = new TestClient(up.endpoint, keys);
    this.pids = new Map([['front', up.pid], ...nodesUnder(up.pid)]);
  }

  /** What the cluster says of itself. */
  async status(): Promise<ClusterStatus> {
    const { status, body } = await this.client.send('GET', '/_crescendo/state');
    if (status !== 200) throw new Error(`the state of the cluster: ${status}`);
    return JSON.parse(body.toString()) as ClusterStatus;
  }

  async stop(): Promise<void> {
    this.client.close();
    this.up.interrupt();
    await this.up.ended();
  }
}

/** The children of `up` by the number of their node, which their data folder tells. */
function nodesUnder(pid: number): [string, number][] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').map(Number);
  const named = children.map((child): [string, number] => {
    const command = readFileSync(`/proc/${child}/cmdline`, 'latin1');
    return [`node ${/nodes\/(\d+)/.exec(command)?.[1] ?? child}`, child];
  });
  return named.sort(([a], [b]) => (a < b ? -1 : 1));
}
