import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestCluster } from '../e2e/testing/test-cluster.ts';
import { Uploads } from '../e2e/testing/uploads.ts';
import { eventually } from '../e2e/testing/wait.ts';

let cluster: TestCluster;
let uploads: Uploads;

before(async () => {
  cluster = await TestCluster.prepare({ nodes: 3, partitions: 64 });
  await cluster.startAll();
  await cluster.client(cluster.nodes[0]!).createBucket('kept');
  uploads = new Uploads(cluster, { bucket: 'kept' });
});

after(async () => {
  await uploads?.stop();
  const failed = process.exitCode !== undefined && process.exitCode !== 0;
  if (failed) process.stderr.write(`logs: ${await cluster.keepLogs()}\n`);
  await cluster?.end();
});

async function assertNothingLost(): Promise<void> {
  assert.deepEqual(await uploads.findLosses(), []);
}

for (const number of [0, 1, 2]) {
  test(`kill -9 of node ${number + 1} of three in the middle of uploads`, async (t) => {
    const victim = cluster.nodes[number]!;
    await uploads.more(10);
    uploads.takeLongestMs();
    await victim.kill();
    await uploads.more(30);
    t.diagnostic(`the longest upload took ${Math.round(uploads.takeLongestMs())} ms`);
    await victim.start();
    await uploads.more(10);
    await cluster.whole(3);
    await assertNothingLost();
  });
}

test('a node that stands still (SIGSTOP) holds up nobody for long and catches up when it goes on', async (t) => {
  const victim = cluster.nodes[1]!;
  await uploads.more(10);
  uploads.takeLongestMs();
  victim.pause();
  await uploads.more(40, 90_000);
  t.diagnostic(`the longest upload took ${Math.round(uploads.takeLongestMs())} ms`);
  victim.resume();
  await uploads.more(10);
  await cluster.whole(3);
  await assertNothingLost();
});

test('two of three at once: requests answer 503, nothing is lost, service again when one returns', async (t) => {
  const [first, second, third] = cluster.nodes;
  await Promise.all([first!.kill(), second!.kill()]);
  const answer = await cluster.client(third!).send('PUT', '/kept/refused', { body: 'x', limitMs: 60_000 });
  assert.equal(answer.status, 503);
  assert.equal((await cluster.client(third!).send('GET', '/kept/refused', { limitMs: 60_000 })).status, 503);
  const startedMs = performance.now();
  await first!.start();
  await uploads.more(10);
  t.diagnostic(`service again ${Math.round(performance.now() - startedMs)} ms after the start of one`);
  await assertNothingLost();
  await second!.start();
  await cluster.whole(3);
});

test('all stopped at once (SIGTERM) and started again: everything is there', async (t) => {
  const ends = await Promise.all(cluster.nodes.map((node) => node.stop()));
  assert.deepEqual(new Set(ends.map(({ status }) => status)), new Set([0]));
  const startedMs = performance.now();
  await cluster.startAll();
  t.diagnostic(`ready ${Math.round(performance.now() - startedMs)} ms after the start`);
  await assertNothingLost();
  await cluster.whole(3);
});

test('kill -9 of all at once and a start: everything is there', async (t) => {
  await uploads.more(10);
  await Promise.all(cluster.nodes.map((node) => node.kill()));
  const startedMs = performance.now();
  await cluster.startAll();
  t.diagnostic(`ready ${Math.round(performance.now() - startedMs)} ms after the start`);
  await assertNothingLost();
  await cluster.whole(3);
});

test('what was listed at the end is what was acknowledged', async () => {
  await uploads.stop();
  const listed = await eventually('a listing', 10_000, () =>
    cluster.client(cluster.serving[0]!).listAll('kept'),
  );
  const keys = new Set(listed.map(({ key }) => key));
  for (const key of uploads.acknowledged.keys()) assert.ok(keys.has(key), `${key} is listed`);
});
