/**
 * `npm run soak:cloud -- [--minutes 8] [--seed N] [--clients 4] [--only TEXT]`
 *
 * The local cloud is killed with -9 or stopped with Ctrl-C, at rest and while its group scales, is updated or fills up, and started again;
 * clients work at the store all the time, at the nodes' own doors while the cloud is away. Every scene comes once, in order, as far as the
 * time reaches; then they come at random. Ends with status 1 when an acknowledged write is lost, an answer was wrong, something of the
 * cloud was not found again, or something was left behind.
 */
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Random, seededRandom } from '../../../packages/base/src/index.ts';
import { type CloudDoor, CloudStore } from '../../e2e/testing/cloud-store.ts';
import { eventually } from '../../e2e/testing/wait.ts';
import type { Judgement } from '../judgement.ts';
import { lookLast } from '../last-look.ts';
import { BUCKET, Load } from '../load.ts';
import { numberOption } from '../number-option.ts';
import { reportLines } from '../report-lines.ts';
import { orphans } from './inventory.ts';
import { SCENES, type Scene, type SceneContext, SIZE, seconds } from './scenes.ts';

const REST_MS = 10;
/** How often the cloud is killed before its store has ever been ready. */
const FIRST_STARTS_LOST = 3;
const LOOK_MS = 500;
const SETTLE_MS = 60_000;
/** Part of the time that is left to the scenes; the rest is for reading everything again. */
const SCENE_SHARE = 0.92;

interface Settings {
  readonly minutes: number;
  readonly seed: number;
  readonly clients: number;
  readonly only: string;
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '8' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      clients: { type: 'string', default: '4' },
      only: { type: 'string', default: '' },
    },
  });
  const number = (name: 'minutes' | 'seed' | 'clients', least: number): number =>
    numberOption(name, values[name], least);
  return {
    minutes: number('minutes', 0.1),
    seed: number('seed', 0),
    clients: number('clients', 1),
    only: values.only,
  };
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

interface SceneRun {
  readonly name: string;
  readonly longestMs: number;
  readonly failure?: string;
}

async function runScene(scene: Scene, context: SceneContext): Promise<SceneRun> {
  const { cloud, load } = context;
  load.takeLongestMs();
  const startedMs = performance.now();
  let failure: string | undefined;
  try {
    await scene.run(context);
    await eventually('nothing left behind', SETTLE_MS, async () => {
      const found = await orphans(cloud);
      return found.length === 0 || Promise.reject(new Error(found.join('; ')));
    });
  } catch (error) {
    failure = error instanceof Error ? error.message : String(error);
    for (const line of await cloud.activities().catch(() => [])) tell(`    ${line}`);
  }
  const run = { name: scene.name, longestMs: load.takeLongestMs() };
  const duration = seconds(performance.now() - startedMs);
  const outcome = failure === undefined ? '' : `, FAILED: ${failure}`;
  tell(`  ${scene.name}: ${duration}, longest pause ${seconds(run.longestMs)}${outcome}`);
  load.nextKeys();
  return failure === undefined ? run : { ...run, failure };
}

/** Each scene once and then at random, until the time is over; the first that is not survived is the last. */
async function runScenes(
  scenes: readonly Scene[],
  context: Omit<SceneContext, 'number'>,
  random: Random,
  endMs: number,
): Promise<SceneRun[]> {
  const runs: SceneRun[] = [];
  const waiting = [...scenes];
  for (let number = 1; ; number++) {
    const possible = scenes.filter(({ leastMs }) => performance.now() + leastMs < endMs);
    if (possible.length === 0) return runs;
    const next = waiting.shift() ?? random.pick(possible);
    if (!possible.includes(next)) {
      tell(`  ${next.name}: left out, there is no time for it`);
      continue;
    }
    runs.push(await runScene(next, { ...context, number }));
    if (runs.at(-1)?.failure !== undefined) return runs;
  }
}

function report(
  settings: Settings,
  load: Load<CloudDoor>,
  runs: readonly SceneRun[],
  judgement: Judgement,
): boolean {
  const longestMs = Math.max(0, ...runs.map((run) => run.longestMs));
  const failed = runs.filter(({ failure }) => failure !== undefined);
  tell('');
  tell(`seed              ${settings.seed}`);
  tell(`scenes            ${runs.length}, not survived ${failed.length}`);
  for (const line of reportLines(load, judgement, { longestMs, while: 'nodes' })) tell(line);
  return failed.length + load.counts.failures + judgement.lost.length + judgement.wrong.length === 0;
}

async function soak(settings: Settings, cloud: CloudStore): Promise<boolean> {
  const random = seededRandom(settings.seed);
  const startedMs = performance.now();
  const scenes = SCENES.filter(({ name }) => name.includes(settings.only));
  if (scenes.length === 0)
    throw new Error(`--only ${settings.only}: none of ${SCENES.map(({ name }) => name).join('; ')}`);
  await cloud.client(cloud.serving[0]!).createBucket(BUCKET);
  await cloud.settled(SIZE, SETTLE_MS);
  await cloud.processes('suspend');
  tell(`ready; seed ${settings.seed}, ${settings.minutes} minutes; ${cloud.data}`);
  const load = new Load<CloudDoor>(cloud, random.fork('load'), settings.clients, REST_MS);
  const looking = setInterval(() => void cloud.look().catch(() => undefined), LOOK_MS);
  try {
    const endMs = startedMs + settings.minutes * 60_000 * SCENE_SHARE;
    const context = { cloud, load, random: random.fork('scenes'), tell };
    const runs = await runScenes(scenes, context, random.fork('order'), endMs);
    return report(settings, load, runs, await lookLast(load, cloud.client(cloud.serving[0]!)));
  } finally {
    clearInterval(looking);
  }
}

async function keepLogs(cloud: CloudStore): Promise<string> {
  const kept = await mkdtemp(join(tmpdir(), 'crescendo-cloud-logs-'));
  const isLog = (path: string): boolean => !/volumes|records|control$/.test(path.slice(cloud.folder.length));
  await cp(cloud.folder, kept, { recursive: true, filter: isLog }).catch(() => undefined);
  return kept;
}

async function main(): Promise<number> {
  const settings = readSettings();
  const random = seededRandom(settings.seed).fork('first starts');
  const lostAfterMs = Array.from({ length: FIRST_STARTS_LOST }, () => 300 + random.int(7_000));
  tell(`first starts killed after ${lostAfterMs.map(seconds).join(', ')}`);
  const settingsOfUp = [
    '--speed=20',
    '--grace=10',
    '--partitions=16',
    '--set=VolumeGiB=8',
    // One processor each, so that programs on a busy machine of two show in the metric.
    '--set=InstanceType=t2.micro',
    '--set=CpuLowPercent=70',
    '--set=SweepGraceSeconds=5',
  ];
  const cloud = await CloudStore.start(settingsOfUp, lostAfterMs);
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void cloud.end().finally(() => process.exit(1)));
  let passed = false;
  try {
    passed = await soak(settings, cloud);
  } finally {
    if (!passed) tell(`logs: ${await keepLogs(cloud)}`);
    await cloud.end();
  }
  return passed ? 0 : 1;
}

process.exitCode = await main();
