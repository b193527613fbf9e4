/**
 * Bare nodes on one address, each with a classic door on a port that was asked for: the ring of the original programs. Nothing joins by
 * itself; tests say `create` and `join`. Everything is ended and deleted with it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readOrMakeKeys, readOrMakeSecret } from '../../../packages/cli/src/credentials.ts';
import { classicNodeId } from '../../../packages/node/src/doors/classic/classic-id.ts';
import type { WireValue } from '../../../packages/node/src/doors/classic/message-decoder.ts';
import { RpcClient } from '../../../packages/node/src/doors/classic/rpc-client.ts';
import type { ClusterStatus } from '../../../packages/store/src/index.ts';
import { pickPort } from './free-port.ts';
import { NodeProcess } from './node-process.ts';
import { TestClient } from './s3-client.ts';
import { eventually } from './wait.ts';

export const HOST = '127.0.0.1';
const ID_SPACE = 2 ** 32;

export interface BareNode {
  readonly process: NodeProcess;
  readonly rpcPort: number;
  readonly filesPort: number;
  /** Of 32 bits, as the original computes it. */
  readonly id: number;
}

export interface BareRingOptions {
  /** Ports of the RPC doors; their number is that of the nodes. */
  readonly rpcPorts: readonly number[];
  /** For every node, beside ports and folders. */
  readonly programArguments?: readonly string[];
}

export class BareRing {
  readonly nodes: readonly BareNode[];
  readonly #folder: string;

  /** Starts all nodes; none has a ring yet. */
  static async start(options: BareRingOptions): Promise<BareRing> {
    const folder = await mkdtemp(join(tmpdir(), 'crescendo-ring-'));
    const taken = new Set(options.rpcPorts);
    const nodes: BareNode[] = [];
    await readOrMakeKeys(join(folder, 'credentials'));
    await readOrMakeSecret(join(folder, 'secret'));
    for (const rpcPort of options.rpcPorts)
      nodes.push(describeNode(folder, rpcPort, await pickPort(HOST, taken), options.programArguments ?? []));
    const ring = new BareRing(folder, nodes);
    try {
      await Promise.all(nodes.map((node) => node.process.listen()));
      return ring;
    } catch (error) {
      await ring.end();
      throw error;
    }
  }

  private constructor(folder: string, nodes: readonly BareNode[]) {
    this.#folder = folder;
    this.nodes = nodes;
  }

  get living(): BareNode[] {
    return this.nodes.filter((node) => node.process.isRunning);
  }

  /** The node that an id belongs to: the first living one whose id is at or after it, clockwise. */
  ownerOf(id: number): BareNode {
    const byId = this.living.sort((one, other) => one.id - other.id);
    return byId.find((node) => node.id >= id) ?? byId[0]!;
  }

  /** Resolves when every living node names the right owner of `count` ids that divide the space evenly. */
  async ownersRight(count: number, limitMs: number): Promise<void> {
    const ids = Array.from({ length: count }, (_, k) => (ID_SPACE / count) * k);
    await eventually(`right owners from each of ${this.living.length} nodes`, limitMs, async () => {
      for (const node of this.living) {
        const answers = await callAll(
          node.rpcPort,
          ids.map((id) => ['find_successor', id]),
        );
        for (const [k, id] of ids.entries()) {
          const { rpcPort, id: ownerId } = this.ownerOf(id);
          const shown = JSON.stringify(answers[k]);
          if (shown !== JSON.stringify([HOST, rpcPort, ownerId]))
            throw new Error(`${node.rpcPort} says ${shown} for ${id}, not :${rpcPort} (${ownerId})`);
        }
      }
      return true;
    });
  }

  /** Resolves when all data has all its copies on the living nodes. */
  async whole(limitMs: number): Promise<void> {
    await eventually('all copies on the living nodes', limitMs, async () => {
      const { nodes, replication } = await this.#status();
      const up = nodes.filter(({ state }) => state === 'up');
      const missing = up.reduce((sum, node) => sum + node.missingChunks, 0);
      const { underReplicatedPartitions, movingPartitions } = replication;
      if (up.length === this.living.length && underReplicatedPartitions + movingPartitions + missing === 0)
        return true;
      throw new Error(
        `${up.length} of ${this.living.length} up, ${underReplicatedPartitions} partitions short, ${movingPartitions} moving, ${missing} chunks missing`,
      );
    });
  }

  async #status(): Promise<ClusterStatus> {
    const keys = await readOrMakeKeys(join(this.#folder, 'credentials'));
    const client = new TestClient(this.living[0]!.process.endpoint, keys);
    try {
      const { status, body } = await client.send('GET', '/_crescendo/state', { limitMs: 10_000 });
      if (status !== 200) throw new Error(`state: ${status} ${body}`);
      return JSON.parse(body.toString()) as ClusterStatus;
    } finally {
      client.close();
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.process.end()));
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function describeNode(folder: string, rpcPort: number, filesPort: number, more: readonly string[]): BareNode {
  const name = `node-${rpcPort}`;
  const process = new NodeProcess({
    name,
    folder: join(folder, name),
    logFile: join(folder, 'logs', name),
    peerPort: 0,
    programArguments: [
      '--bare',
      `--classic-port=${rpcPort}`,
      `--files-port=${filesPort}`,
      `--secret-file=${join(folder, 'secret')}`,
      `--credentials=${join(folder, 'credentials')}`,
      '--partitions=8',
      ...more,
    ],
  });
  return { process, rpcPort, filesPort, id: classicNodeId(HOST, rpcPort) };
}

/** One call to the classic door. */
export async function call(
  rpcPort: number,
  method: string,
  ...params: readonly WireValue[]
): Promise<WireValue> {
  const [answer] = await callAll(rpcPort, [[method, ...params]]);
  return answer!;
}

/** Calls in one connection, without waiting in between. */
async function callAll(
  rpcPort: number,
  calls: readonly (readonly [string, ...WireValue[]])[],
): Promise<WireValue[]> {
  const client = await RpcClient.open(HOST, rpcPort);
  try {
    return await Promise.all(calls.map(([method, ...params]) => client.call(method, ...params)));
  } finally {
    client.close();
  }
}

/** Ports that nobody listens on now. */
export async function freePorts(count: number): Promise<number[]> {
  const taken = new Set<number>();
  const ports: number[] = [];
  for (let i = 0; i < count; i++) ports.push(await pickPort(HOST, taken));
  return ports;
}
