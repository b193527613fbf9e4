import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { NodeProcess } from '../e2e/testing/node-process.ts';
import { TestCluster } from '../e2e/testing/test-cluster.ts';
import { Uploads } from '../e2e/testing/uploads.ts';
import { eventually, within } from '../e2e/testing/wait.ts';

/** A node that is not heard of for so long is given up. */
const GRACE_S = 8;
const LEAVE_LIMIT_MS = 120_000;

let cluster: TestCluster;
let uploads: Uploads;

before(async () => {
  cluster = await TestCluster.prepare({ nodes: 3, partitions: 32, graceSeconds: GRACE_S });
  await cluster.startAll();
  await cluster.client(cluster.nodes[0]!).createBucket('kept');
  uploads = new Uploads(cluster, { bucket: 'kept', clients: 2 });
});

after(async () => {
  await uploads?.stop();
  process.stderr.write(`logs: ${await cluster.keepLogs()}\n`);
  await cluster?.end();
});

async function assertNothingLost(): Promise<void> {
  assert.deepEqual(await uploads.findLosses(), []);
}

/** The drained process ends by itself with status 0 and says that it has left. */
async function assertLeaves(node: NodeProcess): Promise<void> {
  const end = await within(`${node.name} leaving`, LEAVE_LIMIT_MS, node.ended);
  assert.deepEqual(end, { status: 0, signal: null });
  assert.ok(node.hasLeft);
}

test('a drain at three nodes is refused with the reason', async () => {
  await uploads.more(20);
  await cluster.whole(3);
  const { status, text } = await cluster.drain(cluster.nodes[0]!);
  assert.equal(status, 409);
  assert.match(text, /replication factor is 3/);
});

test('a fourth node joins, the drain completes, and the drained process ends by itself', async (t) => {
  const newcomer = await cluster.addNode();
  await cluster.whole(4);
  assert.ok((await cluster.memberOf(newcomer)).partitions > 0);
  const leaving = cluster.nodes[0]!;
  const id = await cluster.idOf(leaving);
  uploads.takeLongestMs();
  assert.equal((await cluster.drain(leaving)).status, 202);
  await assertLeaves(leaving);
  t.diagnostic(`the longest upload meanwhile took ${Math.round(uploads.takeLongestMs())} ms`);
  const { nodes } = await cluster.whole(3);
  const left = nodes.find((node) => node.id === id);
  assert.equal(left?.state, 'out');
  assert.equal(left?.partitions, 0);
  await assertNothingLost();
});

test('a node killed for good among four: replicas are whole again by themselves after the grace period', async (t) => {
  await cluster.addNode();
  await cluster.whole(4);
  const victim = cluster.serving[0]!;
  const startedMs = performance.now();
  await victim.kill();
  await cluster.whole(3);
  t.diagnostic(
    `whole ${Math.round(performance.now() - startedMs)} ms after its death, the grace period being ${GRACE_S} s`,
  );
  await assertNothingLost();
});

test('what comes back after it was given up is used again', async () => {
  const returned = cluster.nodes.find((node) => !node.isRunning && !node.hasLeft)!;
  await returned.start();
  await cluster.whole(4);
  assert.ok((await cluster.memberOf(returned)).partitions > 0);
  await assertNothingLost();
});

test('a fifth and a sixth node join and leave again under load', async (t) => {
  const newcomers = await Promise.all([cluster.describeNewcomer(), cluster.describeNewcomer()]);
  uploads.takeLongestMs();
  await Promise.all(newcomers.map((node) => node.start()));
  await cluster.whole(6);
  await uploads.more(10);
  for (const node of newcomers) {
    await eventually('the drain begins', 60_000, async () => {
      const { status, text } = await cluster.drain(node);
      if (status !== 202) throw new Error(text);
      return true;
    });
  }
  for (const node of newcomers) await assertLeaves(node);
  t.diagnostic(`the longest upload meanwhile took ${Math.round(uploads.takeLongestMs())} ms`);
  await cluster.whole(4);
  await uploads.more(10);
  await uploads.stop();
  await assertNothingLost();
});

test('a drained folder does not start again under its identity', async () => {
  const left = cluster.nodes.find((node) => node.hasLeft)!;
  await assert.rejects(left.start(), /ended with status 1/);
});
