/**
 * Processes of a test. They end with it in every case: by their process id when it ends, and by themselves when it is killed, since
 * the channel to it closes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

export const MAIN = resolve(import.meta.dirname, '../../../packages/cli/src/main.ts');

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StartedProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<Ended>;
}

export interface StartOptions {
  /** What it prints, on both streams, is appended here; with `readOutput` only standard error is. */
  readonly logFile: string;
  /** A channel, over which a node tells how far it is and learns that its parent has died. */
  readonly channel?: boolean;
  /** Leads a process group of its own. */
  readonly ownGroup?: boolean;
  readonly readOutput?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

const running = new Set<ChildProcess>();

process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts `crescendo` with these arguments. */
export function startCrescendo(programArguments: readonly string[], options: StartOptions): StartedProcess {
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'a');
  const output = options.readOutput === true ? 'pipe' : log;
  const child = spawn(process.execPath, [MAIN, ...programArguments], {
    stdio: options.channel === true ? ['ignore', output, log, 'ipc'] : ['ignore', output, log],
    detached: options.ownGroup === true,
    env: { ...cleanEnvironment(), ...options.environment },
  });
  closeSync(log);
  if (child.pid === undefined) throw new Error(`${process.execPath} could not be started`);
  running.add(child);
  const ended = new Promise<Ended>((done) => {
    child.once('exit', (status, signal) => {
      running.delete(child);
      done({ status, signal });
    });
  });
  return { child, pid: child.pid, ended };
}

/** Keys and endpoints of whoever runs the tests are not the tests'. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('AWS_') && name !== 'NODE_TEST_CONTEXT' && name !== 'NODE_CHANNEL_FD',
  );
  return Object.fromEntries(kept);
}

export interface CommandResult {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs a command of the command line to its end, as another user and with more in its environment where these are given. */
export async function runCrescendo(
  programArguments: readonly string[],
  as: { readonly user?: number; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [MAIN, ...programArguments], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...cleanEnvironment(), ...as.environment },
    ...(as.user === undefined ? {} : { uid: as.user, gid: as.user }),
  });
  running.add(child);
  const pieces = { output: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    pieces.output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    pieces.errors += text;
  });
  const status = await new Promise<number | null>((done) => child.once('close', (code) => done(code)));
  running.delete(child);
  return { status, ...pieces };
}

/** Whether the process exists and is no zombie that waits to be reaped. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    try {
      return process.platform !== 'linux' && process.kill(pid, 0);
    } catch {
      return false;
    }
  }
}
