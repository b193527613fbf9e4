/**
 * What can go wrong, each kind by its name. A fault that can't happen now (nobody to kill, data at risk already) does not happen and says
 * so by returning false.
 */
import { FAST_DISK, SLOW_DISK } from '../disk/disk-conditions.ts';
import { CALM_LINK, ROUGH_LINK } from '../network/link-conditions.ts';
import type { SimNode } from './cluster.ts';
import {
  background,
  duration,
  type FaultContext,
  forAWhile,
  pickServing,
  restartLater,
} from './fault-context.ts';
import { dieForGood, drain, join, loseLearner } from './membership-faults.ts';

/** Begins the fault; its end, if it has one, comes by itself. */
export type Fault = (context: FaultContext) => boolean;

export const FAULTS = {
  kill: (context) => crashOne(context, 'kill'),
  powerFailure: (context) => crashOne(context, 'power'),
  killTwo: (context) => {
    const first = crashOne(context, 'kill');
    return crashOne(context, 'power') || first;
  },
  longOutage,
  powerFailureOfAll,
  restart: restartCleanly,
  restartAll,
  pause: pauseOne,
  starve: starveOne,
  isolate: isolateOne,
  strand: strandOne,
  split,
  cutOneWay,
  breakConnections,
  roughNetwork,
  slowDisk,
  fullDisk,
  clockJump,
  wipe: (context) => destroyOne(context, 'loses its disk', ({ volume }) => volume.wipe()),
  loseState: (context) => destroyOne(context, 'loses its applied state', ({ volume }) => volume.loseState()),
  loseLog: (context) => {
    const id = Buffer.from(context.random.bytes(16)).toString('hex');
    return destroyOne(context, 'finds its log damaged', ({ volume }) => volume.loseLog(id));
  },
  bitRot,
  loseLearner,
  join,
  drain,
  dieForGood,
} as const satisfies Record<string, Fault>;

export type FaultKind = keyof typeof FAULTS;

function crashOne(context: FaultContext, how: 'kill' | 'power'): boolean {
  const node = pickServing(context);
  if (node === undefined) return false;
  context.cluster.crash(node, how);
  restartLater(context, node, duration(context, 50, 9000));
  return true;
}

/** Away for longer than the grace period: it is put out, and comes back. */
function longOutage(context: FaultContext): boolean {
  const { cluster, minHolders } = context;
  const others = cluster.serving().length - 1;
  const leaving = cluster.serving().find(({ troubles }) => troubles.has('draining'));
  const node = leaving !== undefined && context.random.chance(0.5) ? leaving : pickServing(context);
  if (node === undefined || others < minHolders) return false;
  cluster.crash(node, context.random.pick(['kill', 'power']));
  restartLater(context, node, duration(context, 14_000, 25_000));
  return true;
}

function powerFailureOfAll(context: FaultContext): boolean {
  for (const node of context.cluster.lasting()) {
    if (!node.isUp) continue;
    context.cluster.crash(node, 'power');
    restartLater(context, node, duration(context, 500, 5000));
  }
  return true;
}

function restartCleanly(context: FaultContext): boolean {
  const node = pickServing(context);
  if (node === undefined) return false;
  background(
    context,
    context.cluster.stop(node).then(() => restartLater(context, node, duration(context, 50, 3000))),
  );
  return true;
}

function restartAll(context: FaultContext): boolean {
  for (const node of context.cluster.serving()) {
    background(
      context,
      context.cluster.stop(node).then(() => restartLater(context, node, duration(context, 500, 3000))),
    );
  }
  return true;
}

function pauseOne(context: FaultContext): boolean {
  const node = pickServing(context);
  const process = node?.machine.process;
  if (node === undefined || process === undefined) return false;
  const pause = (): void => process.pause();
  background(
    context,
    forAWhile(context, node, 'paused', duration(context, 100, 12_000), pause, () => process.resume()),
  );
  return true;
}

function starveOne(context: FaultContext): boolean {
  const node = pickServing(context);
  if (node === undefined) return false;
  starve(context, node, duration(context, 1000, 15_000));
  return true;
}

/** Its clocks and timers crawl while messages come and go: whatever waits, waits far too long. */
function starve(context: FaultContext, node: SimNode, durationMs: number): void {
  const { machine } = node;
  const { drift } = machine;
  const set = (value: number): void => {
    machine.drift = value;
  };
  background(
    context,
    forAWhile(
      context,
      node,
      'starved',
      durationMs,
      () => set(0.1),
      () => set(drift),
    ),
  );
}

function isolateOne(context: FaultContext): boolean {
  const node = pickServing(context);
  if (node === undefined) return false;
  cutBetween(context, [node], othersThan(context, node), 'both', duration(context, 200, 15_000));
  return true;
}

/** Cut off, and too slow to notice: a leader goes on believing that it leads. */
function strandOne(context: FaultContext): boolean {
  const node = pickServing(context);
  const isOneStranded = context.cluster.nodes.some(({ troubles }) => troubles.has('starved'));
  if (node === undefined || isOneStranded) return false;
  const durationMs = 6000 + context.random.int(14_000);
  starve(context, node, durationMs);
  cutBetween(context, [node], othersThan(context, node), 'both', durationMs);
  return true;
}

