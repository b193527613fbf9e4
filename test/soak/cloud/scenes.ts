/**
 * What is under way when the cloud is lost. Each scene begins with three instances in service and balance, and ends so too.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../../../packages/base/src/index.ts';
import type { CloudDoor, CloudStore } from '../../e2e/testing/cloud-store.ts';
import { eventually } from '../../e2e/testing/wait.ts';
import { BUCKET, type Load } from '../load.ts';
import { type Inventory, missing, processesByInstance, takeInventory } from './inventory.ts';

export interface SceneContext {
  readonly cloud: CloudStore;
  readonly load: Load<CloudDoor>;
  readonly random: Random;
  readonly tell: (line: string) => void;
  /** Changes with each scene. */
  readonly number: number;
}

export interface Scene {
  readonly name: string;
  /** Roughly how long it takes at least, on an idle machine. */
  readonly leastMs: number;
  readonly run: (context: SceneContext) => Promise<void>;
}

export const SIZE = 3;
const SETTLE_MS = 240_000;
const MIB = 2 ** 20;
/** Files that fill each of three volumes by `FILL_PERCENT` at least: see the settings in `main.ts`. */
const FILL = { files: 110, bytes: 4 * MIB };
const FILL_PERCENT = 5;

export const SCENES: readonly Scene[] = [
  { name: 'kill -9 at rest', leastMs: 8_000, run: (context) => lose(context, 'kill') },
  {
    name: 'kill -9 while a launch hook waits',
    leastMs: 25_000,
    run: (context) => comeAndGo(context, (cloud) => reached(cloud, 'Pending:Wait'), nothing),
  },
  {
    name: 'kill -9 in a drain',
    leastMs: 25_000,
    run: (context) => comeAndGo(context, nothing, (cloud) => reached(cloud, 'Terminating:Wait')),
  },
  {
    name: 'kill -9 at any moment of scaling out and in',
    leastMs: 25_000,
    run: (context) => comeAndGo(context, anyMoment(6_000), anyMoment(8_000)),
  },
  { name: 'kill -9 in a rolling update', leastMs: 60_000, run: (context) => roll(context, 'kill') },
  { name: 'kill -9 while the volumes fill and the alarm adds a node', leastMs: 60_000, run: fillAndLose },
  { name: 'processors burn: two more, and one by one fewer when they idle', leastMs: 90_000, run: burn },
  { name: 'requests per node: more by target tracking', leastMs: 60_000, run: followRequests },
  { name: 'kill -9 of an instance and of the cloud', leastMs: 25_000, run: loseBoth },
  { name: 'kill -9 again and again while it starts', leastMs: 25_000, run: loseWhileStarting },
  {
    name: 'Ctrl-C at any moment of scaling out and in',
    leastMs: 40_000,
    run: (context) => comeAndGo(context, anyMoment(5_000), anyMoment(8_000), 'stop'),
  },
  { name: 'Ctrl-C in a rolling update', leastMs: 80_000, run: (context) => roll(context, 'stop') },
];

export type How = 'kill' | 'stop';
/** Resolves at the moment at which the cloud is to be lost; false leaves it alone. */
type Moment = (cloud: CloudStore, random: Random) => Promise<boolean>;

const nothing: Moment = async () => false;

function anyMoment(withinMs: number): Moment {
  return async (_, random) => {
    await pause(random.int(withinMs));
    return true;
  };
}

/** That an instance is just there. */
export async function reached(cloud: CloudStore, wanted: string): Promise<boolean> {
  return await eventually(`an instance that is ${wanted}`, SETTLE_MS, async () =>
    (await cloud.group()).instances.some(({ state }) => state === wanted),
  );
}

/** Loses the cloud, starts it again, and compares what it has with what it had. */
async function lose(context: SceneContext, how: How): Promise<void> {
  const before = await takeInventory(context.cloud);
  await end(context, how);
  await startAndCompare(context, how, before);
}

async function end({ cloud, load, random }: SceneContext, how: How): Promise<void> {
  if (how === 'stop') {
    load.excuse(true);
    await cloud.stop();
    const left = await processesByInstance(cloud.data);
    if (left.size > 0) throw new Error(`Ctrl-C left processes of ${[...left.keys()]} behind`);
  } else {
    await cloud.kill();
    await pause(random.int(3_000));
  }
}

async function startAndCompare(
  { cloud, load, tell }: SceneContext,
  how: How,
  before: Inventory,
): Promise<void> {
  const startedMs = performance.now();
  await cloud.startAgain();
  tell(
    `    ${how === 'kill' ? 'killed' : 'stopped'}; ready again after ${seconds(performance.now() - startedMs)}`,
  );
  const lost = await eventually('the nodes that were in service', 30_000, async () => {
    const after = await takeInventory(cloud);
    const found = missing(before, after, how === 'kill');
    // Who is just handing on what it has is shown as leaving, and its process may end.
    return found.length === 0 ? found : Promise.reject(new Error(found.join('; ')));
  }).catch((error: unknown) => [String(error)]);
  load.excuse(false);
  if (lost.length > 0) throw new Error(lost.join('; '));
}

