import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import type { StoreEvent } from '@crescendo/store';
import { type NetworkNode, testNetwork } from '@crescendo/store/testing';
import { openTransport, type Transport, type TransportOptions } from './transport.ts';

const SECRET = 'a secret that must never be logged';
const OPTIONS = { timeoutMs: 5000 };

interface TestNode extends NetworkNode {
  readonly transport: Transport;
  readonly events: readonly StoreEvent[];
}

async function startNode(options: Partial<TransportOptions> = {}): Promise<TestNode> {
  const nodeId = options.nodeId ?? randomBytes(16).toString('hex');
  const events: StoreEvent[] = [];
  const transport = await openTransport({
    nodeId,
    clusterId: () => 'cluster',
    secret: SECRET,
    listen: { host: '127.0.0.1', port: 0 },
    log: (event) => events.push(event),
    ...options,
  });
  transport.network.onRequest('who', async () => ({ result: nodeId }));
  return {
    nodeId,
    transport,
    events,
    network: transport.network,
    address: transport.address,
    stop: () => transport.close(),
  };
}

testNetwork('TCP', async () => {
  const [a, b, stranger] = [await startNode(), await startNode(), await startNode()];
  a.network.setAddress(b.nodeId, b.address);
  b.network.setAddress(a.nodeId, a.address);
  return {
    a,
    b,
    stranger,
    dispose: async () => void (await Promise.all([a, b, stranger].map((node) => node.stop()))),
  };
});

/** Both sides' events as one text, and the proof that the secret is in none of them. */
function logged(...nodes: readonly TestNode[]): string {
  const text = JSON.stringify(nodes.flatMap((node) => node.events));
  assert.ok(!text.includes(SECRET), text);
  return text;
}

async function stopAll(...nodes: readonly TestNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.stop()));
}

const STRANGERS: readonly (readonly [string, Partial<TransportOptions>, RegExp])[] = [
  ['another secret', { secret: 'not it' }, /secret/],
  ['another cluster', { clusterId: () => 'elsewhere' }, /elsewhere/],
];

for (const [name, options, reason] of STRANGERS) {
  test(`[NT1] a node with ${name} is refused with one clear event, and nobody else is disturbed`, async () => {
    const [door, friend, other] = [await startNode(), await startNode(), await startNode(options)];
    await assert.rejects(other.network.requestAt(door.address, 'who', null, OPTIONS), {
      code: 'Unreachable',
    });
    await assert.rejects(friend.network.requestAt(other.address, 'who', null, OPTIONS), {
      code: 'Unreachable',
    });
    assert.equal((await friend.network.requestAt(door.address, 'who', null, OPTIONS)).result, door.nodeId);
    assert.match(logged(door, friend, other), reason);
    await stopAll(door, friend, other);
  });
}

test('[NT2] a node that belongs to no cluster yet may ask and be asked', async () => {
  const [member, joining] = [await startNode(), await startNode({ clusterId: () => undefined })];
  assert.equal((await joining.network.requestAt(member.address, 'who', null, OPTIONS)).result, member.nodeId);
  assert.equal(
    (await member.network.requestAt(joining.address, 'who', null, OPTIONS)).result,
    joining.nodeId,
  );
  await stopAll(member, joining);
});

test('[NT3] two nodes with one identity: the second one is refused and both logs can say so', async () => {
  const nodeId = 'd'.repeat(32);
  const [door, first, twin] = [await startNode(), await startNode({ nodeId }), await startNode({ nodeId })];
  await first.network.requestAt(door.address, 'who', null, OPTIONS);
  await assert.rejects(twin.network.requestAt(door.address, 'who', null, OPTIONS), { code: 'Unreachable' });
  await assert.rejects(twin.network.requestAt(first.address, 'who', null, OPTIONS), { code: 'Unreachable' });
  assert.equal((await first.network.requestAt(door.address, 'who', null, OPTIONS)).result, door.nodeId);
  assert.match(logged(door), /identity/);
  await stopAll(door, first, twin);
});

