import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cutTo, filesBelow, flipBytes } from './testing/damage.ts';
import type { NodeProcess } from './testing/node-process.ts';
import { TestCluster } from './testing/test-cluster.ts';
import { Uploads } from './testing/uploads.ts';
import { eventually } from './testing/wait.ts';

let cluster: TestCluster;
let uploads: Uploads;

before(async () => {
  cluster = await TestCluster.prepare({ nodes: 3, partitions: 8 });
  await cluster.startAll();
  await cluster.client(cluster.nodes[0]!).createBucket('kept');
  uploads = new Uploads(cluster, { bucket: 'kept', clients: 2 });
  await uploads.more(24);
  await uploads.stop();
  await cluster.whole(3);
});

after(async () => {
  await cluster?.end();
});

/** Members without those that are out. */
async function presentIds(): Promise<string[]> {
  const { nodes } = await cluster.status();
  return nodes.filter(({ state }) => state !== 'out').map(({ id }) => id);
}

async function logOf(node: NodeProcess): Promise<string> {
  return await readFile(node.specification.logFile, 'utf8');
}

/** Reads everything through this node alone. */
async function assertAllRightThrough(node: NodeProcess): Promise<void> {
  const others = cluster.nodes.filter((other) => other !== node);
  for (const [key] of uploads.acknowledged) {
    const { status } = await cluster.client(node).send('GET', `/kept/${key}`);
    assert.equal(status, 200, key);
  }
  assert.equal(others.length, 2);
  assert.deepEqual(await uploads.findLosses(), []);
}

/** Names of chunks that the node has found damaged, as its log says. */
async function damagedChunks(node: NodeProcess): Promise<Set<string>> {
  const lines = (await logOf(node)).split('\n').filter((line) => line.includes('damaged chunk'));
  return new Set(lines.map((line) => /[0-9a-f-]{20,}\.\d+/.exec(line)?.[0] ?? ''));
}

test('damaged chunks: every answer is right, and the chunks are repaired', async () => {
  const victim = cluster.nodes[1]!;
  const volumes = (await filesBelow(join(victim.folder, 'chunks'))).filter(({ path }) =>
    path.endsWith('.volume'),
  );
  const { path, bytes } = volumes.at(-1)!;
  for (const part of [1, 2, 3]) await flipBytes(path, Math.floor((bytes * part) / 4), 3);
  assert.deepEqual(await uploads.findLosses(), []);
  await eventually('the damage is found', 90_000, async () => (await damagedChunks(victim)).size >= 2);
  await cluster.whole(3);
  await assertAllRightThrough(victim);
});

test('a damaged metadata store is rebuilt from the peers', async () => {
  const victim = cluster.nodes[2]!;
  const id = await cluster.idOf(victim);
  await victim.stop();
  const data = join(victim.folder, 'state', 'data.mdb');
  await flipBytes(data, 0, 100_000);
  await victim.start();
  assert.match(await logOf(victim), /the applied state is lost/);
  assert.equal(await cluster.idOf(victim), id, 'the log is whole: it stays who it is');
  await cluster.whole(3);
  await assertAllRightThrough(victim);
});

test('metadata files that are gone are rebuilt from the peers', async () => {
  const victim = cluster.nodes[2]!;
  await victim.kill();
  await cutTo(join(victim.folder, 'state', 'data.mdb'), 0);
  await victim.start();
  await cluster.whole(3);
  await assertAllRightThrough(victim);
});

const LOG_DAMAGES: readonly (readonly [
  string,
  (segment: { path: string; bytes: number }) => Promise<void>,
])[] = [
  ['a damaged', ({ path, bytes }) => flipBytes(path, Math.floor(bytes / 2), 40)],
  ['a truncated', ({ path, bytes }) => cutTo(path, Math.floor(bytes / 2))],
];

for (const [what, damage] of LOG_DAMAGES) {
  test(`${what} log: the node comes back under a new identity, as a learner, and the old one goes out`, async () => {
    const victim = cluster.nodes[0]!;
    const oldId = await cluster.idOf(victim);
    await victim.stop();
    const [segment] = (await filesBelow(join(victim.folder, 'log'))).filter(({ path }) =>
      path.includes('segment-'),
    );
    await damage(segment!);
    await victim.start();
    assert.match(await logOf(victim), /the log is damaged/);
    const newId = await cluster.idOf(victim);
    assert.notEqual(newId, oldId);
    await cluster.whole(3);
    const ids = await presentIds();
    assert.ok(ids.includes(newId));
    assert.ok(!ids.includes(oldId));
    await assertAllRightThrough(victim);
  });
}
