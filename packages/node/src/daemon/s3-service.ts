import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '@crescendo/base';
import type { ObjectStore, StoreEvent } from '@crescendo/store';
import { answerOperator, type OperatorBackend } from '../doors/admin/operator-routes.ts';
import type { ExtraRequest } from '../doors/s3/extra-request.ts';
import { createS3Door, type S3Door } from '../doors/s3/index.ts';
import type { SqsQueues } from '../events/sqs-queues.ts';
import type { HostPort, KeyPair } from './node-options.ts';

export interface S3ServiceOptions {
  readonly store: ObjectStore;
  /** The way to queues, which notifications are sent to. */
  readonly queues?: SqsQueues;
  readonly operator: OperatorBackend;
  readonly listen: HostPort;
  readonly credentials: readonly KeyPair[];
  readonly devKeys: boolean;
  /** Further names under which the door may be called. */
  readonly hosts: readonly string[];
  readonly log: (event: StoreEvent) => void;
  /** Told of every answered request. */
  readonly answered?: (status: number, durationMs: number) => void;
}

export interface S3Service {
  readonly address: HostPort;
  close(): Promise<void>;
}

const DEV_KEY = 'test';
const CLOSE_PATIENCE_MS = 3_000;

/** An S3 door on a port of its own, with operators' routes beside the buckets. */
export async function openS3Service(options: S3ServiceOptions): Promise<S3Service> {
  let endpoint = '';
  const door = createOperatedDoor(options, () => endpoint);
  const server = createServer();
  door.attach(server);
  await listen(server, options.listen);
  const { port } = server.address() as AddressInfo;
  endpoint = `http://${options.listen.host}:${port}`;
  return {
    address: { host: options.listen.host, port },
    close: async () => {
      await closeServer(server);
      await door.close();
    },
  };
}

/** The same door for a server that is somebody else's. @param endpoint what operators are told that the door's address is */
export function createOperatedDoor(
  options: Omit<S3ServiceOptions, 'listen'>,
  endpoint: () => string,
): S3Door {
  const secrets = new Map(
    options.credentials.map(({ accessKeyId, secretAccessKey }) => [accessKeyId, secretAccessKey]),
  );
  if (options.devKeys) secrets.set(DEV_KEY, DEV_KEY);
  return createS3Door({
    store: options.store,
    ...(options.queues === undefined ? {} : { queues: options.queues }),
    credentials: (id) => secrets.get(id),
    now: () => Date.now(),
    hosts: options.hosts,
    extraRoutes: (request) => answerExtra(request, options.operator, endpoint()),
    log: ({ status, error, operation, path, durationMs }) => {
      options.answered?.(status, durationMs);
      // 501 is about what the client asked for, not about the store.
      if (status < 500 || status === 501) return;
      const detail = {
        status,
        operation,
        path: path.slice(0, 200),
        cause: error === undefined ? '' : describe(error),
      };
      options.log({ level: status === 503 ? 'info' : 'warn', event: 's3 request failed', detail });
    },
  });
}

async function answerExtra(extra: ExtraRequest, operator: OperatorBackend, endpoint: string): Promise<void> {
  const { request, response, declined } = extra;
  const url = new URL(request.url ?? '/', 'http://local');
  if (url.pathname === '/_crescendo/health') return sendJson(response, 200, { alive: true });
  if (declined !== undefined) throw declined;
  const answer = await answerOperator(
    operator,
    endpoint,
    request.method ?? 'GET',
    url.pathname,
    url.searchParams,
  );
  sendJson(response, answer.status, answer.body);
}

function sendJson(response: ExtraRequest['response'], status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}

function describe(error: Error): string {
  return error.cause === undefined ? error.message : `${error.message} (${messageOf(error.cause)})`;
}

export function listen(server: Server, { host, port }: HostPort): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Requests under way may finish; whoever takes too long is cut off. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_PATIENCE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
