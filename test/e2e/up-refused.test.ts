import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lockDataFolder } from '../../packages/cli/src/local/folder-lock.ts';
import { runCrescendo } from './testing/child-processes.ts';

async function folderOf(t: { after(end: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'crescendo-refused-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('[CLI1] up on a port that another program has says so and starts nothing', async (t) => {
  const data = join(await folderOf(t), 'data');
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const { status, errors } = await runCrescendo(['up', `--data=${data}`, `--port=${port}`]);
  assert.equal(status, 1);
  assert.match(
    errors,
    new RegExp(`^crescendo: port ${port} on 127.0.0.1 is used by another program: stop that`),
  );
  assert.equal((await readdir(data)).includes('cloud'), false);
});

test('[LOC1] a second up on one folder says who has it', async (t) => {
  const data = await folderOf(t);
  const lock = lockDataFolder(data);
  t.after(() => lock.release());
  const { status, errors } = await runCrescendo(['up', `--data=${data}`, '--port=0']);
  assert.equal(status, 1);
  assert.match(errors, new RegExp(`is in use by process ${process.pid}; stop that "crescendo up", or give`));
});
