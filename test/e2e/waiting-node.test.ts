import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCrescendo } from './testing/child-processes.ts';
import { eventually } from './testing/wait.ts';

test('[FL4] a node of a group waits for the services of its cloud, and stops when it is told to', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'crescendo-waiting-'));
  const logFile = join(folder, 'log');
  const { child, ended } = startCrescendo(
    ['node', `--data=${join(folder, 'data')}`, '--cluster-parameters=/no/such'],
    // Nobody listens there.
    { logFile, environment: { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:1' } },
  );
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  await eventually('it has asked again', 30_000, async () => {
    assert.equal(child.exitCode, null, await readFile(logFile, 'utf8'));
    return (await readFile(logFile, 'utf8')).split('waiting for the services').length > 2;
  });
  child.kill('SIGTERM');
  assert.deepEqual(await ended, { status: 0, signal: null });
});
