import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crescendo/base';
import type { RingSettings } from './contract.ts';
import { createDirectory, ownerOf } from './directory.ts';
import { ringStatus } from './step.ts';
import { isIdealRing, memberAt, randomPosition, VirtualNetwork } from './testing/index.ts';

const NODES = 16;

interface Cluster {
  readonly network: VirtualNetwork;
  readonly random: ReturnType<typeof seededRandom>;
  readonly sides: Map<string, number>;
  readonly isIdeal: () => boolean;
}

/** 16 nodes on the ring, the later ones joined through the first one's address alone. */
function cluster(seed: number, settings: Partial<RingSettings> = {}): Cluster {
  const random = seededRandom(seed);
  const sides = new Map<string, number>();
  const network = new VirtualNetwork({
    random,
    settings,
    refusalMs: 1,
    deliver: (from, to) => (sides.get(from.id) === sides.get(to.id) ? [1 + 10 * random.float()] : []),
  });
  const members = Array.from({ length: NODES }, (_, i) => memberAt(`n${i}`, randomPosition(random)));
  const founders = members.slice(0, 5);
  for (const member of founders) {
    network.start(member);
    network.input(member.id, { type: 'create', founders: createDirectory(founders) });
  }
  for (const member of members.slice(5)) {
    network.start(member);
    network.input(member.id, { type: 'join', seeds: [{ address: founders[0]!.address }] });
  }
  const isIdeal = () =>
    isIdealRing(
      [...network.nodes.values()].map((node) => ringStatus(node.state)),
      4,
    );
  network.run(120_000, isIdeal);
  assert.equal(isIdeal(), true, 'the ring is ideal before the test begins');
  return { network, random, sides, isIdeal };
}

function membersOf(network: VirtualNetwork) {
  return [...network.nodes.values()].map((node) => node.member);
}

/** Mean messages a lookup; every owner must be right. */
function averageMessages({ network, random }: Cluster, count: number): number {
  const directory = createDirectory(membersOf(network));
  let messages = 0;
  for (let i = 0; i < count; i++) {
    const key = randomPosition(random);
    const requestId = network.lookup(random.pick(directory.members).id, key);
    network.run(network.nowMs + 10_000, () => network.results.has(requestId));
    const result = network.results.get(requestId);
    assert.ok(result?.ok, 'the lookup finds an owner');
    assert.equal(result.owner.id, ownerOf(directory, key)?.id);
    messages += result.messages;
  }
  return messages / count;
}

function messagesPerSecond({ network }: Cluster): number {
  network.run(network.nowMs + 30_000);
  const before = network.sent;
  network.run(network.nowMs + 100_000);
  return (network.sent - before) / 100;
}

test('[R25] 16 nodes at rest send fewer than 50 messages a second', () => {
  const ring = cluster(1);
  const pure = messagesPerSecond(ring);
  const directory = createDirectory(membersOf(ring.network));
  for (const id of ring.network.nodes.keys()) ring.network.input(id, { type: 'members', directory });
  const registered = messagesPerSecond(ring);
  assert.ok(pure < 50, `${pure} messages a second without the registered membership`);
  assert.ok(registered < 50, `${registered} messages a second with it`);
});

test('[R26] with 16 nodes a lookup takes fewer than 7 messages', () => {
  const messages = averageMessages(cluster(2), 500);
  assert.ok(messages < 7, `${messages} messages a lookup`);
});

test('[R22] with the registered membership a lookup asks the owner alone', () => {
  const ring = cluster(3);
  const directory = createDirectory(membersOf(ring.network));
  for (const id of ring.network.nodes.keys()) ring.network.input(id, { type: 'members', directory });
  const messages = averageMessages(ring, 300);
  assert.ok(messages <= 2, `${messages} messages a lookup`);
});

test('[R20] [R21] lookups find the owner while three neighbours are dead and nobody has noticed', () => {
  const ring = cluster(4);
  const { network } = ring;
  const sorted = createDirectory(membersOf(network)).members;
  for (const member of sorted.slice(3, 6)) network.crash(member.id);
  const live = createDirectory(membersOf(network));
  const key = sorted[3]!.position;
  for (const asker of live.members) {
    const requestId = network.lookup(asker.id, key);
    network.run(network.nowMs + 10_000, () => network.results.has(requestId));
    const result = network.results.get(requestId);
    assert.equal(result?.ok === true && result.owner.id, sorted[6]!.id);
  }
});

