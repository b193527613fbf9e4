import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type RunningNode, realClock, startNode } from '@crescendo/node';
import { ClusterParameters } from './cluster/cluster-parameters.ts';
import { runFleetNode } from './fleet-node.ts';
import { MemoryGroup } from './testing/memory-group.ts';
import { MemoryParameters } from './testing/memory-parameters.ts';

/** Real nodes on this machine, in a group and with parameters that lie in memory. */
let folder: string;
const group = new MemoryGroup();
const parameters = new ClusterParameters(new MemoryParameters(), '/crescendo/test');
const stopping = new AbortController();
const targets = new Map<string, string>();
const running = new Map<string, RunningNode>();
const ends: Promise<void>[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crescendo-fleet-'));
  await writeFile(join(folder, 'secret'), 'a secret of this test\n', { mode: 0o600 });
});

after(async () => {
  stopping.abort();
  await Promise.allSettled(ends);
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function launch(instanceId: string): Promise<void> {
  group.add(instanceId, 'Pending:Wait', true);
  const peerPort = await freePort();
  const end = runFleetNode(
    {
      parameters,
      metadata: {
        identity: () => Promise.reject(new Error('not asked')),
        targetLifecycleState: async () => targets.get(instanceId),
        hasSpotNotice: async () => false,
      },
      group,
      publisher: { publish: async () => undefined },
      clock: realClock(),
      report: () => undefined,
      startNode: (options) => startNode({ ...options, log: () => undefined }),
    },
    {
      self: { instanceId, address: `127.0.0.1:${peerPort}` },
      node: {
        dataDir: join(folder, instanceId),
        host: '127.0.0.1',
        peerPort,
        s3Port: 0,
        adminPort: 0,
        bare: false,
        zone: 'a',
        instance: instanceId,
        weight: 1,
        replicationFactor: 3,
        partitionCount: 8,
        secretFile: join(folder, 'secret'),
        credentials: [],
        devKeys: false,
      },
      metricsIntervalMs: 60_000,
      signal: stopping.signal,
      started: (node) => running.set(instanceId, node),
    },
  );
  end.catch(() => undefined);
  ends.push(end);
}

/** Waits until the group has been told so. */
async function told(text: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!group.told.includes(text)) {
    assert.ok(performance.now() < deadline, `"${text}" was not told, but: ${group.told.join('; ')}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('[FP2, FL1] three instances that boot together become one store, and each completes its launch hook', async () => {
  await Promise.all(['i-3', 'i-1', 'i-2'].map(launch));
  for (const id of ['i-1', 'i-2', 'i-3']) {
    await told(`complete joined ${id}`);
    group.add(id, 'InService', true);
  }
  const { nodes } = await running.get('i-1')!.fleet.cluster();
  assert.deepEqual(nodes.map(({ advertised }) => advertised.instance).sort(), ['i-1', 'i-2', 'i-3']);
  assert.equal(group.told.filter((line) => line.startsWith('expose')).length, 0, 'none of three may go');
});

test('[FG1, FL2] a fourth joins; then one may go, drains when the group says so, and only then completes its hook', async () => {
  await launch('i-4');
  await told('complete joined i-4');
  group.add('i-4', 'InService', true);
  group.desiredCapacity = 4;
  const deadline = performance.now() + 60_000;
  let exposed: string | undefined;
  while (exposed === undefined) {
    assert.ok(performance.now() < deadline, `nobody was exposed: ${group.told.join('; ')}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    exposed = [...group.instances.values()].find((one) => !one.protectedFromScaleIn)?.instanceId;
  }
  assert.equal(group.told.includes(`complete drained ${exposed}`), false);
  group.add(exposed, 'Terminating:Wait', false);
  targets.set(exposed, 'Terminated');
  await told(`complete drained ${exposed}`);
  const witness = [...running].find(([id]) => id !== exposed)![1];
  const { nodes } = await witness.fleet.cluster();
  assert.deepEqual(
    nodes
      .filter(({ state }) => state === 'up')
      .map(({ advertised }) => advertised.instance)
      .sort(),
    ['i-1', 'i-2', 'i-3', 'i-4'].filter((id) => id !== exposed),
  );
});
