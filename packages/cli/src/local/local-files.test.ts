import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { BoundedLog } from './bounded-log.ts';
import { readEndpoint, readPeers, writeEndpoint, writePeers } from './endpoint-file.ts';
import { lockDataFolder } from './folder-lock.ts';

test('[LOC1] a second `up` on one folder is refused until the first is gone', async (t) => {
  const folder = await temporaryFolder(t);
  const lock = lockDataFolder(folder);
  assert.throws(
    () => lockDataFolder(folder),
    new RegExp(
      `the data folder ${folder} is in use by process ${process.pid}; stop that "crescendo up", or give this one another folder with --data`,
    ),
  );
  lock.release();
  lockDataFolder(folder).release();
});

test('[LOC2] a log never takes more than twice its limit', async (t) => {
  const path = join(await temporaryFolder(t), 'logs', 'log');
  const log = new BoundedLog(path, assert.fail, 100);
  for (let i = 0; i < 50; i++) log.append(`line ${String(i).padStart(4, '0')}\n`);
  const text = readFileSync(`${path}.1`, 'utf8') + readFileSync(path, 'utf8');
  assert.ok(text.length <= 200);
  assert.match(text, /line 0049\n$/);
});

test('[LOC2] a log that cannot be written is told once and ends nothing', async (t) => {
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

test('[LOC3] the endpoint and the peers of the store are found again on the data folder', async (t) => {
  const folder = await temporaryFolder(t);
  assert.equal(await readEndpoint(join(folder, 'endpoint')), undefined);
  await writeEndpoint(join(folder, 'endpoint'), 'http://127.0.0.1:4566');
  assert.equal(await readEndpoint(join(folder, 'endpoint')), 'http://127.0.0.1:4566');
  const peers = [{ host: '127.0.16.4', port: 7000 }];
  assert.deepEqual(await readPeers(join(folder, 'peers')), []);
  await writePeers(join(folder, 'peers'), peers);
  assert.deepEqual(await readPeers(join(folder, 'peers')), peers);
});
