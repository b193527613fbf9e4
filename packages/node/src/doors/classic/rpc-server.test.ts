import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { ClassicEvent } from './classic-event.ts';
import { encodeMessage } from './message-encoder.ts';
import type { ClassicNode, RingView } from './ring-view.ts';
import { RpcClient, RpcError } from './rpc-client.ts';
import { createRpcServer } from './rpc-server.ts';
import { staticRing } from './testing/static-ring.ts';

const PORTS = [5057, 5058, 5059];

interface Served {
  readonly port: number;
  readonly client: RpcClient;
  readonly events: ClassicEvent[];
}

async function serve(t: TestContext, ring: RingView = staticRing(PORTS, 5057)): Promise<Served> {
  const events: ClassicEvent[] = [];
  const { server, close } = createRpcServer(ring, (event) => events.push(event));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = await RpcClient.open('127.0.0.1', port);
  t.after(async () => {
    client.close();
    await close();
  });
  return { port, client, events };
}

test('a node tells about itself and its neighbours', async (t) => {
  const { client } = await serve(t);
  assert.deepEqual(await client.call('get_info'), ['127.0.0.1', 5057, 716540891]);
  assert.deepEqual(await client.call('get_predecessor'), ['127.0.0.1', 5059, 373792412]);
  assert.deepEqual(await client.call('get_successor', 0), ['127.0.0.1', 5058, 1324994620]);
  assert.deepEqual(await client.call('get_successor', 2), ['127.0.0.1', 5057, 716540891]);
});

test('an absent predecessor has an empty ip', async (t) => {
  const { client } = await serve(t, staticRing([5057], 5057));
  assert.deepEqual(await client.call('get_predecessor'), ['', 0, 0]);
});

test('a key belongs to the first node at or after it, clockwise, whoever is asked', async (t) => {
  for (const port of PORTS) {
    const { client } = await serve(t, staticRing(PORTS, port));
    const owner = async (id: number | bigint) =>
      ((await client.call('find_successor', id)) as ClassicNode)[1];
    assert.equal(await owner(14), 5059);
    assert.equal(await owner(716540891), 5057);
    assert.equal(await owner(716540892), 5058);
    assert.equal(await owner(0xffffffff), 5059);
    assert.equal(await owner(2n ** 32n + 716540892n), 5058);
    assert.equal(await owner(2n ** 64n - 1n), 5059);
  }
});

test("unknown methods and wrong counts are answered in rpclib's words", async (t) => {
  const { client } = await serve(t);
  const said = (method: string, ...params: number[]) =>
    client.call(method, ...params).then(
      () => 'no error',
      (error: RpcError) => error.message,
    );
  assert.equal(
    await said('dance', 1, 2),
    "rpclib: server could not find function 'dance' with argument count 2.",
  );
  assert.equal(
    await said('toString'),
    "rpclib: server could not find function 'toString' with argument count 0.",
  );
  assert.equal(
    await said('find_successor'),
    "rpclib: client error C0002: Function 'find_successor' was called with an invalid number of arguments. Expected: 1, got: 0",
  );
  assert.match(
    await said('get_successor', 3),
    /^rpclib: function 'get_successor' \(called with 1 arg\(s\)\) threw an exception\. The exception contained this information: the index must be 0 to 2, not 3\.$/,
  );
  assert.match(await said('find_successor', -1), /must be an unsigned integer, not -1/);
});

test('create, join and kill are refused on normal nodes and act on bare ones', async (t) => {
  const normal = await serve(t);
  for (const [method, ...params] of [['create'], ['kill'], ['join', ['127.0.0.1', 1, 2]]] as const) {
    await assert.rejects(normal.client.call(method, ...params), /agrees on its members/);
  }
  const done: unknown[] = [];
  const bare = await serve(
    t,
    staticRing(PORTS, 5057, {
      create: async () => void done.push('create'),
      join: async (node) => void done.push(node),
      kill: () => void done.push('kill'),
    }),
  );
  assert.equal(await bare.client.call('create'), null);
  assert.equal(await bare.client.call('join', ['127.0.0.1', 5058, 1324994620]), null);
  assert.equal(await bare.client.call('kill'), null);
  assert.deepEqual(done, ['create', ['127.0.0.1', 5058, 1324994620], 'kill']);
  await assert.rejects(bare.client.call('join', 'x'), /a node must be \[ip, port, id\]/);
});

test('(C1) pipelined calls are answered as they are done, each under its own id', async (t) => {
  const waiting = new Map<number, (node: ClassicNode) => void>();
  const findSuccessor = (id: number) => new Promise<ClassicNode>((resolve) => waiting.set(id, resolve));
  const { client } = await serve(t, staticRing(PORTS, 5057, { findSuccessor }));
  const first = client.call('find_successor', 1);
  const second = client.call('find_successor', 2);
  await client.call('get_info');
  waiting.get(2)?.(['second', 2, 2]);
  assert.deepEqual(await second, ['second', 2, 2]);
  waiting.get(1)?.(['first', 1, 1]);
  assert.deepEqual(await first, ['first', 1, 1]);
});

test('(C1) notifications act and are not answered', async (t) => {
  const done: string[] = [];
  const { client } = await serve(
    t,
    staticRing(PORTS, 5057, { create: async () => void done.push('create') }),
  );
  client.notify('create');
  client.notify('dance');
  assert.deepEqual(await client.call('get_info'), ['127.0.0.1', 5057, 716540891]);
  assert.deepEqual(done, ['create']);
});

test('(C2) any number of pipelined calls is answered, few at a time', async (t) => {
  let now = 0;
  let most = 0;
  const findSuccessor = async (id: number): Promise<ClassicNode> => {
    most = Math.max(most, ++now);
    await new Promise((resolve) => setImmediate(resolve));
    now--;
    return ['n', 1, id];
  };
  const { client } = await serve(t, staticRing(PORTS, 5057, { findSuccessor }));
  const answers = await Promise.all(
    Array.from({ length: 2_000 }, (_, i) => client.call('find_successor', i)),
  );
  assert.deepEqual(
    answers.map((node) => (node as ClassicNode)[2]),
    Array.from({ length: 2_000 }, (_, i) => i),
  );
  assert.ok(most <= 64 && most > 1, `${most} at a time`);
});

test('(C3) garbage ends the connection with one event; others go on', async (t) => {
  const { port, client, events } = await serve(t);
  const garbage = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from([0xc1, 0xc1, 0xc1]),
    encodeMessage([1, 2, null, null]),
  ];
  for (const bytes of garbage) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(bytes);
    await once(socket, 'close');
  }
  assert.deepEqual(
    events.map(({ event }) => event),
    garbage.map(() => 'classic rpc: garbage'),
  );
  assert.deepEqual(await client.call('get_info'), ['127.0.0.1', 5057, 716540891]);
});

test('a call that failed inside is told as an exception', async (t) => {
  const findSuccessor = () => Promise.reject(new Error('no majority'));
  const { client } = await serve(t, staticRing(PORTS, 5057, { findSuccessor }));
  await assert.rejects(client.call('find_successor', 1), (error) => {
    assert.ok(error instanceof RpcError);
    assert.match(error.message, /contained this information: no majority\.$/);
    return true;
  });
});