/** One more instance and one fewer, with the cloud lost meanwhile. */
export async function comeAndGo(
  context: SceneContext,
  out: Moment,
  back: Moment,
  how: How = 'kill',
): Promise<void> {
  const { cloud, random } = context;
  await cloud.setDesired(SIZE + 1);
  if (await out(cloud, random)) await lose(context, how);
  await cloud.settled(SIZE + 1, SETTLE_MS);
  await shrink(context, back, how);
}

/** The store says who may go before it is asked for; what was in service and goes just now is not missed. */
async function shrink(context: SceneContext, moment: Moment = nothing, how: How = 'kill'): Promise<void> {
  const { cloud, random } = context;
  await eventually('an instance that may go', SETTLE_MS, async () =>
    (await cloud.group()).instances.some(({ isProtected }) => !isProtected),
  );
  await cloud.setDesired(SIZE);
  if (await moment(cloud, random)) {
    const before = await takeInventory(cloud);
    const staying = (await cloud.group()).instances.filter(({ state }) => state === 'InService');
    await end(context, how);
    const inService = staying.length > SIZE ? [] : staying.map(({ id }) => id);
    await startAndCompare(context, how, { ...before, inService });
  }
  await cloud.settled(SIZE, SETTLE_MS);
}

async function roll(context: SceneContext, how: How): Promise<void> {
  const { cloud, random, number } = context;
  const old = await cloud.instances();
  await cloud.updateStack('SweepGraceSeconds', String(5 + number));
  await pause(random.int(30_000));
  const before = await takeInventory(cloud);
  await end(context, how);
  // Which ones are replaced meanwhile is the update's own business.
  await startAndCompare(context, how, { ...before, inService: [] });
  await updated(cloud);
  await cloud.settled(SIZE, SETTLE_MS);
  const kept = [...(await cloud.instances()).keys()].filter((id) => old.has(id));
  if (kept.length > 0) throw new Error(`${kept} were not replaced by the update`);
}

async function fillAndLose(context: SceneContext): Promise<void> {
  const { cloud, random, number } = context;
  const prefix = `fill-${number}/`;
  // Clients have filled the volumes a little, and go on: the threshold lies between rest and what is written now.
  const restPercent = await eventually('disks are measured', SETTLE_MS, () =>
    cloud.metric('CWAgent', 'disk_used_percent', 'Maximum'),
  );
  await updateParameter(cloud, 'DiskHighPercent', (restPercent + FILL_PERCENT - 1).toFixed(2));
  await cloud.processes('resume');
  const filling = fill(cloud, prefix);
  const lossMs = random.int(20_000);
  await pause(lossMs);
  await lose(context, 'kill');
  const kept = await filling;
  await eventually('the alarm of the fullest volume adds an instance', SETTLE_MS, async () => {
    const { desired } = await cloud.group();
    return desired > SIZE;
  });
  await cloud.processes('suspend');
  const { desired } = await cloud.group();
  await cloud.settled(desired, SETTLE_MS);
  for (const [key, body] of kept) {
    const { status, body: found } = await sendSurely(cloud, 'GET', `/${BUCKET}/${key}`);
    if (status !== 200 || !found.equals(body)) throw new Error(`${key} is not what was written: ${status}`);
    await sendSurely(cloud, 'DELETE', `/${BUCKET}/${key}`);
  }
  await updateParameter(cloud, 'DiskHighPercent', '70');
  if (desired > SIZE) await shrink(context);
}

async function fill(cloud: CloudStore, prefix: string): Promise<ReadonlyMap<string, Buffer>> {
  const written = new Map<string, Buffer>();
  const body = randomBytes(FILL.bytes);
  for (let i = 0; i < FILL.files; i++) {
    const key = `${prefix}${i}`;
    const own = Buffer.concat([Buffer.from(`${key}\n`), body]);
    const { status } = await sendSurely(cloud, 'PUT', `/${BUCKET}/${key}`, own);
    if (status !== 200) throw new Error(`${key} was not written: ${status}`);
    written.set(key, own);
  }
  return written;
}

