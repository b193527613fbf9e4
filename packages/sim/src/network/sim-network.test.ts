import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Failure } from '@crescendo/base';
import { Machine } from '../world/machine.ts';
import { World } from '../world/world.ts';
import { CALM_LINK } from './link-conditions.ts';
import type { ProcessNetwork } from './process-network.ts';
import { SimNetwork } from './sim-network.ts';

interface Pair {
  readonly world: World;
  readonly network: SimNetwork;
  readonly server: Machine;
  readonly a: ProcessNetwork;
  readonly b: ProcessNetwork;
}

function pair(): Pair {
  const world = new World({ seed: 1 });
  const network = new SimNetwork(world);
  const server = new Machine(world, 'b', 'b:1');
  const a = network.attach(new Machine(world, 'a', 'a:1').start(), () => 'a');
  const b = network.attach(server.start(), () => 'b');
  a.setAddress('b', 'b:1');
  b.setAddress('a', 'a:1');
  b.onRequest('echo', async (from, params, body) => ({ result: [from, params], body }));
  return { world, network, server, a, b };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'ok',
    (error: unknown) => (error instanceof Failure ? error.code : `not a failure: ${String(error)}`),
  );
}

const ask = (a: ProcessNetwork): Promise<unknown> => a.request('b', 'echo', 1, { timeoutMs: 1000 });

test('[N1] messages, parameters and bodies arrive as copies', async () => {
  const { world, a, b } = pair();
  const params = { list: [1, 2], bytes: new Uint8Array([1, 2]), nothing: undefined };
  const body = new Uint8Array([7, 8]);
  const heard: unknown[] = [];
  b.onMessage('note', (from, message) => heard.push([from, message]));
  await world.run(async () => {
    const asked = a.request('b', 'echo', params, { timeoutMs: 100, body });
    a.send('b', 'note', params);
    body[0] = 0;
    params.list[0] = 9;
    const reply = await asked;
    assert.deepEqual([...reply.body], [7, 8]);
    const [from, echoed] = reply.result as [string, typeof params];
    assert.equal(from, 'a');
    assert.deepEqual([...echoed.list, ...echoed.bytes], [1, 2, 1, 2]);
    await world.sleep(10);
  });
  assert.equal(heard.length, 1);
});

test('[N2] a handler ends a request with its own failure', async () => {
  const { world, a, b } = pair();
  b.onRequest('refuse', async () => {
    throw new Failure('Busy', 'come back later', { retryable: true });
  });
  await world.run(async () => {
    const failure = await a.request('b', 'refuse', {}, { timeoutMs: 100 }).catch((error: unknown) => error);
    assert.ok(failure instanceof Failure);
    assert.deepEqual([failure.code, failure.message, failure.retryable], ['Busy', 'come back later', true]);
  });
});

test('[N2] nobody there is unreachable, silence after contact is a time-out', async () => {
  const { world, network, server, a } = pair();
  await world.run(async () => {
    assert.equal(await codeOf(a.request('nobody', 'echo', 1, { timeoutMs: 1000 })), 'Unreachable');
    network.cut('a:1', 'b:1');
    assert.equal(await codeOf(ask(a)), 'Unreachable', 'a connection that never came to be');
    network.heal('a:1', 'b:1');
    assert.equal(await codeOf(ask(a)), 'ok');
    network.cut('b:1', 'a:1');
    assert.equal(await codeOf(ask(a)), 'Timeout', 'the answer is lost');
    network.healAll();
    server.kill();
    assert.equal(await codeOf(ask(a)), 'Unreachable', 'the machine refuses');
  });
});

test('[N2] a peer that dies while it works is a time-out at once, and a hint', async () => {
  const { world, server, a, b } = pair();
  b.onRequest('work', () => new Promise(() => {}));
  const gone: string[] = [];
  a.onDisconnect((peer) => gone.push(peer));
  await world.run(async () => {
    const working = codeOf(a.request('b', 'work', 1, { timeoutMs: 10_000 }));
    await world.sleep(50);
    server.kill();
    assert.equal(await working, 'Timeout');
    assert.ok(world.nowMs < 1000);
  });
  assert.deepEqual(gone, ['b']);
});

test('[N2] a machine without power says nothing', async () => {
  const { world, network, server, a } = pair();
  await world.run(async () => {
    assert.equal(await codeOf(ask(a)), 'ok');
    network.darken('b:1');
    server.kill();
    const start = world.nowMs;
    assert.notEqual(await codeOf(ask(a)), 'ok');
    assert.ok(world.nowMs - start >= 1000);
  });
});

test('[N2] a request for the node that was here before is refused', async () => {
  const { world, network, server, a } = pair();
  await world.run(async () => {
    network.attach(server.start(), () => 'b2').onRequest('echo', async () => ({ result: 'wrong' }));
    assert.equal(await codeOf(ask(a)), 'Unreachable');
    assert.equal(await codeOf(a.requestAt('b:1', 'echo', 1, { timeoutMs: 100 })), 'ok');
  });
});

test('[N3] a cut works in one direction and swallows what is on the way', async () => {
  const { world, network, a, b } = pair();
  const heard: unknown[] = [];
  b.onMessage('note', (_, message) => heard.push(message));
  a.onMessage('note', (_, message) => heard.push(message));
  await world.run(async () => {
    a.send('b', 'note', 'swallowed');
    network.cut('a:1', 'b:1');
    a.send('b', 'note', 'never sent');
    b.send('a', 'note', 'the other way');
    await world.sleep(100);
  });
  assert.deepEqual(heard, ['the other way']);
});

test('[N3] lost, repeated and overtaking messages', async () => {
  const { world, network, a, b } = pair();
  network.conditions = { ...CALM_LINK, meanExtraDelayMs: 20, loss: 0.2, duplicate: 0.2, reorder: true };
  const heard: number[] = [];
  b.onMessage('note', (_, message) => heard.push(message as number));
  await world.run(async () => {
    for (let i = 0; i < 500; i++) a.send('b', 'note', i);
    await world.sleep(1000);
  });
  const distinct = new Set(heard).size;
  assert.ok(distinct > 350 && distinct < 450, `${distinct} of 500 arrived`);
  assert.ok(heard.length > distinct, 'some came twice');
  assert.ok(
    heard.some((value, i) => i > 0 && value < heard[i - 1]!),
    'some overtook others',
  );
});
