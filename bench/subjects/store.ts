import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readKeys } from '../../packages/cli/src/credentials.ts';
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
    const up = await UpProcess.start(folder, [`--nodes=${nodes}`, `--set=MaxSize=${nodes}`, ...more]);
    const keys = await readKeys(join(folder, 'credentials'));
    if (keys === undefined) throw new Error(`${folder} is not complete`);
    const client = new TestClient(up.endpoint, keys);
    const store = new Store(up, folder, keys, client, (await stateOf(client)).nodes);
    await client.createBucket(BUCKET);
    return store;
  }

  private constructor(
    up: UpProcess,
    folder: string,
    keys: KeyPair,
    client: TestClient,
    nodes: ClusterStatus['nodes'],
  ) {
    this.up = up;
    this.folder = folder;
    this.keys = keys;
    this.doors = nodes.map(({ advertised }) => ({ ...splitAddress(advertised.s3 ?? ''), keys }));
    this.admins = nodes.map(({ advertised }) => advertised.admin ?? '');
    this.peers = nodes.map(({ peerAddress }) => peerAddress);
    this.nodes = nodes.length;
    const { hostname, port } = new URL(up.endpoint);
    this.front = { host: hostname, port: Number(port), keys };
    this.client = client;
    const pids = nodes.map(({ pid }, index): [string, number] => [`node ${index + 1}`, pid]);
    this.pids = new Map([['front', up.pid], ...pids]);
  }

  /** What the cluster says of itself. */
  status(): Promise<ClusterStatus> {
    return stateOf(this.client);
  }

  async stop(): Promise<void> {
    this.client.close();
    this.up.interrupt();
    await this.up.ended();
  }
}

async function stateOf(client: TestClient): Promise<ClusterStatus> {
  const { status, body } = await client.send('GET', '/_crescendo/state');
  if (status !== 200) throw new Error(`the state of the cluster: ${status}`);
  return JSON.parse(body.toString()) as ClusterStatus;
}

function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}
