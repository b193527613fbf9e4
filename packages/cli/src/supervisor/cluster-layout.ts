/**
 * The addresses of the nodes that `up` runs. They are chosen at the first start and then kept: a node is known to others by its
 * address, so it must not change between two starts.
 */
import type { HostPort } from '../arguments.ts';
import { CommandFailure } from '../failures.ts';
import { readIfThere, replacePrivateFile } from '../private-file.ts';
import { pickPort, probePort } from './free-port.ts';

export interface NodeLayout {
  /** From 1; names the folder. */
  readonly number: number;
  readonly host: string;
  readonly peerPort: number;
  readonly s3Port: number;
  readonly adminPort: number;
  readonly classicPort: number;
  readonly filesPort: number;
  /** Started the cluster together with the others; later nodes join. */
  readonly founder: boolean;
  /** Was drained and is not started any more. */
  readonly left: boolean;
}

export interface ClusterLayout {
  readonly version: 1;
  /** Where the front was listening last; client commands look here. */
  readonly endpoint: string;
  readonly nodes: readonly NodeLayout[];
}

const CLASSIC_PORT = 5057;
const FILES_PORT = 5058;

/** undefined when there is none yet. */
export async function readLayout(path: string): Promise<ClusterLayout | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  let layout: unknown;
  try {
    layout = JSON.parse(text);
  } catch (cause) {
    throw new CommandFailure(`${path} is damaged (it is no JSON): restore it from a copy`, { cause });
  }
  if (isLayout(layout)) return layout;
  throw new CommandFailure(
    `${path} was not written by this version of crescendo: use the version that wrote it, or a newer one`,
  );
}

export async function writeLayout(path: string, layout: ClusterLayout): Promise<void> {
  await replacePrivateFile(path, `${JSON.stringify(layout, undefined, 2)}\n`);
}

function isLayout(value: unknown): value is ClusterLayout {
  if (typeof value !== 'object' || value === null) return false;
  return Reflect.get(value, 'version') === 1 && Array.isArray(Reflect.get(value, 'nodes'));
}

/** Adds nodes until there are `count` that have not left; never takes one away: stopping is not leaving. */
export async function growLayout(
  layout: ClusterLayout | undefined,
  count: number,
  endpoint: string,
): Promise<ClusterLayout> {
  const nodes = [...(layout?.nodes ?? [])];
  const taken = new Set(nodes.flatMap(portsOf));
  const founder = nodes.length === 0;
  while (nodes.filter((node) => !node.left).length < count) {
    nodes.push(await layOutNode(nodes.length + 1, founder, taken));
  }
  return { version: 1, endpoint, nodes };
}

/** Each node has a loopback address of its own where the system allows several, so that all can have the classic ports. */
async function layOutNode(number: number, founder: boolean, taken: Set<number>): Promise<NodeLayout> {
  const own = `127.0.0.${number}`;
  const host = number < 255 && (await probePort(own, 0)) === 'free' ? own : '127.0.0.1';
  const shared = host === '127.0.0.1' && number > 1;
  // The classic ports may be the same on every address: they are not counted as taken.
  const classicTaken = shared ? taken : new Set<number>();
  return {
    number,
    host,
    peerPort: await pickPort(host, taken),
    s3Port: await pickPort(host, taken),
    adminPort: await pickPort(host, taken),
    classicPort: await pickPort(host, classicTaken, CLASSIC_PORT),
    filesPort: await pickPort(host, classicTaken, FILES_PORT),
    founder,
    left: false,
  };
}

export function portsOf(node: NodeLayout): number[] {
  return [node.peerPort, node.s3Port, node.adminPort, node.classicPort, node.filesPort];
}

/** The nodes to start. */
export function activeNodes(layout: ClusterLayout): NodeLayout[] {
  return layout.nodes.filter((node) => !node.left);
}

export function peerAddresses(nodes: readonly NodeLayout[]): HostPort[] {
  return nodes.map(({ host, peerPort }) => ({ host, port: peerPort }));
}

export function withNodeLeft(layout: ClusterLayout, number: number): ClusterLayout {
  return withNode(layout, number, { left: true });
}

export function withNode(layout: ClusterLayout, number: number, change: Partial<NodeLayout>): ClusterLayout {
  const nodes = layout.nodes.map((node) => (node.number === number ? { ...node, ...change } : node));
  return { ...layout, nodes };
}
