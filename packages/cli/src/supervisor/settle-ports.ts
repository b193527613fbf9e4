/** Makes sure before a start that the remembered ports are free, or says plainly whose they are. */
import { setTimeout as wait } from 'node:timers/promises';
import { CommandFailure } from '../failures.ts';
import type { ClusterLayout, NodeLayout } from './cluster-layout.ts';
import { activeNodes } from './cluster-layout.ts';
import { pickPort, probePort } from './free-port.ts';

export interface SettleOptions {
  /** Nodes of a supervisor that was killed need a moment to notice it and stop. */
  readonly patienceMs: number;
  readonly tell: (line: string) => void;
  readonly layoutPath: string;
}

/** Ports by which nodes know each other stay or the start fails; classic ports are chosen anew, and said. */
export async function settlePorts(layout: ClusterLayout, options: SettleOptions): Promise<ClusterLayout> {
  const deadlineMs = performance.now() + options.patienceMs;
  const settled = new Map<number, NodeLayout>();
  for (const node of activeNodes(layout)) {
    await awaitOwnPorts(node, deadlineMs, options);
    settled.set(node.number, await settleClassicPorts(node, options));
  }
  return { ...layout, nodes: layout.nodes.map((node) => settled.get(node.number) ?? node) };
}

async function awaitOwnPorts(node: NodeLayout, deadlineMs: number, options: SettleOptions): Promise<void> {
  let told = false;
  for (const port of [node.peerPort, node.s3Port, node.adminPort]) {
    for (
      let found = await probePort(node.host, port);
      found !== 'free';
      found = await probePort(node.host, port)
    ) {
      if (found === 'refused') throw unusable(node, port, options.layoutPath);
      if (performance.now() > deadlineMs) throw inUse(node, port, options.layoutPath);
      if (!told) options.tell(`waiting for ${node.host}:${port} to become free`);
      told = true;
      await wait(100);
    }
  }
}

/** Of a node that does not run. */
export async function settleClassicPorts(
  node: NodeLayout,
  options: Pick<SettleOptions, 'tell'>,
): Promise<NodeLayout> {
  const settle = async (port: number, door: string): Promise<number> => {
    if ((await probePort(node.host, port)) === 'free') return port;
    const other = await pickPort(node.host, new Set());
    options.tell(
      `${node.host}:${port} is in use: the ${door} of node ${node.number} is at port ${other} instead`,
    );
    return other;
  };
  return {
    ...node,
    classicPort: await settle(node.classicPort, 'classic door'),
    filesPort: await settle(node.filesPort, 'classic file server'),
  };
}

function inUse(node: NodeLayout, port: number, layoutPath: string): CommandFailure {
  return new CommandFailure(
    `port ${port} on ${node.host}, which node ${node.number} needs, is used by another program: stop that program (the ports are recorded in ${layoutPath})`,
  );
}

function unusable(node: NodeLayout, port: number, layoutPath: string): CommandFailure {
  return new CommandFailure(
    `node ${node.number} cannot listen on ${node.host}:${port}, which ${layoutPath} records for it: is that address still one of this machine's?`,
  );
}
