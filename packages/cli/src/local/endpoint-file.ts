/** What `up` leaves on its data folder for other commands: where it was listening last, and where the nodes were. */
import { formatHostPort, type HostPort, parseHostPorts } from '../arguments.ts';
import { readIfThere, replacePrivateFile } from '../private-file.ts';

export async function writeEndpoint(path: string, endpoint: string): Promise<void> {
  await replacePrivateFile(path, `${endpoint}\n`);
}

/** undefined when nothing has ever run on the folder. */
export async function readEndpoint(path: string): Promise<string | undefined> {
  const text = (await readIfThere(path))?.trim();
  return text === undefined || text === '' ? undefined : text;
}

/** Peer addresses of the store's nodes, for `recover`, which runs when nothing else does. */
export async function writePeers(path: string, peers: readonly HostPort[]): Promise<void> {
  await replacePrivateFile(path, `${peers.map(formatHostPort).join(',')}\n`);
}

export async function readPeers(path: string): Promise<readonly HostPort[]> {
  const text = (await readIfThere(path))?.trim();
  return text === undefined || text === '' ? [] : parseHostPorts(text);
}