function othersThan({ cluster }: FaultContext, node: SimNode): SimNode[] {
  return cluster.nodes.filter((other) => other !== node);
}

function split(context: FaultContext): boolean {
  const nodes = context.random.shuffle(context.cluster.nodes);
  const size = 1 + context.random.int(Math.max(1, nodes.length - 1));
  cutBetween(context, nodes.slice(0, size), nodes.slice(size), 'both', duration(context, 200, 15_000));
  return true;
}

function cutOneWay(context: FaultContext): boolean {
  const nodes = context.random.shuffle(context.cluster.nodes);
  const size = 1 + context.random.int(2);
  cutBetween(
    context,
    nodes.slice(0, size),
    nodes.slice(size, size + 1 + context.random.int(nodes.length)),
    'oneWay',
    duration(context, 200, 15_000),
  );
  return true;
}

function cutBetween(
  context: FaultContext,
  left: readonly SimNode[],
  right: readonly SimNode[],
  how: 'both' | 'oneWay',
  durationMs: number,
): void {
  const { network } = context.cluster;
  const pairs: [string, string][] = [];
  for (const { machine: a } of left) {
    for (const { machine: b } of right) {
      pairs.push([a.address, b.address]);
      if (how === 'both') pairs.push([b.address, a.address]);
    }
  }
  const names = (nodes: readonly SimNode[]): string => nodes.map(({ name }) => name).join(' ');
  const arrow = how === 'both' ? '|' : 'does not reach';
  context.world.note('fault', `${names(left)} ${arrow} ${names(right)} for ${Math.round(durationMs)} ms`);
  for (const [from, to] of pairs) network.cut(from, to);
  context.world.at(durationMs, () => {
    for (const [from, to] of pairs) network.heal(from, to);
  });
}

function breakConnections(context: FaultContext): boolean {
  const { cluster, random, world } = context;
  const nodes = cluster.serving();
  if (nodes.length < 2) return false;
  const node = random.pick(nodes);
  world.note('fault', `connections of ${node.name} break`);
  for (const other of nodes)
    if (other !== node) cluster.network.breakConnection(node.machine.address, other.machine.address);
  return true;
}

function roughNetwork(context: FaultContext): boolean {
  const { cluster, world } = context;
  if (cluster.network.conditions !== CALM_LINK) return false;
  const durationMs = duration(context, 1000, 15_000);
  world.note('fault', `the network is rough for ${Math.round(durationMs)} ms`);
  cluster.network.conditions = ROUGH_LINK;
  world.at(durationMs, () => {
    cluster.network.conditions = CALM_LINK;
  });
  return true;
}

function slowDisk(context: FaultContext): boolean {
  const node = pickServing(context);
  if (node === undefined) return false;
  const set = (conditions: typeof SLOW_DISK): void => {
    node.volume.conditions = conditions;
  };
  background(
    context,
    forAWhile(
      context,
      node,
      'slow disk',
      duration(context, 500, 10_000),
      () => set(SLOW_DISK),
      () => set(FAST_DISK),
    ),
  );
  return true;
}

function fullDisk(context: FaultContext): boolean {
  const node = pickServing(context);
  if (node === undefined) return false;
  const fill = (bytes: number): void => {
    node.volume.chunks.foreignBytes = bytes;
  };
  const begin = (): void => fill(node.volume.capacityBytes);
  background(
    context,
    forAWhile(context, node, 'full disk', duration(context, 1000, 15_000), begin, () => fill(0)),
  );
  return true;
}

function clockJump(context: FaultContext): boolean {
  const node = pickServing(context);
  if (node === undefined) return false;
  const range = context.random.pick([100, 10_000, 10_000, 60_000]);
  const jumpMs = Math.round((context.random.float() - 0.5) * 2 * range);
  node.machine.wallOffsetMs += jumpMs;
  context.world.note('fault', `${node.name}: the wall clock jumps by ${jumpMs} ms`);
  return true;
}

/** Kills a node and ruins something on its disk while it is down. */
function destroyOne(context: FaultContext, what: string, ruin: (node: SimNode) => void): boolean {
  const node = pickServing(context);
  if (node === undefined || !context.loss.take(context.missing)) return false;
  context.world.note('fault', `${node.name} ${what}`);
  context.cluster.crash(node, context.random.pick(['kill', 'power']));
  ruin(node);
  restartLater(context, node, duration(context, 50, 5000));
  return true;
}

function bitRot(context: FaultContext): boolean {
  const node = pickServing(context);
  if (node === undefined) return false;
  const names = [...node.volume.chunks.names()];
  if (names.length === 0 || !context.loss.take(context.missing)) return false;
  const rotten = context.random.shuffle(names).slice(0, 1 + context.random.int(3));
  context.world.note('fault', `${node.name}: bytes rot in ${rotten.join(' ')}`);
  for (const name of rotten) node.volume.chunks.rot(name);
  return true;
}
