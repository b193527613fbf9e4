import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryObjectStore } from '@crescendo/store/testing';
import { createClassicDoor } from './classic-door.ts';
import { classicFileId } from './classic-id.ts';
import type { ClassicNode } from './ring-view.ts';
import { RpcClient } from './rpc-client.ts';
import { staticRing } from './testing/static-ring.ts';

const ANY_PORT = { host: '127.0.0.1', port: 0 };

function options(store = new MemoryObjectStore({ now: () => 0 })) {
  return { ring: staticRing([5057, 5058, 5059], 5057), store, rpc: ANY_PORT, files: ANY_PORT, log: () => {} };
}

test('what the original programs do: look a file up, upload it there, download it', async () => {
  const door = createClassicDoor(options());
  await door.listening;
  const client = await RpcClient.open('127.0.0.1', door.addresses.rpc.port);
  const [ip] = (await client.call('find_successor', classicFileId('a.txt'))) as ClassicNode;
  const url = `http://${ip}:${door.addresses.files.port}`;
  const body = new FormData();
  body.append('files', new Blob(['hello']), 'a.txt');
  assert.equal((await fetch(`${url}/upload`, { method: 'POST', body })).status, 204);
  assert.equal(await (await fetch(`${url}/a.txt`)).text(), 'hello');
  client.close();
  await door.close();
});

test('a port that is taken fails the whole door, and leaves nothing open', async () => {
  const first = createClassicDoor(options());
  await first.listening;
  const second = createClassicDoor({ ...options(), files: first.addresses.files });
  await assert.rejects(second.listening, { code: 'EADDRINUSE' });
  await first.close();
});
