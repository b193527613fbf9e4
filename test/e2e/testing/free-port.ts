/** Finding ports that stay ours: below the range from which systems take ports for outgoing connections. */
import { probePort } from '../../../packages/cli/src/local/free-port.ts';

const FIRST = 20_000;
const LAST = 32_000;
const TRIES = 200;

/** @param taken ports that are promised to others already; the result is added */
export async function pickPort(host: string, taken: Set<number>, preferred?: number): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const random = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    const port = attempt === 0 && preferred !== undefined ? preferred : random;
    if (taken.has(port) || (await probePort(host, port)) !== 'free') continue;
    taken.add(port);
    return port;
  }
  throw new Error(`no free port was found on ${host} between ${FIRST} and ${LAST}`);
}
