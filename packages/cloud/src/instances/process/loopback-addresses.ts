/**
 * Private addresses for instances: 127.0.N.x, one each, where the system answers on all of 127.0.0.0/8 (Linux, Windows); else
 * 127.0.0.1 for all, each with a metadata port of its own (macOS).
 */

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import type { InstanceAddress } from '../instance-provider.ts';

/** The third octet of the first subnet, and how far the next one is away: /20 each. */
const FIRST_NETWORK = 16;
const NETWORK_SIZE = 16;
const METADATA_PORT = 1338;

/** The range of a zone's subnet. */
export function subnetOf(network: number): string {
  return `127.0.${FIRST_NETWORK + network * NETWORK_SIZE}.0/20`;
}

/** Whoever holds the metadata port of an address has the address: two clouds on one machine get on. */
export async function allocateLoopback(
  network: number,
  taken: ReadonlySet<string>,
): Promise<InstanceAddress> {
  for (const host of hostsOf(network)) {
    if (taken.has(host)) continue;
    const answer = await tryPort(host, METADATA_PORT);
    if (answer === 'free') return { host, metadataPort: METADATA_PORT };
    if (answer === 'no such address') break;
  }
  const port = await tryPort('127.0.0.1', 0);
  if (typeof port !== 'number') throw new Error('no port is free on 127.0.0.1: end other programs');
  return { host: '127.0.0.1', metadataPort: port };
}

/** As in a subnet of AWS, the first four addresses and the last one are not given out. */
function* hostsOf(network: number): Generator<string> {
  const first = FIRST_NETWORK + network * NETWORK_SIZE;
  for (let number = 4; number < NETWORK_SIZE * 256 - 1; number++) {
    yield `127.0.${first + Math.floor(number / 256)}.${number % 256}`;
  }
}

function tryPort(host: string, port: number): Promise<'free' | 'taken' | 'no such address' | number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'EADDRNOTAVAIL' ? 'no such address' : 'taken');
    });
    server.listen({ host, port, exclusive: true }, () => {
      const chosen = (server.address() as AddressInfo).port;
      server.close(() => resolve(port === 0 ? chosen : 'free'));
    });
  });
}
