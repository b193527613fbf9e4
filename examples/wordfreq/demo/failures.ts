/**
 * `npm run wordfreq:failures`: files are counted while workers, instances, nodes of the store and the cloud itself are killed, the fleet
 * shrinks and jobs are delivered twice. Exit status 0 only if no file was lost and none is wrong.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { corpusFiles } from '../src/corpus/index.ts';
import { checkResults } from '../src/load-test/check-results.ts';
import { LiveDisplay } from '../src/load-test/live-display.ts';
import { reportLines, reportOf } from '../src/load-test/load-report.ts';
import { runLoadTest } from '../src/load-test/load-test.ts';
import { planFiles } from '../src/load-test/plan-files.ts';
import { inParallel } from '../src/system/in-parallel.ts';
import { makeLocalImage, nameLocalImage } from '../src/system/local-image.ts';
import { putText } from '../src/system/objects.ts';
import { openSession, type Session } from '../src/system/session.ts';
import { findStack } from '../src/system/stack-outputs.ts';
import { FAULTS, type FaultScene } from './faults.ts';
import type { LocalCloud } from './local-cloud.ts';
import { createStack } from './stack.ts';
import { startCloud } from './start-cloud.ts';

const HELP = `npm run wordfreq:failures -- [--files N] [--pause SECONDS] [--keep]

  --files N        so many texts (default 150)
  --pause SECONDS  between two faults (default 4)
  --keep           keep the data folder, with all logs, and say where it is
`;
const STACK = 'wordfreq';
const PATIENCE_MS = 900_000;

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '150' },
    pause: { type: 'string', default: '4' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(HELP);
else process.exitCode = await tell(Number(values.files), Number(values.pause) * 1_000);

async function tell(count: number, pauseMs: number): Promise<number> {
  const display = new LiveDisplay();
  display.say('starting the local cloud with a store of three nodes');
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interrupted.abort(new Error('interrupted')));
  const cloud = await startCloud(['--port=0'], interrupted.signal, display);
  if (cloud === undefined) return 1;
  const session = openSession(cloud.connection);
  try {
    await makeLocalImage(cloud.dataFolder);
    await nameLocalImage(session.parameters);
    await createStack(session, STACK, {
      DesiredCapacity: '3',
      Policy: 'backlog',
      BacklogPerInstance: '10000',
      Delay: '1-3',
      Visibility: '6',
      MaxReceives: '20',
    });
    return await playFaults(cloud, session, display, { count, pauseMs, signal: interrupted.signal });
  } catch (error) {
    display.clear();
    display.say(`failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 1;
  } finally {
    session.close();
    const status = await cloud.stop(values.keep);
    if (values.keep) display.say(`its data: ${cloud.dataFolder}`);
    display.say(`the local cloud has ended with status ${status}`);
  }
}

interface PlayOptions {
  readonly count: number;
  readonly pauseMs: number;
  readonly signal: AbortSignal;
}

async function playFaults(
  cloud: LocalCloud,
  session: Session,
  display: LiveDisplay,
  { count, pauseMs, signal }: PlayOptions,
): Promise<number> {
  const stack = await findStack(session, STACK);
  const texts = corpusFiles({ count, seed: 7, minBytes: 20_000, maxBytes: 400_000 });
  await inParallel(texts, 4, (file) =>
    putText(session.s3, stack.UploadingBucket, file.name, Buffer.concat([...file.chunks()])),
  );
  const files = planFiles(
    texts.map(({ name }) => name),
    count,
    'failures/',
  );
  const done: string[] = [];
  const ended = new AbortController();
  const happenings = playAllFaults(pauseMs, ended.signal, {
    cloud,
    session,
    stack,
    say: (line) => display.say(line),
    done: () => done,
  });
  const counting = runLoadTest(session, stack, {
    files,
    patienceMs: PATIENCE_MS,
    untilIdle: true,
    signal,
    show: (sight, progress) => display.show(sight, progress),
    seen: (key) => done.push(key),
  });
  const [run] = await Promise.all([counting, happenings]).finally(async () => {
    ended.abort();
    await happenings.catch(() => undefined); // What has begun ends before the cloud is stopped.
  });
  display.clear();
  const { right, findings } = await checkResults(session, stack, { files, results: run.results });
  const { dead } = run.sights.at(-1)!;
  const checked = `${right} of ${count} right on the results queue and in the table, ${dead} dead letters`;
  process.stdout.write(`\n${reportLines(reportOf(run), checked).join('\n')}\n`);
  for (const finding of findings.slice(0, 40)) process.stdout.write(`  ${finding}\n`);
  return right === count && dead === 0 ? 0 : 1;
}

async function playAllFaults(pauseMs: number, signal: AbortSignal, scene: FaultScene): Promise<void> {
  for (const { name, happen } of FAULTS) {
    await pause(pauseMs, undefined, { signal });
    scene.say(name);
    await happen(scene);
  }
}