test('[R21] a stale registered membership costs messages, not the answer', () => {
  const ring = cluster(5);
  const { network } = ring;
  const stale = createDirectory(membersOf(network).slice(0, 10));
  for (const id of network.nodes.keys()) network.input(id, { type: 'members', directory: stale });
  assert.ok(averageMessages(ring, 200) < 7);
});

test('[R6] [R12] the ring closes after a crash and after a departure', () => {
  const { network, isIdeal } = cluster(6);
  network.crash('n7');
  network.input('n9', { type: 'leave' });
  network.crash('n9');
  network.run(network.nowMs + 20_000, isIdeal);
  assert.equal(isIdeal(), true);
});

test('[R17] a ring that was split into two heals', () => {
  const { network, sides, isIdeal } = cluster(7);
  for (let i = 0; i < NODES; i += 2) sides.set(`n${i}`, 1);
  for (let i = 1; i < NODES; i += 2) sides.set(`n${i}`, 2);
  const side = (odd: number) => [...network.nodes.values()].filter((_, i) => i % 2 === odd);
  const areTwoRings = () =>
    [0, 1].every((odd) =>
      isIdealRing(
        side(odd).map((node) => ringStatus(node.state)),
        4,
      ),
    );
  network.run(network.nowMs + 200_000, areTwoRings);
  assert.equal(areTwoRings(), true, 'each side is a ring of its own first');
  sides.clear();
  network.run(network.nowMs + 200_000, isIdeal);
  assert.equal(isIdeal(), true);
});

test('[R15] one node creates a ring and others join it one by one, without a registered membership', () => {
  const random = seededRandom(8);
  const network = new VirtualNetwork({ random, deliver: () => [1 + 10 * random.float()] });
  const members = Array.from({ length: 8 }, (_, i) => memberAt(`n${i}`, randomPosition(random)));
  const isIdeal = () =>
    isIdealRing(
      [...network.nodes.values()].map((node) => ringStatus(node.state)),
      4,
    );
  for (const member of members) {
    network.start(member);
    if (member === members[0]) network.input(member.id, { type: 'create' });
    else network.input(member.id, { type: 'join', seeds: [{ address: members[0]!.address }] });
    network.run(network.nowMs + 60_000, isIdeal);
    assert.equal(isIdeal(), true, `with ${network.nodes.size} nodes`);
  }
});

test('[R20] a node that stands on no ring says so', () => {
  const random = seededRandom(9);
  const network = new VirtualNetwork({ random, deliver: () => [1] });
  network.start(memberAt('alone', 5n));
  const result = network.results.get(network.lookup('alone', 7n));
  assert.equal(result?.ok === false && result.reason, 'outside');
});

test('[R24] lookups beyond the limit are refused', () => {
  const { network } = cluster(10, { maxLookups: 3 });
  const directory = createDirectory(membersOf(network));
  const farKey = directory.members[8]!.position;
  const results = Array.from({ length: 5 }, () => network.lookup(directory.members[0]!.id, farKey)).map(
    (id) => network.results.get(id),
  );
  const refused = results.filter((result) => result?.ok === false && result.reason === 'overloaded');
  assert.ok(refused.length >= 2 && refused.length <= 3, `${refused.length} refused`);
});

test('[R23] a ring at rest checks its fingers ever more rarely, and they are right', () => {
  const { network } = cluster(11);
  network.run(network.nowMs + 120_000);
  const directory = createDirectory(membersOf(network));
  for (const { state, member } of network.nodes.values()) {
    assert.equal(state.fingers.pauseRounds, 8);
    state.fingers.entries.forEach((finger, i) => {
      if (finger === undefined) return;
      const start = (member.position + (1n << BigInt(i))) % (1n << 160n);
      assert.equal(finger.id, ownerOf(directory, start)?.id, `finger ${i} of ${member.id}`);
    });
  }
});
