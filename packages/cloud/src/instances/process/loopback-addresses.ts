/**
 * Private addresses for instances: 127.0.N.x, one each, where the system answers on all of 127.0.0.0/8 (Linux, Windows); else
 * 127.0.0.1 for all, each with a metadata port of its own (macOS).
 */

import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { type InstanceAddress, SHARED_HOST } from '../instance-provider.ts';

/** The third octet of the first subnet, and how far the next one is away: /20 each. */
const FIRST_NETWORK = 16;
const NETWORK_SIZE = 16;
const METADATA_PORT = 1338;
/** Where shared hosts have metadata ports: below what any system gives to outgoing connections, so that one is free again after a stop. */
const FIRST_PORT = 12_000;
const PORTS = 8_000;
const MOST_TRIES = 200;

/** The range of a zone's subnet. */
export function subnetOf(network: number): string {
  return `127.0.${FIRST_NETWORK + network * NETWORK_SIZE}.0/20`;
}

export interface AllocationOptions {
  /**
   * Where in a subnet the search begins. Clouds that begin at different places stay apart also while one of them is away, when nobody
   * holds the metadata ports of its instances, which may be running.
   */
  readonly origin?: number;
  /** No addresses of their own, also where the system has them. */
  readonly shared?: boolean;
}

/**
 * Whoever holds the metadata port of an address has the address: two clouds on one machine get on.
 *
 * @param taken places, see `placeOf`
 */
export async function allocateLoopback(
  network: number,
  taken: ReadonlySet<string>,
  { origin = 0, shared = false }: AllocationOptions = {},
): Promise<InstanceAddress> {
  for (const host of shared ? [] : hostsOf(network, origin)) {
    if (taken.has(host)) continue;
    const answer = await tryPort(host, METADATA_PORT);
    if (answer === 'free') return { host, metadataPort: METADATA_PORT };
    if (answer === 'no such address') break;
  }
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const metadataPort = FIRST_PORT + randomInt(PORTS);
    if (taken.has(`${SHARED_HOST}:${metadataPort}`)) continue;
    if ((await tryPort(SHARED_HOST, metadataPort)) === 'free') return { host: SHARED_HOST, metadataPort };
  }
  throw new Error(
    `no port from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1} was found free on ${SHARED_HOST}: end other programs`,
  );
}

/** As in a subnet of AWS, the first four addresses and the last one are not given out. */
function* hostsOf(network: number, origin: number): Generator<string> {
  const first = FIRST_NETWORK + network * NETWORK_SIZE;
  const count = NETWORK_SIZE * 256 - 5;
  for (let i = 0; i < count; i++) {
    const number = 4 + ((origin + i) % count);
    yield `127.0.${first + Math.floor(number / 256)}.${number % 256}`;
  }
}

function tryPort(host: string, port: number): Promise<'free' | 'taken' | 'no such address'> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EADDRNOTAVAIL' ? 'no such address' : 'taken');
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve('free')));
  });
}
