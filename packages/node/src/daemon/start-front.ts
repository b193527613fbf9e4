import { hash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StoreFront } from '@crescendo/store';
import { realClock } from '../clock.ts';
import type { S3Door } from '../doors/s3/index.ts';
import { SqsQueues } from '../events/sqs-queues.ts';
import { realRandom } from '../random.ts';
import { openTransport } from '../transport/transport.ts';
import { logToStandardError } from './event-log.ts';
import {
  type Front,
  type FrontOptions,
  formatHostPort,
  type HostPort,
  type RunningFront,
} from './node-options.ts';
import { closeServer, createOperatedDoor, listen } from './s3-service.ts';

const DEADLINE_MS = 12_000;
const GATEWAY = { sharedBufferBytes: 40 * 1024 * 1024 };

/** Opens a front on a port of its own. It does not wait for the nodes: it answers 503 until they serve. */
export async function startFront(
  options: FrontOptions & { readonly listen: HostPort },
): Promise<RunningFront> {
  let endpoint = '';
  const front = await openFront(options, () => endpoint);
  const server = createServer();
  front.attach(server);
  try {
    await listen(server, options.listen);
  } catch (cause) {
    await front.stop();
    throw cause;
  }
  const address = { host: options.listen.host, port: (server.address() as AddressInfo).port };
  endpoint = `http://${formatHostPort(address)}`;
  return {
    address,
    stop: async () => {
      await closeServer(server);
      await front.stop();
    },
  };
}

/** An S3 door before the nodes, without a disk or a port of its own. @param endpoint where clients reach it */
export async function openFront(
  options: FrontOptions,
  endpoint: () => string,
): Promise<Front & Pick<S3Door, 'attach'>> {
  const log = options.log ?? logToStandardError;
  const transport = await openTransport({
    nodeId: `front-${randomBytes(8).toString('hex')}`,
    clusterId: () => undefined,
    secret: (await readFile(options.secretFile, 'utf8')).trim(),
    log,
  });
  const front = new StoreFront(
    {
      clock: realClock(),
      random: realRandom(),
      network: transport.network,
      sha1: (bytes) => hash('sha1', bytes, 'buffer'),
    },
    { contacts: () => options.peers().map(formatHostPort), deadlineMs: DEADLINE_MS, gateway: GATEWAY },
  );
  const queues = options.queues === undefined ? undefined : new SqsQueues(options.queues);
  const door = createOperatedDoor(
    {
      store: front.store,
      ...(queues === undefined ? {} : { queues }),
      operator: {
        status: () => front.status(),
        drain: (id) => front.drain(id),
        cancelDrain: (id) => front.cancelDrain(id),
        ...(options.groups === undefined ? {} : { groups: options.groups }),
      },
      credentials: options.credentials,
      devKeys: options.devKeys,
      hosts: [],
      log,
    },
    endpoint,
  );
  return {
    handler: door.handler,
    continueHandler: door.continueHandler,
    attach: (server) => door.attach(server),
    cluster: () => front.status(),
    stop: async () => {
      await door.close();
      queues?.close();
      front.stop();
      await transport.close();
    },
  };
}
