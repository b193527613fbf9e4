/**
 * What is done to the cluster while clients work. Each fault begins with all that should run running and whole, and ends so too.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../packages/base/src/index.ts';
import type { NodeProcess } from '../e2e/testing/node-process.ts';
import type { TestCluster } from '../e2e/testing/test-cluster.ts';
import { eventually, within } from '../e2e/testing/wait.ts';
import type { Load } from './load.ts';

export interface FaultContext {
  readonly cluster: TestCluster;
  readonly load: Load<NodeProcess>;
  readonly random: Random;
  /** Members that should hold data between two faults. */
  readonly size: number;
  /** How long a state is left as it is, so that clients meet it. */
  readonly holdMs: number;
  readonly tell: (line: string) => void;
}

export interface Fault {
  readonly name: string;
  /** Roughly how long it takes at least, on an idle machine. */
  readonly leastMs: number;
  readonly run: (context: FaultContext) => Promise<void>;
}

const SETTLE_MS = 180_000;

export const FAULTS: readonly Fault[] = [
  { name: 'kill -9 of one, restart, catch-up', leastMs: 12_000, run: (context) => killAndRestart(context) },
  { name: 'kill -9 of another', leastMs: 12_000, run: (context) => killAndRestart(context) },
  { name: 'kill -9 of a majority at once', leastMs: 20_000, run: killMajority },
  { name: 'SIGSTOP and SIGCONT of one', leastMs: 15_000, run: standStill },
  { name: 'drain refused', leastMs: 1_000, run: drainRefused },
  { name: 'one more joins, another is drained', leastMs: 25_000, run: joinAndDrain },
  { name: 'one more joins, another is killed for good', leastMs: 40_000, run: joinAndLose },
  { name: 'two more join and leave again', leastMs: 45_000, run: twoComeAndGo },
  {
    name: 'all stopped (SIGTERM) and started',
    leastMs: 12_000,
    run: (context) => allDown(context, 'SIGTERM'),
  },
  {
    name: 'all killed (kill -9) and started',
    leastMs: 12_000,
    run: (context) => allDown(context, 'SIGKILL'),
  },
];

let lastVictim: NodeProcess | undefined;

function pickVictim({ cluster, random }: FaultContext): NodeProcess {
  const others = cluster.serving.filter((node) => node !== lastVictim);
  lastVictim = random.pick(others);
  return lastVictim;
}

async function killAndRestart(context: FaultContext): Promise<void> {
  const victim = pickVictim(context);
  await victim.kill();
  await pause(context.holdMs);
  await victim.start();
  await context.cluster.whole(context.size, SETTLE_MS);
}

async function killMajority(context: FaultContext): Promise<void> {
  const { cluster, load, random, size, tell } = context;
  const victims = random.shuffle(cluster.serving).slice(0, Math.floor(size / 2) + 1);
  load.excuse(true);
  await Promise.all(victims.map((node) => node.kill()));
  await assertRefuses(context);
  await pause(context.holdMs);
  const [first, ...rest] = victims;
  const startedMs = performance.now();
  await first!.start();
  await assertServes(context);
  tell(`    service again ${seconds(performance.now() - startedMs)} after the start of one`);
  load.excuse(false);
  await Promise.all(rest.map((node) => node.start()));
  await cluster.whole(size, SETTLE_MS);
}

/** 503 or 500-like with a majority gone; never an answer that claims something. */
async function assertRefuses({ cluster }: FaultContext): Promise<void> {
  const [survivor] = cluster.serving;
  if (survivor === undefined) return;
  const { status } = await cluster.client(survivor).send('GET', '/soak/nothing', { limitMs: 60_000 });
  if (status !== 503)
    throw new Error(`with a majority gone a read was answered with ${status} instead of 503`);
}

async function assertServes({ cluster }: FaultContext): Promise<void> {
  await eventually('service', SETTLE_MS, async () => {
    const { status } = await cluster.client(cluster.serving[0]!).send('PUT', '/soak/ping', { body: 'ping' });
    return status === 200;
  });
}

async function standStill(context: FaultContext): Promise<void> {
  const victim = pickVictim(context);
  victim.pause();
  await pause(2 * context.holdMs);
  victim.resume();
  await context.cluster.whole(context.size, SETTLE_MS);
}

async function drainRefused(context: FaultContext): Promise<void> {
  const { status, text } = await context.cluster.drain(pickVictim(context));
  if (status !== 409 || !text.includes('replication factor'))
    throw new Error(`a drain that leaves too few was answered with ${status} ${text}`);
}

async function drainAndLeave({ cluster }: FaultContext, leaving: NodeProcess): Promise<void> {
  await eventually('the drain begins', SETTLE_MS, async () => {
    const { status, text } = await cluster.drain(leaving);
    if (status === 202) return true;
    throw new Error(`${status} ${text}`);
  });
  const { status, signal } = await within(`${leaving.name} leaving`, SETTLE_MS, leaving.ended);
  if (status !== 0 || !leaving.hasLeft)
    throw new Error(`${leaving.name} was drained and ended with ${signal ?? status}`);
}

async function joinAndDrain(context: FaultContext): Promise<void> {
  const { cluster, size } = context;
  const leaving = pickVictim(context);
  await cluster.addNode();
  await cluster.whole(size + 1, SETTLE_MS);
  await drainAndLeave(context, leaving);
  await cluster.whole(size, SETTLE_MS);
}

async function joinAndLose(context: FaultContext): Promise<void> {
  const { cluster, size, tell } = context;
  const lost = pickVictim(context);
  await cluster.addNode();
  await cluster.whole(size + 1, SETTLE_MS);
  const startedMs = performance.now();
  await lost.kill();
  await cluster.whole(size, SETTLE_MS);
  tell(`    whole again ${seconds(performance.now() - startedMs)} after the death`);
  cluster.giveUp(lost);
}

async function twoComeAndGo(context: FaultContext): Promise<void> {
  const { cluster, size } = context;
  const newcomers = await Promise.all([cluster.describeNewcomer(), cluster.describeNewcomer()]);
  await Promise.all(newcomers.map((node) => node.start()));
  await cluster.whole(size + 2, SETTLE_MS);
  for (const node of newcomers) await drainAndLeave(context, node);
  await cluster.whole(size, SETTLE_MS);
}

async function allDown(context: FaultContext, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const { cluster, load, size } = context;
  load.excuse(true);
  const nodes = cluster.running;
  const ends = await Promise.all(nodes.map((node) => (signal === 'SIGKILL' ? node.kill() : node.stop())));
  const bad = ends.find((end) => end !== undefined && end.status !== 0);
  if (bad !== undefined) throw new Error(`a stopped node ended with ${bad.signal ?? bad.status}`);
  await cluster.startAll();
  await assertServes(context);
  load.excuse(false);
  await cluster.whole(size, SETTLE_MS);
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
