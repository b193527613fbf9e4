import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from '../world/world.ts';
import { Cluster } from './cluster.ts';
import { productionLaunch } from './production-node.ts';
import { SimQueue } from './sim-queue.ts';

const MIB = 1024 * 1024;
const OBJECTS = 260;
const OBJECT_BYTES = 8 * 1024;
const PATIENCE_MS = 600_000;

test('[S20] what may leave is judged by the loads of now: after a deletion a node may go', async () => {
  // The leader looked at its view, which keeps the loads of the last change of members: no node could go for ever.
  const world = new World({ seed: 5 });
  const queue = new SimQueue(5);
  const settings = { partitionCount: 8, holdsBlobs: false, fetchDelayMs: 200, compactsEagerly: false, queue };
  const cluster = new Cluster(world, productionLaunch(settings), {
    founders: 4,
    volumeBytes: 2.1 * MIB,
    poisonsReads: false,
    forgetsLogs: false,
  });
  const refusals = (): (string | undefined)[] =>
    cluster.nodes.map(
      ({ running }) => running?.drainRefusal?.call(running) ?? (running ? 'none' : undefined),
    );
  const until = async (what: string, holds: () => boolean): Promise<void> => {
    for (let waited = 0; !holds(); waited += 500) {
      assert.ok(waited < PATIENCE_MS, `${what}: ${refusals().join(' | ')}`);
      await world.sleep(500);
    }
  };
  await world.run(async () => {
    for (const node of cluster.nodes) cluster.start(node);
    await until('all serve', () => cluster.nodes.every(({ running }) => running !== undefined));
    const { store } = cluster.nodes[0]!.running!;
    await store.createBucket('b');
    for (let i = 0; i < OBJECTS; i++) await store.putObject(objectOf(`${i}`));
    await until('too full to go', () => refusals().some((reason) => reason?.includes('would have to hold')));
    for (let i = 0; i < OBJECTS; i++) await store.deleteObject('b', `${i}`);
    await until('one may go', () => refusals().includes('none'));
  });
});

function objectOf(key: string) {
  const whole = new Uint8Array(OBJECT_BYTES).fill(7);
  return {
    bucket: 'b',
    key,
    headers: {},
    userMetadata: {},
    conditions: {},
    body: { size: whole.length, bytes: once(whole), whole, finish: async () => ({ etag: key }) },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
