import { hash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { StoreFront } from '@crescendo/store';
import { realClock } from '../clock.ts';
import { realRandom } from '../random.ts';
import { openTransport } from '../transport/transport.ts';
import { logToStandardError } from './event-log.ts';
import { type FrontOptions, formatHostPort, type RunningFront } from './node-options.ts';
import { openS3Service } from './s3-service.ts';

const DEADLINE_MS = 12_000;
const GATEWAY = { sharedBufferBytes: 96 * 1024 * 1024 };

/** An S3 door before the nodes, without a disk of its own. It does not wait for the nodes: it answers 503 until they serve. */
export async function startFront(options: FrontOptions): Promise<RunningFront> {
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
    { contacts: options.peers.map(formatHostPort), deadlineMs: DEADLINE_MS, gateway: GATEWAY },
  );
  try {
    const service = await openS3Service({
      store: front.store,
      operator: {
        status: () => front.status(),
        drain: (id) => front.drain(id),
        cancelDrain: (id) => front.cancelDrain(id),
      },
      listen: { host: options.host, port: options.port },
      credentials: options.credentials,
      devKeys: options.devKeys,
      hosts: [],
      log,
    });
    return {
      address: service.address,
      stop: async () => {
        await service.close();
        front.stop();
        await transport.close();
      },
    };
  } catch (cause) {
    front.stop();
    await transport.close();
    throw cause;
  }
}
