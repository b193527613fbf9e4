import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { filesBelow } from '../e2e/testing/damage.ts';
import { type TestCluster, withCluster } from '../e2e/testing/test-cluster.ts';
import { eventually } from '../e2e/testing/wait.ts';

const CAPACITY_BYTES = 100_000_000;
const BODY = randomBytes(3_000_000);

/** Uploads until one is refused; the keys that were stored, and the refusal. */
async function fill(cluster: TestCluster, prefix: string) {
  const keys: string[] = [];
  for (;;) {
    const key = `${prefix} ${keys.length}`;
    const { status, code, body } = await cluster
      .client(cluster.nodes[keys.length % 3]!)
      .send('PUT', `/kept/${key}`, { body: BODY, limitMs: 60_000 });
    if (status === 503) continue;
    if (status !== 200) return { keys, status, code, text: body.toString() };
    keys.push(key);
    assert.ok(keys.length * BODY.length < CAPACITY_BYTES, 'the limit holds');
  }
}

test('a full volume: a clear 507 before it is full, reads and deletes go on, and space comes back', async (t) => {
  const programArguments = [`--capacity=${CAPACITY_BYTES}`, '--sweep-grace=2'];
  await withCluster({ nodes: 3, partitions: 8, programArguments }, async (cluster) => {
    await cluster.client(cluster.nodes[0]!).createBucket('kept');
    const { keys, status, code, text } = await fill(cluster, 'file');
    t.diagnostic(
      `${keys.length} files of ${BODY.length} bytes, then ${status} ${code}: ${text.slice(0, 300)}`,
    );
    assert.equal(status, 507);
    assert.match(text, /full/);
    assert.ok(keys.length > 10);
    for (const node of cluster.nodes) {
      const bytes = (await filesBelow(node.folder)).reduce((sum, file) => sum + file.bytes, 0);
      assert.ok(bytes <= CAPACITY_BYTES, `${node.name} holds ${bytes}`);
    }
    for (const [i, key] of keys.entries()) {
      const answer = await cluster.client(cluster.nodes[i % 3]!).send('GET', `/kept/${key}`);
      assert.ok(answer.status === 200 && answer.body.equals(BODY), `${key} is read: ${answer.status}`);
    }
    for (const [i, key] of keys.entries()) {
      const answer = await cluster.client(cluster.nodes[i % 3]!).send('DELETE', `/kept/${key}`);
      assert.equal(answer.status, 204, `${key} is deleted`);
    }
    await eventually('there is room again', 60_000, async () => {
      const answer = await cluster.client(cluster.nodes[0]!).send('PUT', '/kept/after', { body: BODY });
      if (answer.status === 200) return true;
      throw new Error(`${answer.status} ${answer.code}`);
    });
    await eventually('all the room came back', 60_000, async () => {
      const { nodes } = await cluster.status();
      const held = nodes.map(({ bytes }) => bytes);
      if (held.every((bytes) => bytes < CAPACITY_BYTES / 3)) return true;
      throw new Error(held.join(', '));
    });
  });
});
