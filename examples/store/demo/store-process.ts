/** `crescendo up` as a child of the demonstration. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const CRESCENDO = join(import.meta.dirname, '../../../packages/cli/src/main.ts');
const READY_MS = 300_000;
const STOP_MS = 120_000;

export class StoreProcess {
  readonly endpoint: string;
  readonly credentials: Credentials;
  /** Holds the store's data folder, `data`. */
  readonly folder: string;
  private readonly child: ChildProcess;

  /**
   * @param more further arguments of `crescendo up`
   * @param signal calls the start off
   */
  static async start(more: readonly string[], signal: AbortSignal): Promise<StoreProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'crescendo-demo-'));
    const child = spawn(
      process.execPath,
      [CRESCENDO, 'up', `--data=${join(folder, 'data')}`, '--port=0', ...more],
      { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
    );
    try {
      const endpoint = await readyEndpoint(child, signal);
      const keys = await readFile(join(folder, 'data', 'credentials'), 'utf8');
      return new StoreProcess(folder, child, endpoint, parseCredentials(keys));
    } catch (error) {
      await end(child);
      await deleteFolder(folder);
      throw error;
    }
  }

  private constructor(folder: string, child: ChildProcess, endpoint: string, credentials: Credentials) {
    this.folder = folder;
    this.child = child;
    this.endpoint = endpoint;
    this.credentials = credentials;
  }

  /** Ends the store and all its instances, and deletes their data unless it is to be kept. Resolves to the exit status. */
  async stop(keep: boolean): Promise<number | null> {
    const status = await end(this.child);
    if (!keep) await deleteFolder(this.folder);
    return status;
  }
}

function readyEndpoint(child: ChildProcess, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    let output = '';
    let errors = '';
    const timer = setTimeout(
      () => reject(new Error(`the store was not ready after ${READY_MS / 1000} s: ${errors}`)),
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

function parseCredentials(text: string): Credentials {
  const value = (name: string): string =>
    new RegExp(`^\\s*${name}\\s*=\\s*(\\S+)`, 'm').exec(text)?.[1] ?? '';
  return {
    accessKeyId: value('aws_access_key_id'),
    secretAccessKey: value('aws_secret_access_key'),
  };
}

function end(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve(child.exitCode);
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
