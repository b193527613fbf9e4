import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { test } from 'node:test';
import { runCrescendo } from '../e2e/testing/child-processes.ts';
import { withCluster } from '../e2e/testing/test-cluster.ts';
import { Uploads } from '../e2e/testing/uploads.ts';
import { eventually } from '../e2e/testing/wait.ts';

test('recover: two of three folders are gone; the plan is shown, and the survivor goes on with what it has', async () => {
  await withCluster({ nodes: 3, graceSeconds: 6 }, async (cluster) => {
    const [first, second, survivor] = cluster.nodes;
    await cluster.client(first!).createBucket('kept');
    const uploads = new Uploads(cluster, { bucket: 'kept', clients: 2 });
    await uploads.more(30);
    await uploads.stop();
    await eventually('the survivor has every chunk', 30_000, async () => {
      const { nodes, replication } = await cluster.status();
      return (
        nodes.every(({ missingChunks }) => missingChunks === 0) && replication.underReplicatedPartitions === 0
      );
    });
    for (const lost of [first!, second!]) {
      await lost.kill();
      await rm(lost.folder, { recursive: true });
    }
    const refused = await cluster.client(survivor!).send('GET', '/kept/file 0', { limitMs: 60_000 });
    assert.equal(refused.status, 503);

    const command = [
      'recover',
      `--survivors=${cluster.peers.join(',')}`,
      `--secret-file=${cluster.secretFile}`,
    ];
    const plan = await runCrescendo([...command, '--dry-run', '--json']);
    assert.equal(plan.status, 0, plan.errors);
    const { recovered, partitions } = JSON.parse(plan.output);
    assert.equal(recovered, false);
    assert.equal(partitions.length, 17, 'the system group and 16 partitions');
    assert.equal(partitions[0].partition, 'system');
    assert.equal(partitions[0].missing.length, 2);
    const unsure = await runCrescendo(command);
    assert.equal(unsure.status, 2, 'without a terminal and --yes nothing is done');
    assert.equal(
      (await cluster.client(survivor!).send('GET', '/kept/file 0', { limitMs: 60_000 })).status,
      503,
    );

    const done = await runCrescendo([...command, '--yes']);
    assert.equal(done.status, 0, done.errors);
    assert.match(done.errors, /are gone, although they were acknowledged/);
    assert.deepEqual(await uploads.findLosses(), []);
    const more = new Uploads(cluster, { bucket: 'kept', clients: 1, sizes: [100], prefix: 'later' });
    await more.more(3);
    await more.stop();
    const again = await runCrescendo([...command, '--dry-run', '--json']);
    assert.deepEqual(JSON.parse(again.output).partitions, []);

    // New nodes make the replicas whole again.
    await cluster.addNode();
    await cluster.addNode();
    await eventually('three copies of everything', 120_000, async () => {
      const { replication } = await cluster.status();
      if (replication.underReplicatedPartitions === 0) return true;
      throw new Error(JSON.stringify(replication));
    });
    assert.deepEqual(await uploads.findLosses(), []);
  });
});
