import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { ownPorts } from './own-ports.ts';

const HOST = '127.0.0.1';

test('[LOC7] ports are chosen once, differ, and are kept', async (t) => {
  const path = join(await temporaryFolder(t), 'ports.json');
  const ports = await ownPorts(path, HOST);
  assert.equal(new Set(Object.values(ports)).size, 5);
  assert.deepEqual(await ownPorts(path, HOST), ports);
});

test('[LOC7] the peer port stays whoever has it; others give way', async (t) => {
  const path = join(await temporaryFolder(t), 'ports.json');
  const ports = await ownPorts(path, HOST);
  for (const port of [ports.peer, ports.s3]) {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port, HOST, resolve));
    t.after(() => other.close());
  }
  const again = await ownPorts(path, HOST);
  assert.notEqual(again.s3, ports.s3);
  assert.deepEqual(again, { ...ports, s3: again.s3 });
  assert.deepEqual((await ownPorts(path, HOST)).peer, ports.peer);
});

test('[LOC7] a file that holds no ports is an error that says what it should hold', async (t) => {
  const path = join(await temporaryFolder(t), 'ports.json');
  for (const text of ['', '{"version":1,"ports":{"peer":0}}', '{"version":2}']) {
    await writeFile(path, text);
    await assert.rejects(ownPorts(path, HOST), /ports\.json should hold \{"version":1/);
  }
});
