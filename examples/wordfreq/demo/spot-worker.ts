/** A worker on a machine that the spot market takes back: its metadata, which is ours, says so when we want. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Connection } from '../src/system/session.ts';
import type { StackOutputs } from '../src/system/stack-outputs.ts';

const PROGRAM = join(import.meta.dirname, '../src/main.ts');
const NOTICE_MS = 120_000;

export class SpotWorker {
  readonly #metadata: Server;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  #takenAtMs: number | undefined;

  /** @param delaySeconds of each file */
  static async start(connection: Connection, stack: StackOutputs, delaySeconds: number): Promise<SpotWorker> {
    const metadata = createServer();
    metadata.listen(0, '127.0.0.1');
    await once(metadata, 'listening');
    return new SpotWorker(metadata, connection, stack, delaySeconds);
  }

  private constructor(metadata: Server, connection: Connection, stack: StackOutputs, delaySeconds: number) {
    this.#metadata = metadata;
    metadata.on('request', (request, response) => {
      const notice = request.url?.endsWith('/spot/instance-action') === true ? this.#notice() : undefined;
      const text = request.method === 'PUT' ? 'token' : notice;
      response.statusCode = text === undefined ? 404 : 200;
      response.end(text);
    });
    const { port } = metadata.address() as AddressInfo;
    this.#child = spawn(process.execPath, [PROGRAM, 'worker'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        AWS_ENDPOINT_URL: connection.endpoint,
        AWS_REGION: connection.region,
        AWS_ACCESS_KEY_ID: connection.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: connection.credentials.secretAccessKey,
        AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://127.0.0.1:${port}`,
        WORKER_QUEUE_URL: stack.JobsQueueUrl,
        WORKER_RESULT_QUEUE_URL: stack.ResultsQueueUrl,
        WORKER_RESULT_TABLENAME: stack.TableName,
        WORKER_COUNT: '2',
        WORKER_DELAY: String(delaySeconds),
      },
    });
    this.#ended = once(this.#child, 'exit');
  }

  /** Announces the end as the spot market does, but that it is near. Resolves to the worker's exit status. */
  async takeBack(withinMs = NOTICE_MS): Promise<number | null> {
    this.#takenAtMs = Date.now() + withinMs;
    const [status] = (await this.#ended) as [number | null];
    this.#metadata.close();
    return status;
  }

  #notice(): string | undefined {
    if (this.#takenAtMs === undefined) return undefined;
    return JSON.stringify({ action: 'terminate', time: new Date(this.#takenAtMs).toISOString() });
  }
}
