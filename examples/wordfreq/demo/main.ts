/**
 * The whole system in a few minutes: a local cloud, the template deployed in it, 120 texts copied at once, a fleet that grows from one to
 * three and shrinks to one again; twice, by the source's policy and by the tuned one. Exit status 0 only if every file was counted exactly
 * once and right, and what cannot be counted is a dead letter.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { corpusFiles } from '../src/corpus/index.ts';
import { LiveDisplay } from '../src/load-test/live-display.ts';
import { reportLines } from '../src/load-test/load-report.ts';
import { inParallel } from '../src/system/in-parallel.ts';
import { makeLocalImage, nameLocalImage } from '../src/system/local-image.ts';
import { listTexts, putText } from '../src/system/objects.ts';
import { openSession, type Session } from '../src/system/session.ts';
import { findStack, type StackOutputs } from '../src/system/stack-outputs.ts';
import { reasonOf } from '../src/worker/log.ts';
import { type ActResult, play } from './act.ts';
import { type Planted, plantFiles } from './planted.ts';
import { createStack, updateStack } from './stack.ts';
import { startCloud } from './start-cloud.ts';

const HELP = `npm run wordfreq:demo -- [--speed N] [--files N] [--policies A,B] [--record DIR] [--keep]

  --speed N       divide the durations of alarms and policies by N, and the delay of 10 to 19 s a file (default 20)
  --files N       so many texts of 0.45 to 1.6 MB (default 120)
  --policies A,B  one act each (default source,tuned)
  --record DIR    write each act's figures and activities to a file there, for "crescendo simulate --against"
  --keep          keep the data folder, with all logs, and say where it is
`;
const REAL_TEXTS = join(import.meta.dirname, '../texts');
const STACK = 'wordfreq';
const PATIENCE_MS = 600_000;

const { values } = parseArgs({
  options: {
    speed: { type: 'string', default: '20' },
    files: { type: 'string', default: '120' },
    policies: { type: 'string', default: 'source,tuned' },
    record: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(HELP);
else
  process.exitCode = await tell({
    speed: wholeNumber('--speed', values.speed, 1, 60),
    files: wholeNumber('--files', values.files, 1, 10_000),
    policies: values.policies.split(','),
  });

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  process.stderr.write(`${name} ${text} is not a whole number from ${least} to ${most}\n${HELP}`);
  process.exit(2);
}

interface DemoOptions {
  readonly speed: number;
  readonly files: number;
  readonly policies: readonly string[];
}

async function tell(options: DemoOptions): Promise<number> {
  const display = new LiveDisplay();
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interrupted.abort(new Error('interrupted')));
  display.say('starting the local cloud with a store of three nodes');
  const settings = ['--port=0', `--speed=${options.speed}`, '--max-nodes=3'];
  const cloud = await startCloud(settings, interrupted.signal, display);
  if (cloud === undefined) return 1;
  const session = openSession(cloud.connection);
  try {
    await makeLocalImage(cloud.dataFolder);
    await nameLocalImage(session.parameters);
    return await playAll(session, options, display, interrupted.signal);
  } catch (error) {
    display.clear();
    display.say(`failed: ${reasonOf(error)}`);
    return 1;
  } finally {
    session.close();
    const status = await cloud.stop(values.keep);
    if (values.keep) display.say(`its data: ${cloud.dataFolder}`);
    display.say(`the local cloud has ended with status ${status}`);
  }
}

async function playAll(
  session: Session,
  options: DemoOptions,
  display: LiveDisplay,
  signal: AbortSignal,
): Promise<number> {
  const { speed, policies } = options;
  const [first = 'source'] = policies;
  display.say(`deploying the template with the policy "${first}"`);
  await createStack(session, STACK, {
    Policy: first,
    DesiredCapacity: '1',
    Delay: `${(10 / speed).toFixed(3)}-${(19 / speed).toFixed(3)}`,
  });
  const stack = await findStack(session, STACK);
  const planted = await upload(session, stack, options.files, display);
  const sources = await listTexts(session.s3, stack.UploadingBucket);
  const results: [string, ActResult][] = [];
  for (const [index, name] of policies.entries()) {
    if (index > 0) await updateStack(session, STACK, { Policy: name });
    display.say(`act ${index + 1}: the policy "${name}", ${sources.length} files copied at once`);
    const act = { name, sources, planted, largest: 3, smallest: 1, patienceMs: PATIENCE_MS, speed, signal };
    const result = await play(session, stack, display, act);
    results.push([name, result]);
    await record(name, result);
  }
  for (const [name, { report, checked }] of results)
    process.stdout.write(`\npolicy "${name}"\n${reportLines(report, checked).join('\n')}\n`);
  const findings = results.flatMap(([name, act]) => act.findings.map((finding) => `${name}: ${finding}`));
  process.stdout.write(findings.length === 0 ? '\nall of it holds\n' : `\nnot as it should be:\n`);
  for (const finding of findings.slice(0, 40)) process.stdout.write(`  ${finding}\n`);
  return findings.length === 0 ? 0 : 1;
}

async function record(name: string, act: ActResult): Promise<void> {
  if (values.record === undefined) return;
  await mkdir(values.record, { recursive: true });
  await writeFile(join(values.record, `${name}.json`), `${JSON.stringify(act.record, undefined, 2)}\n`);
}

async function upload(
  session: Session,
  stack: StackOutputs,
  count: number,
  display: LiveDisplay,
): Promise<Planted> {
  const files = corpusFiles({ count, seed: 1 });
  await inParallel(files, 4, (file) =>
    putText(session.s3, stack.UploadingBucket, file.name, Buffer.concat([...file.chunks()])),
  );
  const real = (await readdir(REAL_TEXTS)).filter((name) => name.endsWith('.txt'));
  await inParallel(real, 4, async (name) =>
    putText(session.s3, stack.UploadingBucket, `real/${name}`, await readFile(join(REAL_TEXTS, name))),
  );
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const planted = await plantFiles(session, stack);
  display.say(
    `${count} made-up texts uploaded, ${(bytes / 1e6).toFixed(0)} MB, and ${real.length} real ones; ${planted.odd.length} odd ones and ${planted.broken.size} that cannot be counted among them`,
  );
  return planted;
}
