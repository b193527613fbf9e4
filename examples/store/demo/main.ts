/**
 * The whole story in a few minutes: a store of three nodes fills up and grows by itself, empties and shrinks, loses a node and replaces
 * it, and every file is verified throughout. Exit status 0 when nothing was lost or wrong and all of it came about.
 */
import { parseArgs } from 'node:util';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { LocalCloud } from '../../wordfreq/demo/local-cloud.ts';
import { ConstantLoad } from './constant-load.ts';
import { closingTable, Display } from './display.ts';
import { isMoving, Observer, type StoreState } from './observer.ts';
import { type ActResult, grow, lose, type Stage, type StoryOptions, shrink } from './story.ts';
import { Workload } from './workload.ts';

const HELP = `npm run demo -- [--speed N] [--to-nodes N]

  --speed N     divide the durations of alarms and policies by N (default 10)
  --to-nodes N  grow to so many nodes, 4 to 6 (default 6)
  --keep        keep the data folder, with all logs, and say where it is
`;
const GIB = 1024 ** 3;

const { values } = parseArgs({
  options: {
    speed: { type: 'string', default: '10' },
    'to-nodes': { type: 'string', default: '6' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(HELP);
else
  process.exitCode = await tell(
    wholeNumber('--speed', values.speed, 1, 60),
    wholeNumber('--to-nodes', values['to-nodes'], 4, 6),
  );

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  process.stderr.write(`${name} ${text} is not a whole number from ${least} to ${most}\n${HELP}`);
  process.exit(2);
}

async function tell(speed: number, toNodes: number): Promise<number> {
  const display = new Display();
  display.say('starting a store of three nodes with volumes of 1 GiB');
  const options: StoryOptions = {
    volumeBytes: GIB,
    highPercent: 60,
    lowPercent: 26,
    fromNodes: 3,
    toNodes,
    patienceMs: 600_000,
  };
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());
  const settings = [
    '--port=0',
    `--speed=${speed}`,
    `--max-nodes=${toNodes}`,
    '--grace=10',
    '--set=VolumeGiB=1',
    `--set=DiskHighPercent=${options.highPercent}`,
    `--set=DiskLowPercent=${options.lowPercent}`,
    '--set=SweepGraceSeconds=5',
  ];
  const store = await startStore(settings, interrupted.signal, display);
  if (store === undefined) return 1;
  const { connection } = store;
  const s3 = new S3Client({
    ...connection,
    forcePathStyle: true,
    maxAttempts: 8,
  });
  const observer = new Observer({
    connection,
    status: () => storeState(s3),
  });
  try {
    const workload = new Workload(s3);
    await workload.prepare();
    const load = new ConstantLoad(s3);
    load.start();
    const stage: Stage = {
      workload,
      observer,
      options,
      show: (act, sight) => {
        interrupted.signal.throwIfAborted();
        load.phase = isMoving(sight) ? 'moving' : 'rest';
        display.show(act, sight, workload.counts);
      },
      say: (line) => display.say(line),
    };
    return await play(stage, load, display);
  } catch (error) {
    display.say(interrupted.signal.aborted ? 'interrupted' : `failed: ${reasonOf(error)}`);
    return 1;
  } finally {
    observer.close();
    s3.destroy();
    const status = await store.stop(values.keep);
    if (values.keep) display.say(`its data: ${store.dataFolder}`);
    display.say(`the store has ended with status ${status}`);
  }
}

/** undefined when it could not be started, or was called off. */
async function startStore(
  settings: readonly string[],
  signal: AbortSignal,
  display: Display,
): Promise<LocalCloud | undefined> {
  try {
    return await LocalCloud.start(settings, signal);
  } catch (error) {
    display.say(signal.aborted ? 'interrupted' : `failed: ${reasonOf(error)}`);
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function play(stage: Stage, load: ConstantLoad, display: Display): Promise<number> {
  const acts: ActResult[] = [];
  const verify = async (): Promise<void> => {
    await stage.workload.verifyAll(8, () => undefined);
    display.say(
      `every file verified: lost ${stage.workload.counts.lost}, wrong ${stage.workload.counts.wrong}`,
    );
  };
  acts.push(...(await grow(stage)));
  await verify();
  acts.push(await shrink(stage));
  await verify();
  acts.push(await lose(stage));
  await verify();
  const report = await load.stop();
  const { counts, findings } = stage.workload;
  display.clear();
  process.stdout.write(`\n${closingTable(acts, counts, report).join('\n')}\n`);
  for (const finding of findings) process.stdout.write(`  ${finding}\n`);
  return counts.lost + counts.wrong + counts.failed + report.failed + report.wrong === 0 ? 0 : 1;
}

/** The store tells operators of itself on a path that no bucket can have. */
async function storeState(s3: S3Client): Promise<StoreState> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: '_crescendo', Key: 'state' }));
  return JSON.parse((await Body?.transformToString()) ?? '{}') as StoreState;
}
