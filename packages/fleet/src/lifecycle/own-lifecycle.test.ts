import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryGroup } from '../testing/memory-group.ts';
import { OwnLifecycle } from './own-lifecycle.ts';

function scene() {
  const group = new MemoryGroup();
  const world = {
    ready: false,
    left: false,
    refusal: undefined as string | undefined,
    drains: 0,
    target: 'InService' as string | undefined,
    spot: false,
    nowMs: 0,
    events: [] as string[],
  };
  const lifecycle = new OwnLifecycle({
    instanceId: 'i-1',
    node: {
      isReady: () => world.ready,
      hasLeft: () => world.left,
      drain: async () => {
        world.drains++;
        return world.refusal === undefined ? { ok: true } : { ok: false, message: world.refusal };
      },
    },
    group,
    metadata: {
      identity: () => Promise.reject(new Error('not asked')),
      targetLifecycleState: async () => world.target,
      hasSpotNotice: async () => world.spot,
    },
    nowMs: () => world.nowMs,
    report: (_level, event, detail) => world.events.push(`${event} ${JSON.stringify(detail)}`),
  });
  const round = async (): Promise<string[]> => {
    await lifecycle.round();
    world.nowMs += 1_000;
    return group.told.splice(0);
  };
  return { group, world, lifecycle, round };
}

test('[FL1] the launch hook is completed when the node is ready and put off until then', async () => {
  const { world, lifecycle, round } = scene();
  assert.deepEqual(await round(), ['put off joined i-1']);
  assert.deepEqual(await round(), [], 'a third of the time-out lies between two');
  world.nowMs = 20_000;
  assert.deepEqual(await round(), ['put off joined i-1']);
  world.ready = true;
  assert.deepEqual(await round(), ['complete joined i-1']);
  assert.equal(lifecycle.phase, 'serving');
  assert.deepEqual(await round(), []);
});

test('[FL2] the termination hook is completed only when the node has left', async () => {
  const { world, lifecycle, round } = scene();
  world.ready = true;
  await round();
  world.target = 'Terminated';
  await round();
  assert.equal(lifecycle.phase, 'draining');
  assert.deepEqual(await round(), ['put off drained i-1']);
  assert.ok(world.drains > 0);
  world.left = true;
  assert.deepEqual(await round(), ['complete drained i-1']);
  assert.equal(lifecycle.phase, 'done');
});

test('[FL2] a store that refuses is asked again for as long as it takes, and its reason is told once', async () => {
  const { world, lifecycle, round } = scene();
  world.ready = true;
  world.target = 'Terminated';
  world.refusal = 'two nodes would remain';
  for (let n = 0; n < 100; n++) await round();
  assert.equal(lifecycle.phase, 'draining');
  assert.equal(world.events.filter((event) => event.includes('two nodes would remain')).length, 1);
  world.refusal = undefined;
  world.left = true;
  assert.deepEqual(await round(), ['complete drained i-1']);
});

test('[FL3] a spot notice drains the node like a termination', async () => {
  const { world, lifecycle, round } = scene();
  world.ready = true;
  await round();
  world.spot = true;
  await round();
  assert.equal(lifecycle.phase, 'draining');
});

test('[FL4] a call that fails is repeated in the next round', async () => {
  const { group, world, lifecycle, round } = scene();
  world.ready = true;
  group.failure = new Error('no answer');
  assert.deepEqual(await round(), []);
  assert.equal(lifecycle.phase, 'launching');
  assert.deepEqual(await round(), ['complete joined i-1']);
});

test('[FL5] a node drained by an operator ends its instance, once, and then completes the hook', async () => {
  const { group, world, lifecycle, round } = scene();
  world.ready = true;
  await round();
  world.left = true;
  group.failure = new Error('throttled');
  assert.deepEqual(await round(), []);
  assert.deepEqual(await round(), ['terminate i-1']);
  assert.deepEqual(await round(), []);
  world.target = 'Terminated';
  assert.deepEqual(await round(), ['complete drained i-1']);
  assert.equal(lifecycle.phase, 'done');
});

test('[FL5] the same holds for a process that starts after its node has left', async () => {
  const { world, round } = scene();
  world.left = true;
  assert.deepEqual(await round(), ['terminate i-1']);
});
