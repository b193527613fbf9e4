import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCluster } from './testing/test-cluster.ts';
import { Uploads } from './testing/uploads.ts';

/** What a client may wait at most while one node of three dies. */
const PAUSE_LIMIT_MS = 12_000;

test('kill -9 of a node in the middle of uploads, then of a second: nothing acknowledged is lost, replicas become whole', async (t) => {
  await withCluster({ nodes: 3 }, async (cluster) => {
    const [first, second] = cluster.nodes;
    await cluster.client(first!).createBucket('kept');
    const uploads = new Uploads(cluster, { bucket: 'kept' });
    await uploads.more(10);
    for (const victim of [first!, second!]) {
      uploads.takeLongestMs();
      await victim.kill();
      await uploads.more(15);
      const longestMs = Math.round(uploads.takeLongestMs());
      t.diagnostic(`${victim.name} killed: the longest upload took ${longestMs} ms`);
      assert.ok(longestMs < PAUSE_LIMIT_MS);
      await victim.start();
      await uploads.more(5);
      await cluster.whole(3);
    }
    await uploads.stop();
    t.diagnostic(`${uploads.acknowledged.size} files, ${uploads.failures} tries failed`);
    assert.deepEqual(await uploads.findLosses(), []);
  });
});
