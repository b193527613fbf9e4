/**
 * Whose program is at the other end of a connection on this machine, as Linux tells it: the table of sockets names the user of each. Other
 * systems have no such table, and there nobody can tell.
 */
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];

export interface Ends {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
}

/** The number of the user; `unknown` where the system does not tell, `nobody` when it lists this end and not the other. */
export type CallerUser = number | 'unknown' | 'nobody';

export function callerUser({ localAddress, localPort, remoteAddress, remotePort }: Socket): CallerUser {
  if (localAddress === undefined || localPort === undefined) return 'unknown';
  if (remoteAddress === undefined || remotePort === undefined) return 'unknown';
  const tables = TABLES.flatMap((path) => {
    try {
      return [readFileSync(path, 'latin1')];
    } catch {
      return [];
    }
  });
  return userIn(tables, { localAddress, localPort, remoteAddress, remotePort });
}

/** @param tables in the form of /proc/net/tcp and tcp6 */
export function userIn(tables: readonly string[], ends: Ends): CallerUser {
  const here = hexPlaces(ends.localAddress, ends.localPort);
  const there = hexPlaces(ends.remoteAddress, ends.remotePort);
  const lineOf = (local: string, remote: string): string | undefined =>
    lineWith(tables, ` ${local} ${remote} `);
  for (const [form, place] of there.entries()) {
    // `local remote state queues timer retransmissions user ...`
    const user = lineOf(place, here[form]!)?.trim().split(/\s+/)[7];
    if (user !== undefined) return Number(user);
  }
  return here.some((place, form) => lineOf(place, there[form]!) !== undefined) ? 'nobody' : 'unknown';
}

/** From the searched text to the end of its line, a field before it. Tables are long on a busy machine: they are not taken apart. */
function lineWith(tables: readonly string[], places: string): string | undefined {
  for (const table of tables) {
    const at = table.indexOf(places);
    if (at >= 0) return `- ${table.slice(at, table.indexOf('\n', at))}`;
  }
  return undefined;
}

/**
 * An IPv4 address and a port as the two tables write them. A program may have opened a socket of IPv6 for it; both of its ends are in the
 * form of that table.
 */
function hexPlaces(address: string, port: number): readonly string[] {
  const bytes = address
    .replace(/^::ffff:/, '')
    .split('.')
    .map(Number);
  const hex = (value: number, digits: number): string =>
    value.toString(16).toUpperCase().padStart(digits, '0');
  const plain = bytes
    .toReversed()
    .map((byte) => hex(byte, 2))
    .join('');
  return [`${plain}:${hex(port, 4)}`, `0000000000000000FFFF0000${plain}:${hex(port, 4)}`];
}
