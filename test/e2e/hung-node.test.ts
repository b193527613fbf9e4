import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFront } from '../../packages/node/src/index.ts';
import { TestClient } from './testing/s3-client.ts';
import { type TestCluster, withCluster } from './testing/test-cluster.ts';
import { eventually } from './testing/wait.ts';

/** 2 to 3 seconds are the aim; the rest is for machines that do much else. */
const PAUSE_LIMIT_MS = 4_500;
const WORKERS = 8;
const KEYS = 48;

async function openFront(cluster: TestCluster): Promise<{ client: TestClient; stop(): Promise<void> }> {
  const front = await startFront({
    listen: { host: '127.0.0.1', port: 0 },
    peers: () => cluster.peers.map((peer) => ({ host: '127.0.0.1', port: Number(peer.split(':')[1]) })),
    secretFile: cluster.secretFile,
    credentials: [cluster.keys],
    devKeys: false,
    log: () => undefined,
  });
  const client = new TestClient(`http://127.0.0.1:${front.address.port}`, cluster.keys);
  return {
    client,
    stop: async () => {
      client.close();
      await front.stop();
    },
  };
}

/** Writes and reads every key again and again until told to stop; the longest wait of each kind of request. */
function useAll(client: TestClient): {
  longest: Map<string, number>;
  rounds(): number;
  stop(): Promise<void>;
} {
  const longest = new Map<string, number>();
  let next = 0;
  let stopped = false;
  const timed = async (kind: 'PUT' | 'GET', key: number, body?: Buffer): Promise<void> => {
    const startedMs = performance.now();
    const { status } = await client.send(kind, `/hung/key-${key}`, {
      ...(body && { body }),
      limitMs: 30_000,
    });
    assert.equal(status, 200, `${kind} of key ${key}`);
    longest.set(kind, Math.max(longest.get(kind) ?? 0, performance.now() - startedMs));
  };
  const work = async (): Promise<void> => {
    while (!stopped) {
      const key = next++ % KEYS;
      await timed('PUT', key, Buffer.alloc(key % 8 === 0 ? 100_000 : 500, key));
      await timed('GET', key);
    }
  };
  const workers = Promise.all(Array.from({ length: WORKERS }, work));
  workers.catch(() => undefined);
  return {
    longest,
    rounds: () => next / KEYS,
    stop: async () => {
      stopped = true;
      await workers;
    },
  };
}

test('a node that hangs (SIGSTOP) holds clients of the front for few seconds, reads and writes alike', async (t) => {
  await withCluster({ nodes: 3, partitions: 16 }, async (cluster) => {
    const front = await openFront(cluster);
    try {
      await eventually('the front serves', 20_000, async () => {
        await front.client.createBucket('hung');
        return true;
      });
      for (const victim of cluster.nodes) {
        const use = useAll(front.client);
        await eventually('every key was used', 60_000, () => use.rounds() >= 1);
        use.longest.clear();
        victim.pause();
        const begun = use.rounds();
        await eventually('every key was used twice', 60_000, () => use.rounds() >= begun + 2);
        await use.stop();
        victim.resume();
        const [put, get] = ['PUT', 'GET'].map((kind) => Math.round(use.longest.get(kind) ?? 0));
        t.diagnostic(`${victim.name} hung: the slowest write took ${put} ms, the slowest read ${get} ms`);
        assert.ok(put! < PAUSE_LIMIT_MS && get! < PAUSE_LIMIT_MS);
        await cluster.whole(3);
      }
    } finally {
      await front.stop();
    }
  });
});
