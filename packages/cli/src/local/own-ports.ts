/**
 * Ports of a node that shares its address with other programs, as instances do where the system has one loopback address. They are
 * chosen once and kept in the data folder: the cluster knows a member by its peer port, which therefore never changes.
 */
import { randomInt } from 'node:crypto';
import { CommandFailure } from '../failures.ts';
import { readIfThere, replacePrivateFile } from '../private-file.ts';
import { probePort } from './free-port.ts';

const NAMES = ['peer', 's3', 'admin', 'classic', 'files'] as const;
export type NodePorts = Readonly<Record<(typeof NAMES)[number], number>>;

/** Where the doors of a node are that has an address of its own. */
export const USUAL_PORTS: NodePorts = { peer: 7000, s3: 7080, admin: 7090, classic: 5057, files: 5058 };

/** Below what any system gives to outgoing connections, so that a port is free again after a stop. */
const FIRST_PORT = 20_000;
const COUNT = 12_000;
const MOST_TRIES = 500;

/** The ports that the file holds; those that are new, or another program's now, are chosen and written. */
export async function ownPorts(path: string, host: string): Promise<NodePorts> {
  const kept = parse(await readIfThere(path), path);
  const ports: Record<string, number> = {};
  for (const name of NAMES) {
    const before = kept?.[name];
    const stays = before !== undefined && (name === 'peer' || (await probePort(host, before)) === 'free');
    ports[name] = stays
      ? before
      : await freePort(host, [...Object.values(ports), ...Object.values(kept ?? {})]);
  }
  if (NAMES.some((name) => ports[name] !== kept?.[name]))
    await replacePrivateFile(path, `${JSON.stringify({ version: 1, ports })}\n`);
  return ports as NodePorts;
}

async function freePort(host: string, taken: readonly number[]): Promise<number> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const port = FIRST_PORT + randomInt(COUNT);
    if (!taken.includes(port) && (await probePort(host, port)) === 'free') return port;
  }
  throw new CommandFailure(
    `no free port was found on ${host} from ${FIRST_PORT} to ${FIRST_PORT + COUNT - 1}: stop other programs, or give --peer-port and the others`,
  );
}

function parse(text: string | undefined, path: string): NodePorts | undefined {
  if (text === undefined) return undefined;
  try {
    const { version, ports } = JSON.parse(text) as { version?: unknown; ports?: Record<string, unknown> };
    if (version === 1 && NAMES.every((name) => isPort(ports?.[name]))) return ports as NodePorts;
  } catch {
    // Told below.
  }
  throw new CommandFailure(
    `${path} should hold {"version":1,"ports":{${NAMES.map((name) => `"${name}"`).join(',')}}} with a port each; the cluster knows this node by "peer", so put it right from the parameter nodes/INSTANCE`,
  );
}

function isPort(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536;
}
