/** `crescendo up` of a test: the local cloud with the store in it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readKeys } from '../../../packages/cli/src/credentials.ts';
import { type Ended, type StartedProcess, startCrescendo } from './child-processes.ts';
import { TestClient } from './s3-client.ts';
import { within } from './wait.ts';

const READY_LIMIT_MS = 150_000;

export class UpProcess {
  readonly endpoint: string;
  readonly folder: string;
  /** What it printed until it was ready. */
  readonly said: string;
  readonly #started: StartedProcess;

  /** Starts it and kills it after so long, ready or not: only its instances are left. */
  static async startAndKill(folder: string, more: readonly string[], afterMs: number): Promise<void> {
    const started = begin(folder, more);
    const ended = await Promise.race([started.ended, pause(afterMs)]);
    if (ended !== undefined)
      throw new Error(`it ended by itself: ${await readFile(`${folder}.log`, 'utf8')}`);
    started.child.kill('SIGKILL');
    await started.ended;
  }

  /** Resolves when it says `ready`. It leads a process group, as a program that a shell has started does. */
  static async start(folder: string, more: readonly string[] = []): Promise<UpProcess> {
    const started = begin(folder, more);
    try {
      return new UpProcess(folder, started, await readyLines(started, folder));
    } catch (error) {
      started.child.kill('SIGINT'); // Its instances end with it.
      await started.ended;
      throw error;
    }
  }

  private constructor(folder: string, started: StartedProcess, { said, endpoint }: Ready) {
    this.folder = folder;
    this.#started = started;
    this.said = said;
    this.endpoint = endpoint;
  }

  get pid(): number {
    return this.#started.pid;
  }

  async client(): Promise<TestClient> {
    const keys = await readKeys(join(this.folder, 'credentials'));
    if (keys === undefined) throw new Error(`${this.folder} holds no key pair`);
    return new TestClient(this.endpoint, keys);
  }

  /** To the whole group, as a terminal does at Ctrl-C. */
  interrupt(): void {
    process.kill(-this.pid, 'SIGINT');
  }

  async ended(limitMs = 40_000): Promise<Ended> {
    return await within('the end of "crescendo up"', limitMs, this.#started.ended);
  }

  /** Ends the cloud alone: its instances run on. */
  kill(): void {
    this.#started.child.kill('SIGKILL');
  }

  /** As a test's last step: nothing is left running, not even after a test that failed. */
  async end(): Promise<void> {
    this.interrupt();
    await this.ended().catch(() => this.kill());
    await this.#started.ended;
  }
}

function begin(folder: string, more: readonly string[]): StartedProcess {
  return startCrescendo(['up', `--data=${folder}`, '--port=0', ...more], {
    logFile: `${folder}.log`,
    ownGroup: true,
    readOutput: true,
  });
}

interface Ready {
  readonly said: string;
  readonly endpoint: string;
}

async function readyLines(started: StartedProcess, folder: string): Promise<Ready> {
  let text = '';
  const line = new Promise<Ready>((resolve) => {
    started.child.stdout?.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      const found = /^ready (http\S+)$/m.exec(text)?.[1];
      if (found !== undefined) resolve({ said: text, endpoint: found });
    });
  });
  const ended = started.ended.then(async ({ status, signal }) => {
    const log = await readFile(`${folder}.log`, 'utf8');
    throw new Error(`"crescendo up" ended with ${signal ?? status}: ${log}`);
  });
  ended.catch(() => undefined);
  return await within('"crescendo up" becoming ready', READY_LIMIT_MS, Promise.race([line, ended]));
}