test('[NT3] the second one learns from a third peer where the first one is, and from that one itself that it is so', async () => {
  const nodeId = 'd'.repeat(32);
  const told = Promise.withResolvers<string>();
  const [door, first] = [await startNode(), await startNode({ nodeId })];
  const second = await startNode({ nodeId, twin: told.resolve });
  await first.network.requestAt(door.address, 'who', null, OPTIONS);
  await assert.rejects(second.network.requestAt(door.address, 'who', null, OPTIONS));
  assert.equal(await told.promise, first.address);
  await stopAll(door, first, second);
});

test('[NT3] nobody ends a node who does not know the secret, and no address alone does', async () => {
  const nodeId = 'd'.repeat(32);
  let ends = 0;
  const stranger = await startNode({ nodeId, secret: 'another secret' });
  const second = await startNode({ nodeId, twin: () => ends++ });
  await assert.rejects(second.network.requestAt(stranger.address, 'who', null, OPTIONS));
  await assert.rejects(second.network.requestAt(stranger.address, 'who', null, OPTIONS));
  assert.equal(ends, 0);
  await stopAll(stranger, second);
});

/** Opens a plain connection to the door, writes, and waits until the door closes it. */
async function closedAfter(address: string, ...pieces: readonly Uint8Array[]): Promise<void> {
  const [host, port] = address.split(':');
  const socket: Socket = connect(Number(port), host);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  for (const piece of pieces) socket.write(piece);
  socket.resume();
  await once(socket, 'close');
}

test('[NT4] garbage, an oversized frame and frames before the handshake end that connection alone', async () => {
  const [door, friend] = [await startNode(), await startNode()];
  await friend.network.requestAt(door.address, 'who', null, OPTIONS);
  const huge = Buffer.alloc(16, 0xff);
  const malformed = Buffer.concat([Buffer.from([0, 0, 0, 6, 1, 0, 0, 0, 1]), Buffer.from([0xc1])]);
  for (const piece of [
    Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    huge,
    malformed,
    randomBytes(5000),
  ]) {
    const before = door.events.length;
    await closedAfter(door.address, piece);
    assert.equal(door.events.length, before + 1, 'one event for each');
  }
  assert.equal((await friend.network.requestAt(door.address, 'who', null, OPTIONS)).result, door.nodeId);
  await stopAll(door, friend);
});

