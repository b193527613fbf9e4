import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { type AdminDoor, openAdminDoor } from './admin-door.ts';

let door: AdminDoor;

before(async () => {
  const view = {
    hosts: ['store.example'],
    health: () => ({ ready: true, detail: {} }),
    metrics: () => [],
    state: () => Promise.resolve({}),
  };
  door = await openAdminDoor(view, { host: '127.0.0.1', port: 0 });
});

after(() => door.close());

function statusOf(
  path: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`http://${door.address}${path}`, { headers, method, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sent.once('error', reject);
    sent.end();
  });
}

test('programs read health, metrics and state, under an address or a name that is known', async () => {
  for (const path of ['/health', '/metrics', '/state']) assert.equal(await statusOf(path, {}), 200);
  assert.equal(await statusOf('/state', { host: 'store.example:7090' }), 200);
  assert.equal(await statusOf('/state', { host: 'localhost:7090' }), 200);
});

test('a page of another origin and a page whose name was made to point here are refused', async () => {
  assert.equal(await statusOf('/state', { origin: 'https://evil.example' }), 403);
  assert.equal(await statusOf('/state', { 'sec-fetch-site': 'cross-site' }), 403);
  assert.equal(await statusOf('/state', { host: 'rebound.example' }), 403);
  assert.equal(await statusOf('/state', { host: 'rebound.example', origin: 'http://rebound.example' }), 403);
});

test('the door changes nothing: only GET and HEAD are allowed', async () => {
  assert.equal(await statusOf('/state', {}, 'POST'), 405);
});