/** The alarm on the processors adds two at once; the one of metric math takes them away again, one at a time, with clients at work. */
async function burn({ cloud, tell }: SceneContext): Promise<void> {
  // What a program can have of the processors depends on what else the machine does: the threshold lies a little above rest.
  const restPercent = await eventually('processors are measured', SETTLE_MS, () =>
    cloud.metric('AWS/EC2', 'CPUUtilization'),
  );
  const highPercent = Math.ceil(restPercent) + 4;
  await updateParameter(cloud, 'CpuHighPercent', String(highPercent));
  await cloud.processes('resume');
  const ids = [...(await cloud.instances()).keys()];
  const burners = [...ids, ...ids, ...ids].map((id) => startBurner(cloud, id));
  try {
    await eventually('two more instances', SETTLE_MS, async () => {
      const { desired } = await cloud.group();
      if (desired === SIZE + 2) return true;
      throw new Error(`desired ${desired}, processors ${await cloud.metric('AWS/EC2', 'CPUUtilization')} %`);
    });
    tell(
      `    processors at ${(await cloud.metric('AWS/EC2', 'CPUUtilization'))?.toFixed(0)} %, threshold ${highPercent} %`,
    );
    await cloud.processes('suspend');
  } finally {
    for (const burner of burners) burner.kill('SIGKILL');
  }
  await cloud.settled(SIZE + 2, SETTLE_MS);
  await updateParameter(cloud, 'CpuHighPercent', '80');
  await shrinkByAlarm(cloud);
}

async function shrinkByAlarm(cloud: CloudStore): Promise<void> {
  await cloud.processes('resume');
  await cloud.settled(SIZE, SETTLE_MS);
  await cloud.processes('suspend');
}

/** A program of the instance: whatever carries its mark is its own. */
function startBurner(cloud: CloudStore, id: string): ChildProcess {
  const folder = join(cloud.data, 'cloud', 'instances', 'instances', id);
  return spawn('sh', ['-c', 'while :; do :; done'], {
    stdio: 'ignore',
    env: { CRESCENDO_INSTANCE_FOLDER: folder },
  });
}

async function followRequests({ cloud, tell }: SceneContext): Promise<void> {
  const now = await eventually('requests are measured', SETTLE_MS, () =>
    cloud.metric('Crescendo', 'PartitionRequests'),
  );
  // Less than the nodes have: one or two more are needed.
  const target = Math.max(1, Math.floor((now * SIZE) / (SIZE + 1.4)));
  await cloud.processes('resume');
  await updateParameter(cloud, 'RequestsPerNode', String(target));
  const desired = await eventually('more instances for the requests', SETTLE_MS, async () => {
    const group = await cloud.group();
    return group.desired > SIZE && group.desired;
  });
  await cloud.processes('suspend');
  tell(`    ${now.toFixed(0)} requests a node, ${target} wanted: ${desired} instances`);
  await updateParameter(cloud, 'RequestsPerNode', '0');
  await cloud.settled((await cloud.group()).desired, SETTLE_MS);
  await shrinkByAlarm(cloud);
}

async function updateParameter(cloud: CloudStore, key: string, value: string): Promise<void> {
  await cloud.updateStack(key, value);
  await updated(cloud);
}

async function updated(cloud: CloudStore): Promise<void> {
  const status = await eventually('the end of the update', SETTLE_MS, async () => {
    const now = await cloud.stackStatus();
    return /^UPDATE_(ROLLBACK_)?(COMPLETE|FAILED)/.test(now) && !now.includes('CLEANUP') && now;
  });
  if (!status.startsWith('UPDATE_COMPLETE')) throw new Error(`the update ended with ${status}`);
}

/** At whichever door answers, until one does. */
async function sendSurely(cloud: CloudStore, method: string, path: string, body?: Buffer) {
  let turn = 0;
  return await eventually(`${method} ${path}`, SETTLE_MS, async () => {
    const doors = cloud.serving;
    const door = doors[turn++ % doors.length]!;
    const answer = await cloud.client(door).send(method, path, body === undefined ? {} : { body });
    return answer.status < 500 && answer;
  });
}

async function loseBoth(context: SceneContext): Promise<void> {
  const { cloud, random } = context;
  const before = await takeInventory(cloud);
  const victim = random.pick(before.inService);
  await cloud.kill();
  killInstance((await processesByInstance(cloud.data)).get(victim) ?? []);
  await pause(random.int(2_000));
  await startAndCompare(context, 'kill', {
    ...before,
    inService: before.inService.filter((id) => id !== victim),
  });
  await cloud.settled(SIZE, SETTLE_MS);
}

function killInstance(pids: readonly number[]): void {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

async function loseWhileStarting(context: SceneContext): Promise<void> {
  const { cloud, random } = context;
  await cloud.setDesired(SIZE + 1);
  const before = await takeInventory(cloud);
  await cloud.kill();
  for (let i = 0; i < 5; i++) await cloud.startAndKill(300 + random.int(2_500));
  await startAndCompare(context, 'kill', before);
  await cloud.settled(SIZE + 1, SETTLE_MS);
  await shrink(context);
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
