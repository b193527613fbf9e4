/** `crescendo up`, the local cloud with its store, as a child of a demonstration: of WordFreq's, and of the store's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../src/system/session.ts';

const CRESCENDO = join(import.meta.dirname, '../../../packages/cli/src/main.ts');
const READY_MS = 300_000;
const STOP_MS = 120_000;

export class LocalCloud {
  /** The folder that `--data` names. */
  readonly dataFolder: string;
  readonly #folder: string;
  readonly #arguments: readonly string[];
  readonly #credentials: Connection['credentials'];
  #child: ChildProcess;
  #endpoint: string;

  /**
   * @param more further arguments of `crescendo up`
   * @param signal calls the start off
   */
  static async start(more: readonly string[], signal: AbortSignal): Promise<LocalCloud> {
    const folder = await mkdtemp(join(tmpdir(), 'crescendo-demo-'));
    const programArguments = ['up', `--data=${join(folder, 'data')}`, ...more];
    try {
      const { child, endpoint } = await startUp(programArguments, signal);
      const keys = await readFile(join(folder, 'data', 'credentials'), 'utf8');
      return new LocalCloud(folder, programArguments, child, endpoint, parseCredentials(keys));
    } catch (error) {
      await deleteFolder(folder);
      throw error;
    }
  }

  private constructor(
    folder: string,
    programArguments: readonly string[],
    child: ChildProcess,
    endpoint: string,
    credentials: Connection['credentials'],
  ) {
    this.dataFolder = join(folder, 'data');
    this.#folder = folder;
    this.#arguments = programArguments;
    this.#child = child;
    this.#endpoint = endpoint;
    this.#credentials = credentials;
  }

  get endpoint(): string {
    return this.#endpoint;
  }

  get connection(): Connection {
    return { endpoint: this.#endpoint, region: 'us-east-1', credentials: this.#credentials };
  }

  /** Kills the cloud with -9, so that instances run on without it, and starts it again on the same port. */
  async killAndRestart(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await ended;
    const { child, endpoint } = await startUp(this.#arguments);
    this.#child = child;
    this.#endpoint = endpoint;
  }

  /** Ends the cloud and all its instances, and deletes their data unless it is to be kept. Resolves to the exit status. */
  async stop(keep: boolean): Promise<number | null> {
    const status = await end(this.#child);
    if (!keep) await deleteFolder(this.#folder);
    return status;
  }
}

async function startUp(
  programArguments: readonly string[],
  signal?: AbortSignal,
): Promise<{ readonly child: ChildProcess; readonly endpoint: string }> {
  const child = spawn(process.execPath, [CRESCENDO, ...programArguments], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // A Ctrl-C in the terminal is the demonstration's own.
  });
  try {
    return { child, endpoint: await readyEndpoint(child, signal) };
  } catch (error) {
    await end(child);
    throw error;
  }
}

function readyEndpoint(child: ChildProcess, signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    let output = '';
    let errors = '';
    const timer = setTimeout(
      () => reject(new Error(`the local cloud was not ready after ${READY_MS / 1000} s: ${errors}`)),
      READY_MS,
    );
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4_000);
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const found = /^ready (http\S+)$/m.exec(output)?.[1];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    });
    child.once('exit', (status) => {
      clearTimeout(timer);
      reject(new Error(`"crescendo up" ended with status ${status}: ${errors}`));
    });
  });
}

function parseCredentials(text: string): Connection['credentials'] {
  const value = (name: string): string =>
    new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)`, 'm').exec(text)?.[1] ?? '';
  return {
    accessKeyId: value('aws_access_key_id'),
    secretAccessKey: value('aws_secret_access_key'),
  };
}

function end(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code);
    });
    child.kill('SIGINT');
  });
}

async function deleteFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
}
