/** A cloud in a process of its own that is killed with SIGKILL and started again on the same folder, at another port each time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const KEYS = { accessKeyId: 'AKIAKILLED', secretAccessKey: 'the secret of the killed' };

const PROGRAM = join(import.meta.dirname, 'cloud-process.ts');

export class KillableCloud {
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #endpoint = Promise.withResolvers<string>();
  kills = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Of the running cloud, or of the next one while none runs. */
  endpoint(): Promise<string> {
    return this.#endpoint.promise;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [PROGRAM, this.#folder], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child = child;
    for await (const line of createInterface({ input: child.stdout! })) {
      this.#endpoint.resolve(line);
      return;
    }
    throw new Error(`the cloud on ${this.#folder} ended before it answered`);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#endpoint = Promise.withResolvers<string>();
    this.kills += 1;
    this.#child = undefined;
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}
