/**
 * Three nodes and the endpoint in front of them, as `crescendo up` starts them, with what a foreign client must be told to reach it.
 * Everything is ended and deleted with it.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCrescendo } from '../../e2e/testing/child-processes.ts';
import { UpProcess } from '../../e2e/testing/up-process.ts';
import { type ClientResult, type RunOptions, runClient } from './run-client.ts';

export class StoreUnderTest {
  /** Free for files of the test. */
  readonly folder: string;
  /** What `crescendo env` says: endpoint, keys, region. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #up: UpProcess;

  static async start(): Promise<StoreUnderTest> {
    const root = await mkdtemp(join(tmpdir(), 'crescendo-compat-'));
    try {
      const up = await UpProcess.start(join(root, 'data'));
      const folder = join(root, 'files');
      await mkdir(folder);
      const { output, errors } = await runCrescendo(['env', '--json', `--data=${up.folder}`]);
      if (output === '') throw new Error(`"crescendo env" printed nothing: ${errors}`);
      return new StoreUnderTest(up, folder, JSON.parse(output) as Record<string, string>);
    } catch (error) {
      await rm(root, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(up: UpProcess, folder: string, environment: Readonly<Record<string, string>>) {
    this.#up = up;
    this.folder = folder;
    this.environment = environment;
  }

  get endpoint(): string {
    return this.#up.endpoint;
  }

  /** The data folder of `crescendo up`. */
  get dataFolder(): string {
    return this.#up.folder;
  }

  /** Process id of the cloud, which is the front as well. */
  get pid(): number {
    return this.#up.pid;
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Runs a client in the folder of the test, with the endpoint and keys in its environment. */
  async run(
    program: string,
    programArguments: readonly string[],
    options: RunOptions = {},
  ): Promise<ClientResult> {
    return await runClient(program, programArguments, {
      folder: this.folder,
      ...options,
      environment: { ...this.environment, ...options.environment },
    });
  }

  /** The same, for a client that must succeed; gives what it printed. */
  async succeed(
    program: string,
    programArguments: readonly string[],
    options: RunOptions = {},
  ): Promise<string> {
    const { status, output, errors } = await this.run(program, programArguments, options);
    if (status === 0) return output;
    throw new Error(
      `${program} ${programArguments.join(' ')} ended with status ${status}: ${errors}\n${output}`,
    );
  }

  async end(): Promise<void> {
    this.#up.interrupt();
    await this.#up.ended();
    await rm(join(this.folder, '..'), { recursive: true, force: true, maxRetries: 3 });
  }
}