test('[NT5] bytes that come one by one are understood', async () => {
  const [door, friend] = [await startNode(), await startNode()];
  const [host, port] = door.address.split(':');
  const relay = createServer((from) => {
    const to = connect(Number(port), host);
    to.setNoDelay(true);
    const oneByOne = (target: Socket) => (chunk: Buffer) => {
      for (let i = 0; i < chunk.length; i++) target.write(chunk.subarray(i, i + 1));
    };
    from.on('data', oneByOne(to));
    to.on('data', oneByOne(from));
    for (const socket of [from, to]) {
      socket.on('error', () => undefined);
      socket.on('close', () => [from, to].map((end) => end.destroy()));
    }
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  const bound = relay.address();
  assert.ok(bound !== null && typeof bound === 'object');
  const reply = await friend.network.requestAt(`127.0.0.1:${bound.port}`, 'who', null, {
    ...OPTIONS,
    body: randomBytes(3000),
  });
  assert.equal(reply.result, door.nodeId);
  await stopAll(door, friend);
  relay.close();
});

test('[NT6] what was under way when a peer goes away ends at once, as something that may have been handled', async () => {
  const [a, b] = [await startNode(), await startNode()];
  a.network.setAddress(b.nodeId, b.address);
  const arrived = new Promise<void>((resolve) => {
    b.network.onRequest('hang', () => {
      resolve();
      return new Promise(() => undefined);
    });
  });
  const request = a.network.request(b.nodeId, 'hang', null, { timeoutMs: 60_000 });
  await arrived;
  await b.stop();
  await assert.rejects(request, { code: 'Timeout', retryable: true });
  await a.stop();
});

test('[NT7] bulk bodies do not keep small requests waiting', async () => {
  const [a, b] = [await startNode(), await startNode()];
  a.network.setAddress(b.nodeId, b.address);
  b.network.onRequest('bulk', async () => ({ result: 0 }));
  await a.network.request(b.nodeId, 'bulk', null, OPTIONS);
  const body = Buffer.alloc(4 * 2 ** 20);
  let ended = 0;
  const bulk = Array.from({ length: 24 }, async () => {
    await a.network.request(b.nodeId, 'bulk', null, { timeoutMs: 30_000, body });
    ended += 1;
  });
  await a.network.request(b.nodeId, 'who', null, OPTIONS);
  assert.ok(ended < 12, `${ended} of 24 bulk requests ended before the small one`);
  await Promise.all(bulk);
  await stopAll(a, b);
});

test('[NT8] a peer that accepts and says nothing holds a request no longer than it wants to wait', async () => {
  const mute = createServer((socket) => socket.on('error', () => {}));
  mute.listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as { port: number };
  const a = await startNode();
  const started = performance.now();
  const request = a.network.requestAt(`127.0.0.1:${port}`, 'who', null, { timeoutMs: 50 });
  await assert.rejects(request, { code: 'Unreachable', retryable: true });
  assert.ok(performance.now() - started < 4_000, 'it waited for the handshake to time out');
  await a.stop();
  mute.close();
});

test('[NT9] a handler that throws costs its message, not the connection', async () => {
  const [a, b] = [await startNode(), await startNode()];
  a.network.setAddress(b.nodeId, b.address);
  const heard = new Promise((resolve) => {
    b.network.onMessage('talk', (_from, message) => {
      if (message === 'bad') throw new TypeError('can not be understood');
      resolve(message);
    });
  });
  a.network.send(b.nodeId, 'talk', 'bad');
  a.network.send(b.nodeId, 'talk', 'good');
  assert.equal(await heard, 'good');
  assert.match(logged(a, b), /message failed.*can not be understood/);
  await stopAll(a, b);
});

test('[NT11] a connection that takes no body in the time of its request is given up, and the memory comes back', async () => {
  const [a, b] = [await startNode(), await startNode()];
  b.network.onRequest('take', async (_from, _params, body) => ({ result: body.length }));
  const proxy = await stallingProxy(b.address);
  a.network.setAddress(b.nodeId, proxy.address);
  const send = async (bytes: number) => {
    const left = Promise.withResolvers<void>();
    const options = { timeoutMs: 2_000, body: new Uint8Array(bytes), left: () => left.resolve() };
    const outcome = await a.network.request(b.nodeId, 'take', null, options).catch((cause) => cause.code);
    await left.promise;
    return typeof outcome === 'string' ? outcome : outcome.result;
  };
  assert.equal(await send(100_000), 100_000);
  proxy.stall();
  assert.equal(await send(20_000_000), 'Timeout');
  proxy.flow();
  assert.equal(await send(20_000_000), 20_000_000);
  await stopAll(a, b);
  proxy.close();
});

/** Passes everything on, until it is told to read no further. */
async function stallingProxy(address: string) {
  const [host, port] = address.split(':');
  const sockets = new Set<Socket>();
  let isStalled = false;
  const server = createServer((near) => {
    const far = connect({ host: host!, port: Number(port) });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {}).on('close', () => to.destroy());
    }
    far.pipe(near);
    near.on('data', (bytes) => {
      far.write(bytes);
      if (isStalled) near.pause();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as { port: number }).port}`,
    stall: () => {
      isStalled = true;
    },
    flow: () => {
      isStalled = false;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test('[NT10] the body of a reply goes where the asker wants it, and whoever gave it is told when it has left', async () => {
  const [asker, giver] = [await startNode(), await startNode()];
  asker.network.setAddress(giver.nodeId, giver.address);
  const body = randomBytes(700_000);
  let sent = 0;
  giver.network.onRequest('large', async () => ({ result: 'ok', body, sent: () => sent++ }));
  const into = new Uint8Array(1_000_000);
  const reply = await asker.network.request(giver.nodeId, 'large', null, { ...OPTIONS, into });
  assert.equal(reply.result, 'ok');
  assert.equal(reply.body.buffer, into.buffer);
  assert.ok(body.equals(reply.body));
  assert.equal(sent, 1);
  const tooSmall = new Uint8Array(10);
  const other = await asker.network.request(giver.nodeId, 'large', null, { ...OPTIONS, into: tooSmall });
  assert.ok(body.equals(other.body));
  await stopAll(asker, giver);
});
