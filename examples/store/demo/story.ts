/**
 * The demonstration's acts. Each one does something to the store, waits for what must follow by itself, and notes when it did.
 */
import { execFileSync } from 'node:child_process';
import type { Observer, Sight } from './observer.ts';
import type { Workload } from './workload.ts';

export interface StoryOptions {
  readonly volumeBytes: number;
  readonly highPercent: number;
  readonly lowPercent: number;
  /** Nodes that the store starts with, and grows to. */
  readonly fromNodes: number;
  readonly toNodes: number;
  readonly patienceMs: number;
}

export interface ActResult {
  readonly name: string;
  /** Seconds since the act's own cause (a threshold crossed, a node killed), by what happened. */
  readonly seconds: Readonly<Record<string, number>>;
  readonly nodesBefore: number;
  readonly nodesAfter: number;
  /** Bytes that nodes were sent because of the change, and the least that would have done. */
  readonly movedBytes: number;
  readonly leastBytes: number;
}

export interface Stage {
  readonly workload: Workload;
  readonly observer: Observer;
  readonly options: StoryOptions;
  /** Shown while something is waited for. */
  readonly show: (act: string, sight: Sight) => void;
  readonly say: (line: string) => void;
}

const LOOK_EVERY_MS = 500;
/** Of the local region; the store has as many copies, one in each. */
const ZONES = 3;
/** Of what would lie just below the low threshold: up to half of a volume may be space that has not been given back yet. */
const KEPT_SHARE = 0.45;

/**
 * Fills the volumes beyond the threshold once, and waits until the group has grown to its new size. With a copy in each zone the volumes of a
 * zone are relieved when that zone gets its second node, so it goes on by itself.
 */
export async function grow(stage: Stage): Promise<ActResult[]> {
  const { options, say } = stage;
  say(`filling ${options.fromNodes} volumes beyond ${options.highPercent} %`);
  await fill(stage, 'filling', (options.volumeBytes * options.highPercent * 1.03) / 100);
  const acts: ActResult[] = [];
  for (let nodes = options.fromNodes; nodes < options.toNodes; ) {
    const act = await growFrom(stage, nodes);
    acts.push(act);
    nodes = act.nodesAfter;
  }
  return acts;
}

/** By one node; by more when the alarm calls again before all is in balance. */
async function growFrom(stage: Stage, nodes: number): Promise<ActResult> {
  const { workload, say } = stage;
  const name = `from ${nodes} nodes on`;
  const before = await stage.observer.look();
  const startMs = Date.now();
  const since = (): number => (Date.now() - startMs) / 1000;
  await until(
    stage,
    name,
    'the alarm',
    (sight) => sight.alarms.DiskHigh === 'ALARM' || sight.desired > nodes,
  );
  const alarm = since();
  await until(stage, name, 'a launch', (sight) => sight.desired > nodes);
  const launch = since();
  await until(stage, name, 'the new node in service', (sight) => sight.inService > nodes);
  const inService = since();
  const after = await until(stage, name, 'balance', (sight) => isBalanced(sight.inService)(sight));
  say(
    `${nodes} to ${after.inService} nodes: alarm ${alarm.toFixed(1)} s, launch ${launch.toFixed(1)} s, in service ${inService.toFixed(1)} s, balanced ${since().toFixed(1)} s`,
  );
  return {
    name: `${nodes} to ${after.inService} nodes`,
    seconds: { alarm, launch, inService, balanced: since() },
    nodesBefore: nodes,
    nodesAfter: after.inService,
    movedBytes: moved(before, after),
    leastBytes: leastToGrow(workload.heldBytes, nodes, after.inService),
  };
}

/** Deletes files and waits until the group is as small as it was. */
export async function shrink(stage: Stage): Promise<ActResult> {
  const { workload, options, say } = stage;
  const before = await stage.observer.look();
  const nodes = before.inService;
  const name = `${nodes} to ${options.fromNodes} nodes`;
  await workload.shrinkTo((options.volumeBytes * options.lowPercent * KEPT_SHARE) / 100);
  const startMs = Date.now();
  const since = (): number => (Date.now() - startMs) / 1000;
  say('files deleted; waiting for the volumes to idle');
  await until(stage, name, 'the alarm', (sight) => sight.alarms.Idle === 'ALARM' || sight.desired < nodes);
  const alarm = since();
  await until(stage, name, 'a drain', (sight) => sight.desired < nodes);
  const drain = since();
  const atDrain = await stage.observer.look();
  await until(stage, name, 'the first node gone', (sight) => sight.instances.length < nodes);
  const firstGone = since();
  const after = await until(stage, name, 'the smallest size', (sight) => {
    return sight.instances.length === options.fromNodes && isBalanced(options.fromNodes)(sight);
  });
  return {
    name,
    seconds: { alarm, drain, firstGone, balanced: since() },
    nodesBefore: nodes,
    nodesAfter: after.inService,
    movedBytes: moved(atDrain, after),
    leastBytes: leastToShrink(workload.heldBytes, nodes, options.fromNodes),
  };
}

