import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { BoundedLog } from './bounded-log.ts';
import { activeNodes, growLayout, portsOf, readLayout, withNodeLeft, writeLayout } from './cluster-layout.ts';
import { lockFolder } from './folder-lock.ts';
import { settlePorts } from './settle-ports.ts';

test('[SUP5] a second supervisor of one folder is refused until the first is gone', async (t) => {
  const path = join(await temporaryFolder(t), 'up.lock');
  const lock = await lockFolder(path, 'data');
  await assert.rejects(lockFolder(path, 'data'), /"crescendo up" is running on data already \(process \d+\)/);
  await lock.release();
  await (await lockFolder(path, 'data')).release();
});

test('[SUP5] the lock of a process that is gone, or of another that has its number now, is taken over', async (t) => {
  const path = join(await temporaryFolder(t), 'up.lock');
  for (const stale of ['{"pid":4194305,"began":"1"}', `{"pid":${process.pid},"began":"1"}`, 'garbage', '']) {
    await writeFile(path, stale);
    await (await lockFolder(path, 'data')).release();
  }
});

test('[SUP6] addresses are chosen once and kept, and a smaller number takes no node away', async (t) => {
  const path = join(await temporaryFolder(t), 'cluster.json');
  const first = await growLayout(await readLayout(path), 3, 'http://127.0.0.1:1');
  await writeLayout(path, first);
  assert.deepEqual(await growLayout(await readLayout(path), 1, 'http://127.0.0.1:1'), first);
  const ports = first.nodes.flatMap((node) => portsOf(node).map((port) => `${node.host}:${port}`));
  assert.equal(new Set(ports).size, 15);
  assert.ok(first.nodes.every((node) => node.founder));
  assert.equal((await stat(path)).mode & 0o777, 0o600);
});

test('[SUP4] [SUP6] a node that has left makes room for a new one, which joins', async () => {
  const first = await growLayout(undefined, 3, '');
  const after = await growLayout(withNodeLeft(first, 2), 3, '');
  assert.deepEqual(
    activeNodes(after).map(({ number, founder }) => [number, founder]),
    [
      [1, true],
      [3, true],
      [4, false],
    ],
  );
});

test('[SUP6] a layout that cannot be read is not overwritten', async (t) => {
  const path = join(await temporaryFolder(t), 'cluster.json');
  for (const text of ['{', '{"version":2,"nodes":[]}']) {
    await writeFile(path, text);
    await assert.rejects(readLayout(path), /cluster\.json/);
  }
});

test('[SUP6] a peer port in use stops the start and says where it is recorded; a classic port is chosen anew', async (t) => {
  const layout = await growLayout(undefined, 1, '');
  const told: string[] = [];
  const options = { patienceMs: 0, tell: (line: string) => void told.push(line), layoutPath: 'cluster.json' };
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const node = { ...layout.nodes[0]!, host: '127.0.0.1' };
  const peerTaken = { ...layout, nodes: [{ ...node, peerPort: port }] };
  await assert.rejects(
    settlePorts(peerTaken, options),
    new RegExp(`port ${port} on 127.0.0.1.*cluster.json`),
  );
  const settled = await settlePorts({ ...layout, nodes: [{ ...node, classicPort: port }] }, options);
  assert.notEqual(settled.nodes[0]!.classicPort, port);
  assert.match(told.at(-1)!, /the classic door of node 1 is at port \d+ instead/);
});

test('[SUP7] a log never takes more than twice its limit', async (t) => {
  const path = join(await temporaryFolder(t), 'logs', 'log');
  const log = new BoundedLog(path, assert.fail, 100);
  for (let i = 0; i < 50; i++) log.append(`line ${String(i).padStart(4, '0')}\n`);
  const text = readFileSync(`${path}.1`, 'utf8') + readFileSync(path, 'utf8');
  assert.ok(text.length <= 200);
  assert.match(text, /line 0049\n$/);
});

test('[SUP7] a log that cannot be written is told once and ends nothing', async (t) => {
  const folder = await temporaryFolder(t);
  writeFileSync(join(folder, 'file'), '');
  const told: string[] = [];
  const log = new BoundedLog(join(folder, 'log'), (reason) => told.push(reason), 5);
  log.append('12345');
  writeFileSync(join(folder, 'log.1'), '');
  const broken = new BoundedLog(folder, (reason) => told.push(reason));
  broken.append('a');
  broken.append('b');
  assert.equal(told.length, 1);
});
