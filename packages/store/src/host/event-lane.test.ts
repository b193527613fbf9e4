import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import type { EventSink, ObjectEvent } from '../ports/event-sink.ts';
import { LeapingClock } from '../testing/leaping-clock.ts';
import { EventLane } from './event-lane.ts';
import type { GroupReplica } from './group-replica.ts';

/** Outboxes of groups that are led here, and a queue that takes what `refuses` lets through. */
class World {
  readonly clock = new LeapingClock();
  readonly outboxes = new Map<string, ObjectEvent[]>();
  readonly batches: string[][] = [];
  readonly taken: string[] = [];
  readonly reported: string[] = [];
  readonly triedAtMs: number[] = [];
  refuses: (name: string) => boolean = () => false;
  isDead = false;
  isLeader = true;
  settles = true;
  readonly lane: EventLane;

  constructor() {
    const sink: EventSink = { deliver: async (_, events) => this.deliver(events) };
    this.lane = new EventLane('queue', {
      ...{ clock: this.clock, random: seededRandom(1), sink },
      report: ({ event }) => this.reported.push(event),
      leading: (group) => (this.isLeader ? this.replica(group) : undefined),
      settle: async ({ group }, _, indexes) => {
        await new Promise<void>((resolve) => this.clock.setTimer(3, resolve));
        if (!this.settles) return;
        const left = this.outboxes.get(group)!.filter(({ index }) => !indexes.includes(index));
        this.outboxes.set(group, left);
      },
    });
  }

  private readonly replicas = new Map<string, GroupReplica>();

  private replica(group: string): GroupReplica {
    const query = (_: unknown, { limit }: { limit: number }) => ({
      events: this.outboxes.get(group)!.slice(0, limit),
    });
    const replica = this.replicas.get(group) ?? ({ group, machine: { query } } as unknown as GroupReplica);
    this.replicas.set(group, replica);
    return replica;
  }

  private deliver(events: readonly ObjectEvent[]): readonly (string | undefined)[] {
    this.triedAtMs.push(this.clock.nowMs());
    if (this.isDead) throw new Error('nobody answers');
    this.batches.push(events.map(nameOf));
    return events.map((event) => {
      if (this.refuses(nameOf(event))) return 'not now';
      this.taken.push(nameOf(event));
      return undefined;
    });
  }

  write(group: string, ...keys: string[]): void {
    const outbox = this.outboxes.get(group) ?? [];
    this.outboxes.set(group, outbox);
    for (const key of keys) {
      const index = (outbox.at(-1)?.index ?? 0) + 1;
      outbox.push({ name: 's3:ObjectCreated:Put', ruleId: 'r', bucket: 'b', key, timeMs: 0, index });
    }
  }

  pass(ms: number): Promise<void> {
    return new Promise((resolve) => this.clock.setTimer(ms, resolve));
  }

  left(): number {
    return [...this.outboxes.values()].reduce((sum, { length }) => sum + length, 0);
  }
}

function nameOf({ key, index }: ObjectEvent): string {
  return `${key}${index}`;
}

test('[H18] events go in batches over all partitions, each key once in a batch and in its order', async () => {
  const world = new World();
  world.write('1', 'a', 'a', 'b');
  world.write('2', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm');
  world.lane.nudge('1');
  world.lane.nudge('2');
  await world.pass(100);
  assert.equal(world.left(), 0);
  assert.ok(world.batches.every((batch) => batch.length <= 10));
  assert.deepEqual(
    world.taken.filter((name) => name.startsWith('a')),
    ['a1', 'a2'],
  );
  assert.equal(new Set(world.taken).size, 14);
  assert.equal(world.taken.length, 14, 'what was taken is not sent again while it is being settled');
  const [first] = world.batches;
  assert.ok(first?.includes('a1') && first.includes('c1') && !first.includes('a2'));
});

test('[H18] an event that is not taken holds up its own key alone, and comes before what follows it', async () => {
  const world = new World();
  world.write('1', 'a', 'a', 'b', 'c');
  let refusals = 3;
  world.refuses = (name) => name === 'a1' && refusals-- > 0;
  world.lane.nudge('1');
  await world.pass(10_000);
  assert.deepEqual(world.taken, ['b3', 'c4', 'a1', 'a2']);
  assert.equal(world.left(), 0);
});

test('[H18] a dead destination is tried less and less often, and told of once; then everything arrives', async () => {
  const world = new World();
  world.isDead = true;
  world.write('1', 'a');
  world.lane.nudge('1');
  await world.pass(300_000);
  for (let i = 0; i < 50; i++) {
    world.write('1', `k${i}`);
    world.lane.nudge('1');
  }
  await world.pass(300_000);
  assert.ok(world.triedAtMs.length < 130, `${world.triedAtMs.length} tries in ten minutes`);
  const pauses = world.triedAtMs.slice(1).map((ms, i) => ms - world.triedAtMs[i]!);
  assert.ok(pauses[0]! <= 200 && Math.max(...pauses) <= 10_000);
  assert.deepEqual(world.reported, ['events wait']);
  assert.equal(world.lane.lastFailure, 'nobody answers');
  world.isDead = false;
  await world.pass(11_000);
  assert.equal(world.left(), 0);
  assert.equal(world.taken.length, 51);
  assert.deepEqual(world.reported, ['events wait', 'events are delivered again']);
});

test('[H18] an event that is never taken costs the others little', async () => {
  const world = new World();
  world.refuses = (name) => name.startsWith('poison');
  world.write('1', 'poison', ...Array.from({ length: 200 }, (_, i) => `k${i}-`));
  world.lane.nudge('1');
  await world.pass(10_000);
  assert.equal(world.taken.length, 200);
  const tries = world.triedAtMs.length;
  await world.pass(60_000);
  world.lane.stop();
  assert.ok(world.triedAtMs.length - tries < 20, 'alone it is tried seldom');
});

test('[H18] what could not be settled is delivered again in its order, by whoever leads then', async () => {
  const world = new World();
  world.settles = false;
  world.write('1', 'a', 'a');
  world.lane.nudge('1');
  await world.pass(20);
  assert.deepEqual(world.taken.slice(0, 2), ['a1', 'a2']);
  world.isLeader = false;
  await world.pass(20);
  const taken = world.taken.length;
  world.lane.nudge('1');
  await world.pass(20);
  assert.equal(world.taken.length, taken, 'who does not lead delivers nothing');
  world.isLeader = true;
  world.settles = true;
  world.lane.nudge('1');
  await world.pass(20);
  assert.equal(world.left(), 0);
  assert.deepEqual(world.taken.slice(taken), ['a1', 'a2']);
});

test('[H18] a lane that was stopped sends nothing more', async () => {
  const world = new World();
  world.isDead = true;
  world.write('1', 'a');
  world.lane.nudge('1');
  await world.pass(10);
  world.lane.stop();
  world.isDead = false;
  world.lane.nudge('1');
  await world.pass(60_000);
  assert.deepEqual(world.taken, []);
});
