/**
 * A cluster of real processes in a temporary folder, on loopback. Everything is ended and deleted with it; when what was done with it
 * failed, the logs of the nodes are kept and the error says where.
 */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyPair } from '../../../packages/cli/src/client/connection.ts';
import { readOrMakeKeys, readOrMakeSecret } from '../../../packages/cli/src/credentials.ts';
import type { ClusterStatus, NodeStatus } from '../../../packages/store/src/index.ts';
import { pickPort } from './free-port.ts';
import { NodeProcess } from './node-process.ts';
import { TestClient } from './s3-client.ts';
import { eventually } from './wait.ts';

export interface ClusterOptions {
  readonly nodes: number;
  /** Fewer partitions move faster. */
  readonly partitions?: number;
  readonly replication?: number;
  readonly graceSeconds?: number;
  /** Opens the classic doors. */
  readonly classic?: boolean;
  /** For every node. */
  readonly programArguments?: readonly string[];
  /** Of every node. */
  readonly environment?: Readonly<Record<string, string>>;
  /** By number of the node, from 0. */
  readonly argumentsOf?: (node: number) => readonly string[];
}

const SETTLE_LIMIT_MS = 90_000;

/** Runs `work` with a cluster whose founders are ready. */
export async function withCluster(
  options: ClusterOptions,
  work: (cluster: TestCluster) => Promise<void>,
): Promise<void> {
  const cluster = await TestCluster.prepare(options);
  try {
    await cluster.startAll();
    await work(cluster);
  } catch (error) {
    const kept = await cluster.keepLogs();
    if (error instanceof Error) error.message += ` (the nodes' logs: ${kept})`;
    throw error;
  } finally {
    await cluster.end();
  }
}

export class TestCluster {
  readonly folder: string;
  readonly keys: KeyPair;
  readonly nodes: NodeProcess[] = [];
  /** Strangers, copies and the like. */
  readonly #guests: NodeProcess[] = [];
  readonly #options: ClusterOptions;
  readonly #founders: string;
  readonly #takenPorts: Set<number>;
  readonly #clients = new Map<string, TestClient>();

