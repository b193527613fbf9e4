import { type Random, seededRandom } from '@crescendo/base';
import { createDirectory, ownerOf } from '@crescendo/ring';
import { randomPosition } from '@crescendo/ring/testing';
import { scheduleFaults } from './ring-history.ts';
import { drawPlan, type RingPlan, type RingSeedOptions } from './ring-plan.ts';
import { type RingStats, RingWorld } from './ring-world.ts';

export interface RingSeedResult {
  readonly seed: number;
  readonly ok: boolean;
  readonly violations: readonly string[];
  readonly plan: RingPlan;
  readonly stats: Readonly<RingStats>;
  /** The end of the history. */
  readonly history: readonly string[];
}

const CONVERGENCE_MS = 120_000;
const STABLE_MS = 3000;
const LOOKUPS = 5;

/** One history of faults from one seed, judged at every step, at rest afterwards, and by lookups in the end. */
export function runRingSeed(seed: number, options: RingSeedOptions = {}): RingSeedResult {
  const random = seededRandom(seed);
  const plan = drawPlan(random.fork('plan'), options);
  const world = new RingWorld(plan, random.fork('world'), options);
  world.found();
  scheduleFaults(world, random.fork('faults'));
  world.network.run(plan.faultsMs, () => world.violations.length > 0);
  if (world.violations.length === 0) settle(world);
  if (world.violations.length === 0) checkLookups(world, random.fork('lookups'));
  return {
    seed,
    ok: world.violations.length === 0,
    violations: world.violations,
    plan,
    stats: world.stats,
    history: world.history.lines(),
  };
}

/** The faults stop; the ring must become ideal, and stay so. */
function settle(world: RingWorld): void {
  const { network } = world;
  world.links.areFaultsOn = false;
  world.links.sides.clear();
  for (const node of network.nodes.values()) node.pausedUntilMs = Math.min(node.pausedUntilMs, network.nowMs);
  const startMs = network.nowMs;
  const endMs = startMs + CONVERGENCE_MS;
  while (network.nowMs < endMs && world.violations.length === 0) {
    if (isStable(world)) {
      world.stats.convergenceMs = network.nowMs - startMs - STABLE_MS;
      return;
    }
    network.run(network.nowMs + 500);
  }
  if (world.violations.length === 0)
    world.violate(`the ring was not ideal ${CONVERGENCE_MS} ms after the faults: ${describe(world)}`);
}

function isStable(world: RingWorld): boolean {
  const { network } = world;
  if (!world.isIdeal()) return false;
  const count = network.nodes.size;
  const startMs = network.nowMs;
  network.run(startMs + STABLE_MS, () => !world.isIdeal());
  return network.nowMs === startMs + STABLE_MS && network.nodes.size === count && world.isIdeal();
}

function checkLookups(world: RingWorld, random: Random): void {
  const { network } = world;
  const nodes = world.inside();
  if (nodes.length < 2) return;
  const directory = createDirectory(nodes.map((node) => node.member));
  for (let i = 0; i < LOOKUPS; i++) {
    const key = randomPosition(random);
    const asker = random.pick(nodes).member.id;
    const requestId = network.lookup(asker, key);
    network.run(network.nowMs + 20_000, () => network.results.has(requestId));
    world.stats.lookups++;
    const result = network.results.get(requestId);
    const owner = ownerOf(directory, key)?.id;
    if (result?.ok !== true || result.owner.id !== owner)
      world.violate(`${asker} found ${result?.ok === true ? result.owner.id : result?.reason}, not ${owner}`);
  }
}

function describe(world: RingWorld): string {
  return [...world.network.nodes.values()]
    .map(({ member, state }) => {
      const list = state.successors.map((successor) => successor.id).join(' ');
      return `${member.id} ${state.phase} ${state.predecessor?.id ?? '-'} | ${list}`;
    })
    .join('; ');
}
