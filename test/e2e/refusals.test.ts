import assert from 'node:assert/strict';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { NodeProcess } from './testing/node-process.ts';
import { TestCluster } from './testing/test-cluster.ts';
import { eventually, within } from './testing/wait.ts';

let cluster: TestCluster;

before(async () => {
  cluster = await TestCluster.prepare({ nodes: 3, classic: true });
  await cluster.startAll();
  await cluster.client(cluster.nodes[0]!).createBucket('kept');
  await put('before', 'it is there');
});

after(async () => {
  await cluster?.end();
});

async function put(key: string, body: string): Promise<void> {
  await eventually(`${key} is stored`, 30_000, async () => {
    const { status, code } = await cluster.client(cluster.serving[0]!).send('PUT', `/kept/${key}`, { body });
    if (status === 200) return true;
    throw new Error(`${status} ${code}`);
  });
}

async function assertServes(node: NodeProcess): Promise<void> {
  const { status, body } = await cluster.client(node).send('GET', '/kept/before');
  assert.equal(status, 200);
  assert.equal(body.toString(), 'it is there');
}

/** Sends bytes and resolves when the other side has closed, or after a while when it listens on. */
async function sendBytes(address: string, bytes: Uint8Array): Promise<void> {
  const [host, port] = address.split(':');
  const socket = connect(Number(port), host);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  socket.on('data', () => undefined);
  socket.write(bytes);
  socket.end();
  await within(`${address} closing`, 20_000, closed).finally(() => socket.destroy());
}

function garbage(): Uint8Array[] {
  const noise = Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 7919 + 13) % 256));
  return [
    noise,
    Buffer.alloc(200_000),
    Buffer.alloc(100, 0xff),
    Buffer.from('7fffffff01', 'hex'),
    Buffer.from('dfffffffff', 'hex'),
    Buffer.from('940000c0dd7fffffff', 'hex'),
    Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'),
    Buffer.from(`POST /upload HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n--half`),
    Buffer.from(`GET /${'a'.repeat(70_000)} HTTP/1.1\r\n\r\n`),
    Buffer.from('\u0016\u0003\u0001\u0002', 'latin1'),
    Buffer.alloc(0),
  ];
}

test('garbage on the peer, RPC, file, S3 and admin ports ends the connection and nothing else', async () => {
  const pids = cluster.nodes.map(({ pid }) => pid);
  for (const node of cluster.nodes) {
    const doors = Object.values(node.addresses);
    assert.equal(doors.length, 5);
    await Promise.all(doors.flatMap((door) => garbage().map((bytes) => sendBytes(door, bytes))));
    await assertServes(node);
  }
  await put('after garbage', 'x');
  assert.deepEqual(
    cluster.nodes.map(({ pid, isRunning }) => isRunning && pid),
    pids,
  );
});

test('a page of another origin, and a name that points here, are refused at every HTTP door', async () => {
  const node = cluster.nodes[0]!;
  const client = cluster.client(node);
  const attempts = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ];
  for (const headers of attempts) {
    const signed = await client.send('GET', '/kept/before', { headers });
    assert.equal(signed.status, 403, JSON.stringify(headers));
    const state = await client.send('GET', '/_crescendo/state', { headers });
    assert.equal(state.status, 403, JSON.stringify(headers));
    const admin = await fetchFrom(node.addresses.admin, '/state', headers);
    assert.equal(admin, 403);
  }
  const foreign = await client.sendRaw('GET', '/', { host: 'rebound.example:80' });
  assert.equal(foreign.status, 403);
  assert.equal(foreign.code, 'AccessForbidden');
  assert.equal(await fetchFrom(node.addresses.admin, '/state', { host: 'rebound.example' }), 403);
  assert.equal(await fetchFrom(node.addresses.admin, '/health', {}), 200);
});

/** The status of a plain request. */
async function fetchFrom(address: string, path: string, headers: Record<string, string>): Promise<number> {
  return await new Promise((resolve, reject) => {
    const sent = request(`http://${address}${path}`, { headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.once('error', reject);
    sent.end();
  });
}

test('a second process on the folder of a running node is refused', async () => {
  const copy = await cluster.describeNewcomer(cluster.nodes[2]!.folder);
  await assert.rejects(copy.listen(), /ended with status 1/);
  assert.match(await lastLines(copy), /in use by process \d+/);
  await assertServes(cluster.nodes[2]!);
});

test('two nodes with one identity: the second start is refused, the first goes on', async () => {
  const original = cluster.nodes[2]!;
  await original.stop();
  const folder = join(cluster.folder, 'copied');
  await cp(original.folder, folder, { recursive: true });
  await original.start();
  const copy = await cluster.describeNewcomer(folder);
  await copy.listen().catch(() => undefined);
  const { status } = await within('the end of the copy', 30_000, copy.ended);
  assert.equal(status, 1);
  const said = await lastLines(copy);
  assert.ok(said.includes(original.addresses.peer), 'it says who holds the identity');
  assert.match(said, /a copy of the other.*start it with an empty data folder/);
  await assertServes(original);
  await put('after the copy', 'x');
});

test('a data folder of another cluster is refused with a clear error', async () => {
  const folder = join(cluster.folder, 'stranger');
  const stranger = await TestCluster.prepare({ nodes: 1, replication: 1, partitions: 2 });
  try {
    await stranger.startAll();
    await stranger.nodes[0]!.stop();
    await cp(stranger.nodes[0]!.folder, folder, { recursive: true });
  } finally {
    await stranger.end();
  }
  const node = await cluster.describeNewcomer(folder);
  await node.listen().catch(() => undefined);
  await eventually('the log names both clusters', 20_000, async () =>
    /belongs to cluster|another cluster/.test(await readFile(node.specification.logFile, 'utf8')),
  );
  assert.equal((await cluster.status()).nodes.length, 3);
  await node.end();
});

test('a data folder of a newer version is refused and not touched', async () => {
  const folder = join(cluster.folder, 'newer');
  await mkdir(folder);
  const format = JSON.stringify({ format: 99, program: '9.0.0' });
  await writeFile(join(folder, 'format.json'), format);
  const node = await cluster.describeNewcomer(folder);
  await assert.rejects(node.listen(), /ended with status 1/);
  assert.match(await lastLines(node), /has format 99, written by version 9\.0\.0.*start a newer version/s);
  assert.equal(await readFile(join(folder, 'format.json'), 'utf8'), format);
});

test('a node that knows another secret is let in nowhere', async () => {
  const folder = join(cluster.folder, 'guest');
  const secret = join(cluster.folder, 'other-secret');
  await writeFile(secret, 'f'.repeat(64));
  const node = await cluster.describeNewcomer(folder);
  await node.listen([`--secret-file=${secret}`]);
  await eventually('the log says why', 20_000, async () =>
    /secret/.test(await readFile(node.specification.logFile, 'utf8')),
  );
  await node.end();
  assert.equal((await cluster.status()).nodes.length, 3);
});

async function lastLines(node: NodeProcess): Promise<string> {
  const text = await readFile(node.specification.logFile, 'utf8');
  return text.split('\n').slice(-6).join('\n');
}
