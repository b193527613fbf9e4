import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import type { CallerUser } from './caller-user.ts';
import type { InstanceMetadata } from './metadata-server.ts';
import { MetadataServer } from './metadata-server.ts';

const TOKEN = 'X-aws-ec2-metadata-token';
const TTL = `${TOKEN}-ttl-seconds`;

async function world(t: TestContext, change: Partial<InstanceMetadata> = {}) {
  let nowMs = 1000;
  const server = new MetadataServer({
    metadataOf: (instanceId) => ({
      tree: {
        'meta-data': { 'instance-id': instanceId, tags: { instance: { Name: 'one' } }, absent: undefined },
        'user-data': '#!/bin/sh\n',
      },
      enabled: true,
      tokenRequired: false,
      ...change,
    }),
    wallMs: () => nowMs,
    key: new Uint8Array(32).fill(7),
  });
  t.after(() => server.stop());
  const open = async (instanceId: string): Promise<string> => {
    const port = await server.open(instanceId, { host: '127.0.0.1', metadataPort: 0 });
    return `http://127.0.0.1:${port}`;
  };
  return { open, server, advance: (ms: number) => (nowMs += ms) };
}

async function token(base: string, seconds: string): Promise<Response> {
  return await fetch(`${base}/latest/api/token`, { method: 'PUT', headers: { [TTL]: seconds } });
}

/** With headers that `fetch` does not let through. */
function statusOf(
  base: string,
  headers: Record<string, string>,
  path = '/latest/meta-data/instance-id',
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(`${base}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end();
  });
}

test('[N1] each instance reads its own data at its own address', async (t) => {
  const { open } = await world(t);
  const [one, other] = [await open('i-1'), await open('i-2')];
  assert.equal(await (await fetch(`${one}/latest/meta-data/instance-id`)).text(), 'i-1');
  assert.equal(await (await fetch(`${other}/latest/meta-data/instance-id`)).text(), 'i-2');
  assert.equal(await (await fetch(`${one}/2021-07-15/meta-data/instance-id`)).text(), 'i-1');
});

test('[N2] a folder lists its names; what is not there is 404', async (t) => {
  const base = await (await world(t)).open('i-1');
  assert.equal(await (await fetch(`${base}/latest/`)).text(), 'meta-data/\nuser-data');
  assert.equal(await (await fetch(`${base}/latest/meta-data/`)).text(), 'instance-id\ntags/');
  assert.equal(await (await fetch(`${base}/latest/meta-data/tags/instance/Name`)).text(), 'one');
  for (const path of ['absent', 'no', 'instance-id/deeper', 'constructor', 'tags/instance/toString']) {
    assert.equal((await fetch(`${base}/latest/meta-data/${path}`)).status, 404, path);
  }
});

test('[N3] a token is asked for by PUT with a life of 1 to 21600 seconds, and ends with it', async (t) => {
  const { open, advance } = await world(t, { tokenRequired: true });
  const base = await open('i-1');
  for (const seconds of ['0', '21601', 'x', ''])
    assert.equal((await token(base, seconds)).status, 400, seconds);
  assert.equal((await fetch(`${base}/latest/api/token`)).status, 405);
  const issued = await token(base, '60');
  assert.equal(issued.headers.get(TTL), '60');
  const headers = { [TOKEN]: await issued.text() };
  assert.equal((await fetch(`${base}/latest/user-data`, { headers })).status, 200);
  advance(61_000);
  assert.equal((await fetch(`${base}/latest/user-data`, { headers })).status, 401);
});

test('[N3] where tokens are required nothing is answered without one, and one that is wrong or of another instance is never accepted', async (t) => {
  const { open } = await world(t, { tokenRequired: true });
  const [one, other] = [await open('i-1'), await open('i-2')];
  assert.equal((await fetch(`${one}/latest/meta-data/`)).status, 401);
  const foreign = await (await token(other, '60')).text();
  for (const wrong of ['x', 'x.y', foreign, '']) {
    assert.equal(
      (await fetch(`${one}/latest/meta-data/`, { headers: { [TOKEN]: wrong } })).status,
      401,
      wrong,
    );
  }
});

test('[N4] what a browser or a proxy sends is refused', async (t) => {
  const base = await (await world(t)).open('i-1');
  assert.equal(await statusOf(base, {}), 200);
  for (const headers of [
    { origin: 'http://example.com' },
    { 'sec-fetch-site': 'cross-site' },
    { 'x-forwarded-for': '192.0.2.1' },
    { host: 'rebound.example.com' },
  ]) {
    assert.equal(await statusOf(base, headers), 403, JSON.stringify(headers));
  }
});

test('[N6] programs of other users are refused, root’s and the cloud’s own user’s are not', async (t) => {
  const users: CallerUser[] = [process.getuid?.() ?? 0, 0, 'unknown', 4711, 'nobody'];
  const server = new MetadataServer({
    metadataOf: () => ({ tree: { 'user-data': 'x' }, enabled: true, tokenRequired: false }),
    wallMs: () => 0,
    key: new Uint8Array(32),
    callerUser: () => users.shift()!,
  });
  t.after(() => server.stop());
  const port = await server.open('i-1', { host: '127.0.0.1', metadataPort: 0 });
  for (const expected of [200, 200, 200, 403, 403]) {
    const status = await statusOf(`http://127.0.0.1:${port}`, { connection: 'close' }, '/latest/user-data');
    assert.equal(status, expected);
  }
});

const WHY_NOT =
  process.platform !== 'linux' || process.getuid?.() !== 0
    ? 'becoming another user takes Linux and root'
    : false;

test('[N6] the system tells whose program it is', { skip: WHY_NOT }, async (t) => {
  const base = await (await world(t)).open('i-1');
  const ask = `fetch('${base}/latest/user-data').then(({ status }) => console.log(status))`;
  const asUser = async (uid: number): Promise<string> => {
    const child = spawn(process.execPath, ['-e', ask], { uid, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (piece) => (said += piece));
    await once(child, 'close');
    return said.trim();
  };
  assert.deepEqual(await Promise.all([asUser(0), asUser(65534)]), ['200', '403']);
});

test('[N5] a service that is switched off answers 403, and what is closed listens no more', async (t) => {
  const { open, server } = await world(t, { enabled: false });
  const base = await open('i-1');
  assert.equal((await fetch(`${base}/latest/meta-data/`)).status, 403);
  assert.equal((await token(base, '60')).status, 403);
  await server.close('i-1');
  await assert.rejects(fetch(base));
});
