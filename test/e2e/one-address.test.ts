/** A system with one loopback address, such as macOS: three nodes share it, each with ports of its own, which it keeps. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCrescendo } from './testing/child-processes.ts';
import { UpProcess } from './testing/up-process.ts';
import { eventually } from './testing/wait.ts';

const folder = await mkdtemp(join(tmpdir(), 'crescendo-one-'));
const data = join(folder, 'data');
let up: UpProcess | undefined;

after(async () => {
  await up?.end();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

interface Nodes {
  readonly nodes: readonly { readonly id: string; readonly address: string; readonly pid: number }[];
}

async function nodes(): Promise<Nodes['nodes']> {
  const { status, output, errors } = await runCrescendo(['status', '--json', `--data=${data}`]);
  assert.equal(status, 0, errors);
  return (JSON.parse(output) as Nodes).nodes;
}

/** Where the nodes say that they are, as the front has it. */
async function peers(): Promise<string[]> {
  return (await readFile(join(data, 'peers'), 'utf8')).trim().split(',').sort();
}

test('three nodes on one address make a store, and one that is killed comes back at its port', async () => {
  up = await UpProcess.start(data, ['--one-address']);
  const before = await nodes();
  assert.deepEqual(
    before.map(({ address }) => address),
    ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
  );
  const places = await peers();
  assert.equal(new Set(places).size, 3);
  const client = await up.client();
  assert.equal((await client.send('PUT', '/bucket')).status, 200);
  assert.equal((await client.send('PUT', '/bucket/key', { body: 'on one address' })).status, 200);
  const [killed] = before;
  process.kill(killed!.pid, 'SIGKILL');
  await eventually('the killed node runs again', 30_000, async () => {
    const again = (await nodes()).find(({ id }) => id === killed!.id);
    return again !== undefined && again.pid !== 0 && again.pid !== killed!.pid;
  });
  assert.deepEqual(await peers(), places);
  const { status, body } = await client.send('GET', '/bucket/key');
  assert.deepEqual([status, body.toString()], [200, 'on one address']);
});
