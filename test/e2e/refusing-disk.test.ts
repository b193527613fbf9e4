import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { TestCluster } from './testing/test-cluster.ts';

/** Sets how large the files of another process may become; Linux only. */
const LIMITER = 'prlimit';
const skip = spawnSync(LIMITER, ['--version']).status === 0 ? false : `there is no ${LIMITER}`;

test('a node whose disk refuses the applied state ends with the reason, and nothing acknowledged is lost', {
  skip,
}, async () => {
  const cluster = await TestCluster.prepare({ nodes: 1, partitions: 8 });
  try {
    await cluster.startAll();
    const node = cluster.nodes[0]!;
    const client = cluster.client(node);
    await client.createBucket('kept');
    // The log is far smaller than this: only the state has no room.
    const { size } = await stat(join(node.folder, 'state', 'data.mdb'));
    execFileSync(LIMITER, ['--pid', String(node.pid), `--fsize=${size}`]);
    const keys: string[] = [];
    while (node.isRunning && keys.length < 2_000) {
      const key = `key-${keys.length}-${'x'.repeat(200)}`;
      const answer = await client.send('PUT', `/kept/${key}`, { body: 'x' }).catch(() => undefined);
      if (answer?.status === 200) keys.push(key);
    }
    const { status, signal } = await node.ended;
    // See lmdb-environment.ts for the abort: the reason stands in the log by then.
    assert.ok(status === 1 || signal === 'SIGABRT' || signal === 'SIGSEGV', `status ${status}, ${signal}`);
    const log = await readFile(node.specification.logFile, 'utf8');
    assert.match(log, /"state write failed".*restart the node when the disk is sound and has room/);
    if (status === 1) assert.match(log, /^crescendo: writing the (state|log) failed/m);
    assert.doesNotMatch(log, /unhandled|uncaught|commitError/i);

    await node.start();
    for (const key of keys) {
      const found = await cluster.client(node).send('GET', `/kept/${key}`);
      assert.equal(found.status, 200, key);
    }
  } finally {
    await cluster.end();
  }
});
