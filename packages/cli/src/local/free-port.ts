/** Finding ports that stay ours: below the range from which systems take ports for outgoing connections. */
import { createServer } from 'node:net';
import { CommandFailure, systemCode } from '../failures.ts';

const FIRST = 20_000;
const LAST = 32_000;
const TRIES = 200;

/** `used` when another program listens there, `refused` when this host or port is not ours to use. */
export async function probePort(host: string, port: number): Promise<'free' | 'used' | 'refused'> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once('error', (error) => resolve(systemCode(error) === 'EADDRINUSE' ? 'used' : 'refused'));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve('free')));
  });
}

/** @param taken ports that are promised to others already; the result is added */
export async function pickPort(host: string, taken: Set<number>, preferred?: number): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const random = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    const port = attempt === 0 && preferred !== undefined ? preferred : random;
    if (taken.has(port) || (await probePort(host, port)) !== 'free') continue;
    taken.add(port);
    return port;
  }
  throw new CommandFailure(`no free port was found on ${host} between ${FIRST} and ${LAST}`);
}
