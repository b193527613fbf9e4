import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Random, seededRandom } from '@crescendo/base';
import { everything, MemoryKv } from '../testing/memory-kv.ts';
import { applySystemCommand } from './machine.ts';
import { World, type WorldNode } from './testing/world.ts';

const SEEDS = 4;

/** One thing that may happen at any time. */
function happen(world: World, random: Random, zones: number): void {
  const nodes = [...world.nodes.values()].filter(({ id }) => world.system.member(id)?.outReason !== 'left');
  const alive = nodes.filter((node) => node.alive);
  const dead = nodes.filter((node) => !node.alive);
  const roll = random.float();
  world.system.nowMs += random.int(1_000);
  if (roll < 0.25) world.write(random.pick(world.groups));
  else if (roll < 0.5) world.copy(random.pick(world.groups));
  else if (roll < 0.75) world.move(random.int(world.groups.length));
  else if (roll < 0.88) world.fetch(random.pick(alive));
  else if (roll < 0.95) world.plan();
  else if (roll < 0.965) crash(world, alive, dead, random);
  else if (roll < 0.98 && dead.length > 0) world.restart(random.pick(dead));
  else if (roll < 0.985 && nodes.length < 12) world.join(zones);
  else if (roll < 0.99) world.system.apply({ type: 'beginLeave', member: random.pick(nodes).id });
  else if (roll < 0.993) world.system.apply({ type: 'cancelLeave', member: random.pick(nodes).id });
  else if (roll < 0.995) world.system.nowMs += 60_000;
}

function crash(world: World, alive: WorldNode[], dead: WorldNode[], random: Random): void {
  if (alive.length > 3 && dead.length < 2) world.kill(random.pick(alive));
}

for (const zones of [0, 3]) {
  test(`[S18] [S7] random histories with ${zones} zones lose nothing and come to rest at the target`, (t) => {
    let changes = 0;
    let outs = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = seededRandom(seed);
      const world = new World(random, 4, zones);
      for (let i = 0; i < 1_500; i++) happen(world, random, zones);
      for (const node of world.nodes.values()) {
        if (!node.alive && world.system.member(node.id)?.outReason !== 'left') world.restart(node);
      }
      assert.ok(world.settle(400), `seed ${seed} did not come to rest`);
      assertAtRest(world, seed);
      changes += world.changes;
      outs += world.outs;
    }
    t.diagnostic(`${changes} changes of membership, ${outs} members put out`);
    assert.ok(changes > 200 && outs > 0, 'the histories showed something');
  });
}

function assertAtRest(world: World, seed: number): void {
  const state = world.system.state();
  world.groups.forEach((group, partition) => {
    assert.deepEqual(
      [...group.voters].sort(),
      [...state.partitions[partition]!.target].sort(),
      `seed ${seed}`,
    );
    for (const chunk of group.chunks) {
      assert.ok(
        group.voters.every((id) => chunk.has(id)),
        `seed ${seed}: a chunk lacks a copy`,
      );
    }
  });
  for (const member of state.members) {
    if (!member.draining && member.outReason !== 'left') continue;
    assert.ok(
      world.groups.every(({ voters }) => !voters.includes(member.id)),
      `seed ${seed}: ${member.id} drained and still holds something`,
    );
  }
}

test('[S14] a node that dies for good is replaced from the survivors', () => {
  const world = new World(seededRandom(99), 5, 0);
  for (const group of world.groups) for (let i = 0; i < 3; i++) world.write(group);
  assert.ok(world.settle(100));
  world.kill(world.nodes.get('n002')!);
  assert.ok(world.settle(200));
  assert.equal(world.system.member('n002').outReason, 'silent');
  assert.ok(world.groups.every(({ voters }) => voters.length === 3 && !voters.includes('n002')));
});

test('[S19] a leader whose view is old gives nothing to a member that has left', () => {
  const world = new World(seededRandom(5), 5, 0);
  assert.ok(world.settle(100));
  const old = world.nodes.get('n001')!;
  const rest = [...world.nodes.values()].filter((node) => node !== old);
  world.system.must({ type: 'beginLeave', member: 'n004' });
  for (let i = 0; i < 100 && world.system.member('n004').state !== 'out'; i++) {
    world.system.nowMs += 200;
    world.plan();
    for (const node of rest) world.fetch(node);
    world.groups.forEach((group, partition) => {
      if (group.leader === old.id) group.leader = group.voters.find((id) => id !== old.id)!;
      world.move(partition);
    });
  }
  assert.equal(world.system.member('n004').outReason, 'left');
  let refused = 0;
  world.groups.forEach((group, partition) => {
    if (!group.voters.includes(old.id)) return;
    group.leader = old.id;
    const step = world.move(partition);
    if (step?.step === 'none' && step.reason === 'staleTarget') refused++;
  });
  assert.ok(refused > 0, 'some group was asked to go back to the old target');
});

test('[S11] a replica that applies the same entries holds the same bytes', () => {
  const random = seededRandom(7);
  const world = new World(random, 4, 3);
  for (let i = 0; i < 800; i++) happen(world, random, 3);
  const twin = new MemoryKv();
  for (const { context, command } of world.system.log) {
    applySystemCommand(twin, JSON.parse(JSON.stringify(context)), JSON.parse(JSON.stringify(command)));
  }
  const bytes = (kv: MemoryKv) => [...everything(kv)].map(({ key, value }) => [...key, 0, ...value].join());
  assert.deepEqual(bytes(twin), bytes(world.system.kv));
});
