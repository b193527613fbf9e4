import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../testing/eventually.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { growLayout, readLayout, withNode, writeLayout } from './cluster-layout.ts';
import { ClusterSupervisor } from './cluster-supervisor.ts';

/** A node that listens on its classic port and ends when that is taken. */
const LISTENER = `
const server = require('node:net').createServer().listen(Number(process.argv[1]), '127.0.0.1');
server.on('listening', () => process.send({ kind: 'ready' }));
server.on('error', () => process.exit(1));
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));`;

test('[SUP8] a node whose classic port was taken after it was chosen is started again at another one, which is written down', async (t) => {
  const layoutPath = join(await temporaryFolder(t), 'cluster.json');
  const thief = createServer();
  await new Promise<void>((done) => thief.listen(0, '127.0.0.1', done));
  t.after(() => thief.close());
  const { port } = thief.address() as AddressInfo;
  const layout = withNode(await growLayout(undefined, 1, 'http://127.0.0.1:1'), 1, { classicPort: port });
  await writeLayout(layoutPath, layout);
  const told: string[] = [];
  const supervisor = new ClusterSupervisor({
    layout,
    layoutPath,
    nodeLog: () => join(layoutPath, '..', 'log'),
    command: ({ classicPort }) => [process.execPath, '-e', LISTENER, String(classicPort)],
    environment: process.env,
    tell: (line) => told.push(line),
    timing: { firstPauseMs: 10, longestPauseMs: 40 },
  });
  t.after(() => supervisor.stop());
  supervisor.start();
  await eventually('the node is ready', () => supervisor.allReady);
  const chosen = supervisor.layout.nodes[0]!.classicPort;
  assert.notEqual(chosen, port);
  assert.match(
    told.join('\n'),
    new RegExp(`:${port} is in use: the classic door of node 1 is at port ${chosen}`),
  );
  await supervisor.recordEndpoint('http://127.0.0.1:2');
  const written = await readLayout(layoutPath);
  assert.equal(written?.nodes[0]?.classicPort, chosen);
  assert.equal(written?.endpoint, 'http://127.0.0.1:2');
});