  static async prepare(options: ClusterOptions): Promise<TestCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'crescendo-e2e-'));
    const keys = await readOrMakeKeys(join(folder, 'credentials'));
    await readOrMakeSecret(join(folder, 'cluster-secret'));
    const taken = new Set<number>();
    const ports: number[] = [];
    for (let i = 0; i < options.nodes; i++) ports.push(await pickPort('127.0.0.1', taken));
    return new TestCluster(folder, keys, options, ports, taken);
  }

  private constructor(
    folder: string,
    keys: KeyPair,
    options: ClusterOptions,
    ports: readonly number[],
    taken: Set<number>,
  ) {
    this.folder = folder;
    this.keys = keys;
    this.#options = options;
    this.#takenPorts = taken;
    this.#founders = ports.map((port) => `127.0.0.1:${port}`).join(',');
    for (const port of ports) this.nodes.push(this.#describeNode(port, [`--founders=${this.#founders}`]));
  }

  #describeNode(peerPort: number, how: readonly string[], folder?: string): NodeProcess {
    const number = this.nodes.length + this.#guests.length;
    const { replication, partitions, graceSeconds, programArguments, argumentsOf } = this.#options;
    const name = `node-${number + 1}`;
    return new NodeProcess({
      name,
      folder: folder ?? join(this.folder, name),
      logFile: join(this.folder, 'logs', name),
      peerPort,
      environment: this.#options.environment ?? {},
      programArguments: [
        ...(this.#options.classic === true ? ['--classic-port=0', '--files-port=0'] : ['--no-classic']),
        ...how,
        `--secret-file=${this.secretFile}`,
        `--credentials=${join(this.folder, 'credentials')}`,
        `--partitions=${partitions ?? 16}`,
        ...(replication === undefined ? [] : [`--replication=${replication}`]),
        ...(graceSeconds === undefined ? [] : [`--grace=${graceSeconds}`]),
        ...(programArguments ?? []),
        ...(argumentsOf?.(number) ?? []),
      ],
    });
  }

  get secretFile(): string {
    return join(this.folder, 'cluster-secret');
  }

  /** Peer addresses of those that run. */
  get peers(): string[] {
    return this.running.map(({ specification }) => `127.0.0.1:${specification.peerPort}`);
  }

  get running(): NodeProcess[] {
    return this.nodes.filter((node) => node.isRunning);
  }

  get serving(): NodeProcess[] {
    return this.nodes.filter((node) => node.isServing);
  }

  /** Starts everybody that does not run and has not left. */
  async startAll(): Promise<void> {
    const absent = this.nodes.filter((node) => !node.isRunning && !node.hasLeft);
    await Promise.all(absent.map((node) => node.start()));
  }

  /** A further node; it joins when it is started. A folder that is given need not be one of this cluster. */
  async describeNewcomer(folder?: string): Promise<NodeProcess> {
    const port = await pickPort('127.0.0.1', this.#takenPorts);
    const node = this.#describeNode(port, [`--join=${this.peers.join(',')}`], folder);
    if (folder === undefined) this.nodes.push(node);
    else this.#guests.push(node);
    return node;
  }

  async addNode(): Promise<NodeProcess> {
    const node = await this.describeNewcomer();
    await node.start();
    return node;
  }

  /** Forgets a node that is dead for good: `startAll` passes it over. */
  giveUp(node: NodeProcess): void {
    this.nodes.splice(this.nodes.indexOf(node), 1);
    this.#guests.push(node);
  }

  client(node: NodeProcess): TestClient {
    const known = this.#clients.get(node.endpoint);
    if (known !== undefined) return known;
    const client = new TestClient(node.endpoint, this.keys);
    this.#clients.set(node.endpoint, client);
    return client;
  }

  /** The cluster as somebody that serves sees it. */
  async status(through?: NodeProcess): Promise<ClusterStatus> {
    const node = through ?? this.serving[0];
    if (node === undefined) throw new Error('no node serves');
    const answer = await this.client(node).send('GET', '/_crescendo/state', { limitMs: 15_000 });
    if (answer.status !== 200) throw new Error(`state: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body.toString()) as ClusterStatus;
  }

  /** What the cluster says of this node. */
  async memberOf(node: NodeProcess): Promise<NodeStatus> {
    const id = await this.idOf(node);
    const found = (await this.status()).nodes.find((member) => member.id === id);
    if (found === undefined) throw new Error(`the cluster does not know ${node.name} (${id})`);
    return found;
  }

  /** As its folder says. */
  async idOf(node: NodeProcess): Promise<string> {
    const identity: unknown = JSON.parse(await readFile(join(node.folder, 'identity.json'), 'utf8'));
    const id: unknown = Reflect.get(Object(identity), 'nodeId');
    if (typeof id !== 'string') throw new Error(`${node.folder} has no identity`);
    return id;
  }

  /** Resolves when every partition has all its copies, where the target wants them, and so many members hold data. */
  async whole(members: number, limitMs = SETTLE_LIMIT_MS): Promise<ClusterStatus> {
    return await eventually(`replicas whole on ${members} nodes`, limitMs, async () => {
      const status = await this.status();
      const { underReplicatedPartitions, movingPartitions } = status.replication;
      const holders = status.nodes.filter(
        ({ state, draining, partitions }) => state === 'up' && !draining && partitions > 0,
      );
      const up = holders.length;
      if (up === members && underReplicatedPartitions === 0 && movingPartitions === 0) return status;
      throw new Error(
        `${up} hold data, ${underReplicatedPartitions} under-replicated, ${movingPartitions} moving`,
      );
    });
  }

  /** Asks for a drain; the answer tells whether it has begun. */
  async drain(node: NodeProcess): Promise<{ readonly status: number; readonly text: string }> {
    const query = { node: await this.idOf(node) };
    const asked = this.serving.find((other) => other !== node) ?? node;
    const answer = await this.client(asked).send('POST', '/_crescendo/drain', { query });
    return { status: answer.status, text: answer.body.toString() };
  }

  async keepLogs(): Promise<string> {
    const kept = await mkdtemp(join(tmpdir(), 'crescendo-e2e-logs-'));
    await cp(join(this.folder, 'logs'), kept, { recursive: true }).catch(() => undefined);
    return kept;
  }

  async end(): Promise<void> {
    await Promise.all([...this.nodes, ...this.#guests].map((node) => node.end()));
    for (const client of this.#clients.values()) client.close();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
