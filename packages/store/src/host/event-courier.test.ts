import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, utf8 } from '@crescendo/base';
import type { EventSink } from '../ports/event-sink.ts';
import { LeapingClock } from '../testing/leaping-clock.ts';
import { MemoryKv } from '../testing/memory-kv.ts';
import { DEFAULT_EVENT_LIMITS, EventCourier, type EventLimits } from './event-courier.ts';
import type { GroupHost } from './group-host.ts';
import type { GroupReplica } from './group-replica.ts';
import { machineOf } from './node-machines.ts';
import type { StoreEvent, StoreNodePorts } from './ports.ts';

const MEMBERSHIP = { epoch: 1, voters: ['a'], learners: [] };
const SCOPE = { bucket: 'b', generation: '0000000000000001' };

/** A partition that this node leads, or not, with its own log. */
class Partition {
  readonly kv = new MemoryKv();
  readonly machine: GroupReplica['machine'];
  readonly group: string;
  knowsThePast = true;
  readonly #clock: LeapingClock;
  #index = 0;

  constructor(group: string, clock: LeapingClock) {
    this.group = group;
    this.machine = machineOf(group, () => 2);
    this.#clock = clock;
  }

  apply(command: object): string[] {
    const context = { index: ++this.#index, timestampMs: this.#clock.wallMs(), membership: MEMBERSHIP };
    const { effects } = this.machine.apply(this.kv, context, command);
    return effects.flatMap((effect) => (effect.type === 'eventQueued' ? [effect.destination] : []));
  }

  async execute(_id: string, command: object): Promise<object> {
    this.apply(command);
    return { ok: true, value: null };
  }
}

function setUp(limits: EventLimits = DEFAULT_EVENT_LIMITS) {
  const clock = new LeapingClock();
  const partitions = new Map(['0', '1'].map((group) => [group, new Partition(group, clock)]));
  const taken: string[] = [];
  const dead = new Set<string>();
  const sink: EventSink = {
    deliver: async (destination, events) => {
      if (dead.has(destination)) throw new Error('nobody answers');
      taken.push(...events.map(({ key }) => `${destination} ${key}`));
      return events.map(() => undefined);
    },
  };
  const reported: string[] = [];
  const report = ({ event }: StoreEvent): number => reported.push(event);
  const ports = { clock, random: seededRandom(1), events: sink, report } as unknown as StoreNodePorts;
  const host = { replicas: partitions, leads: (group: string) => partitions.get(group)!.knowsThePast };
  const courier = new EventCourier(ports, host as unknown as GroupHost, limits);
  const write = (group: string, key: string, isTold = true): void => {
    const partition = partitions.get(group)!;
    const segment = { kind: 'inline', bytes: utf8(key) };
    const put = { type: 'putObject', ...SCOPE, key, segment, etag: 'e', headers: {}, userMetadata: {} };
    for (const destination of partition.apply(put)) {
      if (isTold) courier.queued(partition as unknown as GroupReplica, destination);
    }
  };
  const route = (group: string, ...destinations: string[]): void => {
    const rules = destinations.map((destination) => {
      return { id: destination, destination, events: ['s3:ObjectCreated:*'] };
    });
    partitions.get(group)!.apply({ type: 'setBucketRules', ...SCOPE, number: 1, rules });
  };
  const pass = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(ms, resolve));
  return { partitions, taken, dead, reported, courier, write, route, pass };
}

test('[H18] a dead destination holds up no other, and what waits is told with the reason', async () => {
  const { courier, dead, route, write, pass, taken } = setUp();
  route('0', 'alive', 'dead');
  route('1', 'dead');
  dead.add('dead');
  write('0', 'a');
  write('1', 'b');
  await pass(1_000);
  assert.deepEqual(taken, ['alive a']);
  const [backlog, ...more] = courier.backlog();
  assert.deepEqual(more, []);
  assert.equal(backlog?.destination, 'dead');
  assert.equal(backlog.waiting, 2);
  assert.equal(backlog.failure, 'nobody answers');
  assert.ok(courier.delivered().failed > 1 && courier.delivered().delivered === 1);
  courier.stop();
});

test('[H18] a new leader delivers what the earlier one has left, once it knows the past', async () => {
  const { courier, partitions, route, write, pass, taken } = setUp();
  route('0', 'q');
  partitions.get('0')!.knowsThePast = false;
  write('0', 'a');
  courier.start(5_000);
  await pass(20_000);
  assert.deepEqual(taken, []);
  partitions.get('0')!.knowsThePast = true;
  courier.lookSoon();
  await pass(600);
  assert.deepEqual(taken, ['q a']);
  assert.deepEqual(courier.backlog(), []);
  courier.stop();
});

test('[H19] beyond the limit the oldest are given up, and so is what has waited too long', async () => {
  const { courier, dead, route, write, pass, reported } = setUp({ waiting: 3, ageMs: 60_000 });
  route('0', 'q');
  dead.add('q');
  courier.start(1_000);
  for (const key of ['a', 'b', 'c', 'd', 'e']) write('0', key, false);
  await pass(2_000);
  const waiting = (): number => courier.backlog()[0]?.waiting ?? 0;
  assert.equal(waiting(), 3);
  assert.equal(courier.counters.givenUp, 2);
  await pass(50_000);
  write('0', 'young', false);
  await pass(10_500);
  assert.equal(waiting(), 1);
  assert.equal(courier.counters.givenUp, 5);
  assert.ok(reported.filter((event) => event === 'events were given up').length >= 2);
  courier.stop();
});
