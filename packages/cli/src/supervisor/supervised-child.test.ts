import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { eventually } from '../testing/eventually.ts';
import { temporaryFolder } from '../testing/temporary-folder.ts';
import { BoundedLog } from './bounded-log.ts';
import type { ChildMessage } from './messages.ts';
import type { ChildDeath } from './supervised-child.ts';
import { SupervisedChild } from './supervised-child.ts';

const TESTING = join(import.meta.dirname, '..', 'testing');
const FAKE_NODE = join(TESTING, 'fake-node.ts');
const TIMING = { firstPauseMs: 10, longestPauseMs: 40, healthyMs: 60_000, stopLimitMs: 10_000 };

interface Bench {
  readonly child: SupervisedChild;
  readonly messages: ChildMessage[];
  readonly deaths: ChildDeath[];
  notes(): string;
}

async function bench(t: TestContext, mode: string, timing: Partial<typeof TIMING> = {}): Promise<Bench> {
  // Before the folder, which goes when the test is over: children write to it until they have stopped.
  t.after(() => child.stop());
  const folder = await temporaryFolder(t);
  const notesPath = join(folder, 'notes');
  const messages: ChildMessage[] = [];
  const deaths: ChildDeath[] = [];
  const child = new SupervisedChild({
    name: 'child',
    command: [process.execPath, FAKE_NODE],
    environment: { ...process.env, CHILD_MODE: mode, CHILD_NOTES: notesPath },
    log: new BoundedLog(join(folder, 'log'), () => undefined),
    onMessage: (message) => messages.push(message),
    onDeath: (death) => deaths.push(death),
    timing: { ...TIMING, ...timing },
  });
  child.start();
  const notes = (): string => readFileSync(notesPath, { encoding: 'utf8', flag: 'a+' });
  return { child, messages, deaths, notes };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const says = (messages: readonly ChildMessage[], kind: ChildMessage['kind']): boolean =>
  messages.some((message) => message.kind === kind);

test('[SUP2] stopping asks, waits and leaves nothing', async (t) => {
  const { child, messages, deaths, notes } = await bench(t, 'serve');
  await eventually('the child is ready', () => says(messages, 'ready'));
  const pid = child.pid!;
  await child.stop();
  assert.equal(isRunning(pid), false);
  assert.match(notes(), /asked to stop\n.*ended\n/);
  assert.deepEqual(deaths, []);
});

test('[SUP2] a child that does not stop is ended after the deadline', async (t) => {
  const { child, messages, notes } = await bench(t, 'stubborn', { stopLimitMs: 100 });
  await eventually('the child is ready', () => says(messages, 'ready'));
  const pid = child.pid!;
  await child.stop();
  assert.equal(isRunning(pid), false);
  assert.match(notes(), /asked to stop/);
  assert.doesNotMatch(notes(), /ended/);
});

test('[SUP1] a child that is killed is started again', async (t) => {
  const { child, messages, deaths } = await bench(t, 'serve');
  await eventually('the child is ready', () => says(messages, 'ready'));
  const pid = child.pid!;
  messages.length = 0;
  process.kill(pid, 'SIGKILL');
  await eventually('a new child is ready', () => says(messages, 'ready'));
  assert.notEqual(child.pid, pid);
  assert.deepEqual(deaths, [{ how: 'SIGKILL', restartInMs: 10 }]);
});

test('[SUP1] pauses grow while a child keeps dying, up to the longest', async (t) => {
  const { deaths } = await bench(t, 'die');
  await eventually('it died four times', () => deaths.length >= 4);
  assert.deepEqual(
    deaths.slice(0, 4).map(({ how, restartInMs }) => [how, restartInMs]),
    [
      ['status 3', 10],
      ['status 3', 20],
      ['status 3', 40],
      ['status 3', 40],
    ],
  );
});

test('[SUP4] a child that has left is not started again', async (t) => {
  const { child, messages, deaths, notes } = await bench(t, 'leave');
  await eventually('the child has ended', () => deaths.length > 0);
  assert.ok(says(messages, 'left'));
  assert.deepEqual(deaths, [{ how: 'status 0' }]);
  assert.equal(child.pid, undefined);
  assert.equal(notes().match(/started/g)?.length, 1);
});

test('[SUP3] children stop cleanly when the supervisor is killed', async (t) => {
  const folder = await temporaryFolder(t);
  const environment = { ...process.env, CHILD_MODE: 'serve', CHILD_NOTES: join(folder, 'notes') };
  const supervisor = spawn(
    process.execPath,
    [join(TESTING, 'fake-supervisor.ts'), FAKE_NODE, join(folder, 'log')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: environment,
    },
  );
  const pid = Number(await new Promise((resolve) => supervisor.stdout.once('data', resolve)));
  assert.ok(isRunning(pid));
  supervisor.kill('SIGKILL');
  await eventually('the child is gone', () => !isRunning(pid));
  assert.match(readFileSync(join(folder, 'notes'), 'utf8'), /asked to stop\n.*ended\n/);
});
