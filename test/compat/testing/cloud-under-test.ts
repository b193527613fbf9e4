/**
 * The local cloud's control plane in this process, with what a foreign client must be told to reach it. There is no store behind it.
 * Everything is ended and deleted with it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningCloud, startCloud } from '@crescendo/cloud';
import { type ClientResult, type RunOptions, runClient } from './run-client.ts';

const KEYS = { accessKeyId: 'AKIACOMPATIBLE', secretAccessKey: 'the secret of foreign clients' };
/** Durations of alarms pass so many times as fast. */
const SPEED = 20;

export class CloudUnderTest {
  readonly #cloud: RunningCloud;
  readonly #folder: string;
  readonly environment: Readonly<Record<string, string>>;

  static async start(): Promise<CloudUnderTest> {
    const folder = await mkdtemp(join(tmpdir(), 'crescendo-compat-'));
    const cloud = await startCloud({
      dataDir: join(folder, 'cloud'),
      listen: { host: '127.0.0.1', port: 0 },
      credentials: [KEYS],
      devKeys: false,
      speed: SPEED,
      log: () => {},
    });
    return new CloudUnderTest(cloud, folder);
  }

  private constructor(cloud: RunningCloud, folder: string) {
    this.#cloud = cloud;
    this.#folder = folder;
    this.environment = {
      AWS_ENDPOINT_URL: cloud.endpoint,
      AWS_ACCESS_KEY_ID: KEYS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_PAGER: '',
      AWS_DEFAULT_OUTPUT: 'json',
    };
  }

  async run(
    program: string,
    programArguments: readonly string[],
    options: RunOptions = {},
  ): Promise<ClientResult> {
    const environment = { ...this.environment, ...options.environment };
    return await runClient(program, programArguments, { folder: this.#folder, ...options, environment });
  }

  /** The same, for a client that must succeed; gives what it printed. */
  async succeed(program: string, programArguments: readonly string[]): Promise<string> {
    const { status, output, errors } = await this.run(program, programArguments);
    if (status === 0) return output;
    throw new Error(
      `${program} ${programArguments.join(' ')} ended with status ${status}: ${errors}\n${output}`,
    );
  }

  async end(): Promise<void> {
    await this.#cloud.stop();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
