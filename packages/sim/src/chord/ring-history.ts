import type { Random } from '@crescendo/base';
import type { Member } from '@crescendo/ring';
import { SHORT_PAUSE_MS } from './ring-plan.ts';
import type { RingWorld } from './ring-world.ts';

type Action = 'join' | 'crash' | 'leave' | 'pause' | 'partition' | 'longPause' | 'blackout';

const STRICT_ACTIONS: readonly Action[] = ['join', 'join', 'crash', 'crash', 'leave', 'pause'];
const WILD_ACTIONS: readonly Action[] = [...STRICT_ACTIONS, 'partition', 'longPause', 'join', 'blackout'];
/** A dead node is registered for this long. */
const GRACE_MS = 3000;
/** A node that leaves lives on until its last messages are out. */
const LAST_WORDS_MS = 5;

/** Faults at random moments until the plan's time is over. Everything that happens is scheduled on the world's clock. */
export function scheduleFaults(world: RingWorld, random: Random): void {
  const { plan, network } = world;
  const next = (): void => {
    if (!world.links.areFaultsOn) return;
    act(world, random);
    network.at(network.nowMs - Math.log(1 - random.float()) * plan.meanActionPauseMs, next);
  };
  network.at(network.nowMs, next);
}

function act(world: RingWorld, random: Random): void {
  const action = random.pick(world.plan.kind === 'strict' ? STRICT_ACTIONS : WILD_ACTIONS);
  switch (action) {
    case 'join':
      startSomebody(world, random);
      break;
    case 'crash':
      endSomebody(world, random, 'crash');
      break;
    case 'leave':
      endSomebody(world, random, 'leave');
      break;
    case 'pause':
      pauseSomebody(world, random, SHORT_PAUSE_MS * random.float());
      break;
    case 'longPause':
      pauseSomebody(world, random, 5000 * random.float());
      break;
    case 'partition':
      partition(world, random);
      break;
    case 'blackout':
      if (random.chance(0.1)) blackout(world, random);
      break;
  }
}

function startSomebody(world: RingWorld, random: Random): void {
  const down = world.members.filter((member) => !world.network.nodes.has(member.id));
  if (down.length === 0) return;
  const member = random.pick(down);
  world.history.add(world.network.nowMs, `${member.id} starts`);
  world.stats.restarts++;
  world.join(member);
}

function endSomebody(world: RingWorld, random: Random, how: 'crash' | 'leave'): void {
  const { network, stats } = world;
  const nodes = [...network.nodes.values()];
  if (nodes.length === 0) return;
  const { member, state } = random.pick(nodes);
  const stands = state.phase === 'inside' || state.exchange !== undefined;
  if (stands && !isDispensable(world, member)) return;
  if (how === 'crash') {
    stats.crashes++;
    world.crash(member.id);
    forgetLater(world, member);
    return;
  }
  stats.leaves++;
  world.history.add(network.nowMs, `${member.id} leaves`);
  network.input(member.id, { type: 'leave' });
  world.deregister(member.id);
  const node = network.node(member.id);
  network.at(network.nowMs + LAST_WORDS_MS, () => {
    if (network.nodes.get(member.id) === node) world.crash(member.id);
  });
}

/** A wild world keeps two members that stand on the ring, for a ring that is all gone can't come back. */
function isDispensable(world: RingWorld, member: Member): boolean {
  return world.plan.kind === 'strict' ? world.mayFail(member.id) : world.inside().length > 2;
}

function forgetLater(world: RingWorld, member: Member): void {
  const { network } = world;
  network.at(network.nowMs + GRACE_MS, () => {
    if (!network.nodes.has(member.id)) world.deregister(member.id);
  });
}

function pauseSomebody(world: RingWorld, random: Random, pauseMs: number): void {
  const { network } = world;
  const nodes = [...network.nodes.values()];
  if (nodes.length === 0) return;
  const node = random.pick(nodes);
  // One pause after another would be a long one.
  if (network.nowMs - node.pausedUntilMs < 1000) return;
  world.stats.pauses++;
  node.pausedUntilMs = network.nowMs + pauseMs;
  world.history.add(network.nowMs, `${node.member.id} pauses for ${Math.round(pauseMs)} ms`);
}

function partition(world: RingWorld, random: Random): void {
  const { network } = world;
  const { sides } = world.links;
  if (sides.size > 0) return;
  world.stats.partitions++;
  const share = random.pick([0.1, 0.3, 0.5]);
  for (const member of world.members) sides.set(member.id, random.chance(share) ? 1 : 0);
  const cutOff = world.members.filter((member) => sides.get(member.id) === 1).map((member) => member.id);
  world.history.add(network.nowMs, `the network parts: ${cutOff.join(' ')} on their own`);
  network.at(network.nowMs + 8000 * random.float(), () => {
    sides.clear();
    world.history.add(network.nowMs, 'the network is whole again');
  });
}

/** Everything is off at once and starts again; only the registered membership tells who they were. */
function blackout(world: RingWorld, random: Random): void {
  const { network } = world;
  if (!world.plan.hasRegistry) return;
  const members = [...network.nodes.values()].map((node) => node.member);
  world.history.add(network.nowMs, 'all nodes fail at once');
  for (const member of members) world.crash(member.id);
  for (const member of members)
    network.at(network.nowMs + 1500 * random.float(), () => {
      if (!network.nodes.has(member.id)) world.join(member);
    });
}
