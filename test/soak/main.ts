/**
 * `npm run soak -- [--minutes 5] [--seed N] [--nodes 3] [--partitions 16] [--clients 6]`
 *
 * Clients write, read, delete and list at real processes while these are killed, held, stopped, joined and drained. Every fault
 * comes once, in order, as far as the time reaches; then they come at random until it is over. Ends with status 1 when an
 * acknowledged write is lost, an answer was wrong, or the cluster did not come back from a fault.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Random, seededRandom } from '../../packages/base/src/index.ts';
import type { NodeProcess } from '../e2e/testing/node-process.ts';
import { TestCluster } from '../e2e/testing/test-cluster.ts';
import { FAULTS, type Fault, type FaultContext, seconds } from './faults.ts';
import type { Judgement } from './judgement.ts';
import { lookLast } from './last-look.ts';
import { BUCKET, Load } from './load.ts';
import { numberOption } from './number-option.ts';
import { reportLines } from './report-lines.ts';

interface Settings {
  readonly minutes: number;
  readonly seed: number;
  readonly nodes: number;
  readonly partitions: number;
  readonly clients: number;
}

const GRACE_S = 6;
/** Part of the time that is left to the faults; the rest is for reading everything again. */
const FAULT_SHARE = 0.9;

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      nodes: { type: 'string', default: '3' },
      partitions: { type: 'string', default: '16' },
      clients: { type: 'string', default: '6' },
    },
  });
  const number = (name: keyof typeof values, least: number): number =>
    numberOption(name, values[name], least);
  return {
    minutes: number('minutes', 0.1),
    seed: number('seed', 0),
    nodes: number('nodes', 3),
    partitions: number('partitions', 1),
    clients: number('clients', 1),
  };
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

interface FaultRun {
  readonly name: string;
  readonly durationMs: number;
  readonly longestMs: number;
  readonly failure?: string;
}

async function runFault(fault: Fault, context: FaultContext): Promise<FaultRun> {
  const { load } = context;
  load.takeLongestMs();
  const startedMs = performance.now();
  let failure: string | undefined;
  try {
    await fault.run(context);
    await pause(context.holdMs);
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
  }
  const durationMs = performance.now() - startedMs;
  const run = { name: fault.name, durationMs, longestMs: load.takeLongestMs() };
  tell(
    `  ${fault.name}: ${seconds(durationMs)}, longest pause ${seconds(run.longestMs)}${failure === undefined ? '' : `, FAILED: ${failure}`}`,
  );
  load.nextKeys();
  return failure === undefined ? run : { ...run, failure };
}

/** Each fault once and then at random, until the time is over; the first that the cluster does not survive is the last. */
async function runFaults(context: FaultContext, random: Random, endMs: number): Promise<FaultRun[]> {
  const runs: FaultRun[] = [];
  const isInTime = ({ leastMs }: Fault): boolean => performance.now() + leastMs < endMs;
  for (const fault of FAULTS) {
    if (!isInTime(fault)) {
      tell(`  ${fault.name}: left out, there is no time for it`);
      continue;
    }
    runs.push(await runFault(fault, context));
    if (runs.at(-1)?.failure !== undefined) return runs;
  }
  for (;;) {
    const possible = FAULTS.filter(isInTime);
    if (possible.length === 0) return runs;
    runs.push(await runFault(random.pick(possible), context));
    if (runs.at(-1)?.failure !== undefined) return runs;
  }
}

function report(
  settings: Settings,
  load: Load<NodeProcess>,
  runs: readonly FaultRun[],
  judgement: Judgement,
): boolean {
  const longestMs = Math.max(0, ...runs.map((run) => run.longestMs));
  const failed = runs.filter(({ failure }) => failure !== undefined);
  tell('');
  tell(`seed              ${settings.seed}`);
  tell(`faults            ${runs.length}, not survived ${failed.length}`);
  for (const line of reportLines(load, judgement, { longestMs, while: 'a majority' })) tell(line);
  return failed.length === 0 && judgement.lost.length === 0 && judgement.wrong.length === 0;
}

async function soak(settings: Settings, cluster: TestCluster): Promise<boolean> {
  const random = seededRandom(settings.seed);
  const startedMs = performance.now();
  await cluster.startAll();
  await cluster.client(cluster.nodes[0]!).createBucket(BUCKET);
  await cluster.whole(settings.nodes);
  tell(
    `${settings.nodes} nodes ready after ${seconds(performance.now() - startedMs)}; seed ${settings.seed}, ${settings.minutes} minutes`,
  );
  const load = new Load(cluster, random.fork('load'), settings.clients);
  const totalMs = settings.minutes * 60_000;
  const context: FaultContext = {
    cluster,
    load,
    random: random.fork('faults'),
    size: settings.nodes,
    holdMs: Math.min(10_000, totalMs / 100),
    tell,
  };
  const runs = await runFaults(context, random.fork('order'), startedMs + totalMs * FAULT_SHARE);
  return report(settings, load, runs, await lookLast(load, cluster.client(cluster.serving[0]!)));
}

async function main(): Promise<number> {
  const settings = readSettings();
  const { nodes, partitions } = settings;
  const cluster = await TestCluster.prepare({ nodes, partitions, graceSeconds: GRACE_S });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  try {
    const passed = await soak(settings, cluster);
    if (!passed) tell(`logs of the nodes: ${await cluster.keepLogs()}`);
    return passed ? 0 : 1;
  } catch (error) {
    tell(`logs of the nodes: ${await cluster.keepLogs()}`);
    throw error;
  } finally {
    await cluster.end();
  }
}

process.exitCode = await main();
