import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sleep } from '@crescendo/base';
import { ROUGH_LINK } from '../network/link-conditions.ts';
import { SimNetwork } from '../network/sim-network.ts';
import { Machine } from './machine.ts';
import { World } from './world.ts';

/** Three processes that greet each other over a rough network and count what they hear. */
async function gossip(seed: number): Promise<{ digest: number; heard: number }> {
  const world = new World({ seed });
  const network = new SimNetwork(world);
  network.conditions = ROUGH_LINK;
  let heard = 0;
  const names = ['a', 'b', 'c'];
  for (const name of names) {
    const process = new Machine(world, name, `${name}:1`).start();
    const port = network.attach(process, () => name);
    for (const peer of names) port.setAddress(peer, `${peer}:1`);
    port.onMessage('greet', (from, message) => {
      heard++;
      world.note(name, `${from} says ${String(message)}`);
    });
    void (async () => {
      for (let i = 0; i < 50; i++) {
        await sleep(process, world.random.int(100));
        port.send(world.random.pick(names), 'greet', i);
      }
    })();
  }
  await world.run(() => world.sleep(20_000));
  return { digest: world.trace.digest, heard };
}

test('[W1] one seed gives one history, another seed another one', async () => {
  const first = await gossip(1);
  assert.ok(first.heard > 100);
  assert.deepEqual(await gossip(1), first);
  assert.notEqual((await gossip(2)).digest, first.digest);
});

test('[W2] every promise callback runs before the next event', async () => {
  const world = new World({ seed: 1 });
  const order: string[] = [];
  await world.run(async () => {
    world.at(5, () => {
      void (async () => {
        for (let i = 0; i < 100; i++) await null;
        order.push('deep in promises');
      })();
    });
    world.at(5, () => order.push('next event'));
    await world.sleep(10);
  });
  assert.deepEqual(order, ['deep in promises', 'next event']);
});

test('[W3] an error that nobody handles ends the run', async () => {
  const world = new World({ seed: 1 });
  world.at(1, () => {
    void Promise.reject(new Error('forgotten'));
  });
  await assert.rejects(
    world.run(() => world.sleep(10)),
    /forgotten/,
  );
  const throwing = new World({ seed: 1 });
  throwing.at(1, () => {
    throw new Error('thrown');
  });
  await assert.rejects(
    throwing.run(() => throwing.sleep(10)),
    /thrown/,
  );
});

test('[W3] a world in which nothing can happen any more says so', async () => {
  const world = new World({ seed: 1 });
  await assert.rejects(
    world.run(() => new Promise(() => {})),
    /stands still/,
  );
});

test('[M1] a killed process is never called again', async () => {
  const world = new World({ seed: 1 });
  const machine = new Machine(world, 'a', 'a:1');
  const process = machine.start();
  let calls = 0;
  process.setTimer(10, () => calls++);
  let finished = false;
  void sleep(process, 20).then(() => {
    finished = true;
  });
  await world.run(async () => {
    await world.sleep(5);
    machine.kill();
    machine.start();
    await world.sleep(100);
  });
  assert.deepEqual([calls, finished], [0, false]);
});

test('[M2] a paused process gets everything late and in order, and its clock runs on', async () => {
  const world = new World({ seed: 1 });
  const process = new Machine(world, 'a', 'a:1').start();
  const start = process.nowMs();
  const fired: [string, number][] = [];
  for (const [name, delay] of [
    ['first', 10],
    ['second', 20],
    ['third', 200],
  ] as const) {
    process.setTimer(delay, () => fired.push([name, process.nowMs() - start]));
  }
  const cancelled = process.setTimer(15, () => fired.push(['cancelled', 0]));
  await world.run(async () => {
    await world.sleep(5);
    process.pause();
    await world.sleep(95);
    cancelled.cancel();
    process.resume();
    await world.sleep(200);
  });
  assert.deepEqual(fired, [
    ['first', 100],
    ['second', 100],
    ['third', 200],
  ]);
});

test('[M2] a wall clock jumps and drifts, the steady clock only drifts', async () => {
  const world = new World({ seed: 1 });
  const machine = new Machine(world, 'a', 'a:1');
  machine.drift = 1.5;
  const process = machine.start();
  const [steady, wall] = [process.nowMs(), process.wallMs()];
  let firedAtMs = 0;
  process.setTimer(150, () => {
    firedAtMs = world.nowMs;
  });
  await world.run(() => world.sleep(200));
  machine.wallOffsetMs = -5000;
  assert.equal(process.nowMs() - steady, 300);
  assert.equal(process.wallMs() - wall, 300 - 5000);
  assert.equal(firedAtMs, 100);
});