/** Kills every process of one instance and waits until another one has taken its place. */
export async function lose(stage: Stage): Promise<ActResult> {
  const { workload, say } = stage;
  const before = await stage.observer.look();
  const nodes = before.inService;
  const victim = before.store.nodes.find(({ state, pid }) => state === 'up' && pid > 0)!;
  const name = 'a node killed';
  const killedMs = Date.now();
  const since = (): number => (Date.now() - killedMs) / 1000;
  killInstance(victim.pid);
  say(`killed the instance of node ${victim.id.slice(0, 8)} with kill -9`);
  await until(stage, name, 'the loss to be seen', (sight) => sight.inService < nodes);
  const seen = since();
  await until(stage, name, 'a replacement in service', (sight) => sight.inService >= nodes);
  const inService = since();
  const after = await until(stage, name, 'whole copies', (sight) => {
    return sight.instances.length === nodes && isBalanced(nodes)(sight);
  });
  return {
    name,
    seconds: { seen, inService, balanced: since() },
    nodesBefore: nodes,
    nodesAfter: after.inService,
    movedBytes: moved(before, after),
    leastBytes: leastToShrink(workload.heldBytes, nodes, nodes - 1),
  };
}

/** The first process of an instance leads a process group of its own, and all its programs are in it. */
function killInstance(pid: number): void {
  const group = Number(execFileSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' }).trim());
  if (group > 1) process.kill(-group, 'SIGKILL');
}

/** Writes until the files have the given size in all; sizes are mixed, so that inline objects and chunks are both there. */
async function fill(stage: Stage, name: string, targetBytes: number): Promise<void> {
  const sizes = [4 << 20, 4 << 20, 1 << 20, 4 << 20, 64 << 10, 4 << 20, 2 << 10, 8 << 20];
  let turn = 0;
  let lookedMs = 0;
  const writer = async (): Promise<void> => {
    while (stage.workload.heldBytes < targetBytes) {
      await stage.workload.write(sizes[turn++ % sizes.length]!);
      if (Date.now() - lookedMs < 1_000) continue;
      lookedMs = Date.now();
      stage.show(name, await stage.observer.look());
    }
  };
  await Promise.all(Array.from({ length: 4 }, writer));
}

async function until(
  { observer, show, options, workload }: Stage,
  act: string,
  what: string,
  holds: (sight: Sight) => boolean,
): Promise<Sight> {
  const deadline = Date.now() + options.patienceMs;
  for (;;) {
    const sight = await observer.look();
    show(`${act}: waiting for ${what}`, sight);
    if (holds(sight)) return sight;
    if (Date.now() > deadline) {
      const activities = (await observer.activities()).map(({ status, text }) => `  ${status}: ${text}`);
      throw new Error(
        `${act}: ${what} did not come in ${options.patienceMs / 1000} s; alarms ${JSON.stringify(sight.alarms)}, disks ${sight.diskPercent} %, processors ${sight.cpuPercent} %, instances ${JSON.stringify(sight.instances)}; last activities:\n${activities.join('\n')}`,
      );
    }
    await workload.verifyAny(); // Clients go on meanwhile.
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

function isBalanced(nodes: number): (sight: Sight) => boolean {
  return ({ store }) => {
    const { underReplicatedPartitions, movingPartitions } = store.replication;
    const holding = store.nodes.filter(({ state, partitions }) => state === 'up' && partitions > 0).length;
    return holding === nodes && underReplicatedPartitions === 0 && movingPartitions === 0;
  };
}

/** Bytes that the nodes of now have fetched since; a node that has gone has taken its count with it. */
function moved(before: Sight, after: Sight): number {
  const known = new Map(before.store.nodes.map((node) => [node.id, node.receivedBytes]));
  return after.store.nodes.reduce((sum, { id, receivedBytes }) => {
    return sum + Math.max(0, receivedBytes - (known.get(id) ?? 0));
  }, 0);
}

/**
 * Each of the zones holds one copy of everything, and the group spreads its nodes over them: who joins takes an equal share of a copy from those
 * of its zone.
 */
function leastToGrow(copyBytes: number, from: number, to: number): number {
  let least = 0;
  for (let nodes = from; nodes < to; nodes++) least += copyBytes / (Math.floor(nodes / ZONES) + 1);
  return least;
}

/** Who leaves hands what it holds to those of its zone. */
function leastToShrink(copyBytes: number, from: number, to: number): number {
  let least = 0;
  for (let nodes = from; nodes > to; nodes--) least += copyBytes / Math.ceil(nodes / ZONES);
  return least;
}
