import { classicNodeId } from '../classic-id.ts';
import type { ClassicNode, RingView } from '../ring-view.ts';

/** A ring of nodes on 127.0.0.1 that never changes, seen by the one on `port`. */
export function staticRing(ports: readonly number[], port: number, more: Partial<RingView> = {}): RingView {
  const nodes = ports
    .map((each): ClassicNode => ['127.0.0.1', each, classicNodeId('127.0.0.1', each)])
    .sort((a, b) => a[2] - b[2]);
  const at = nodes.findIndex(([, each]) => each === port);
  const turn = (steps: number) => nodes[(at + steps + nodes.length) % nodes.length];
  return {
    self: () => nodes[at]!,
    predecessor: () => (nodes.length > 1 ? turn(-1) : undefined),
    successor: (index) => turn(index + 1),
    findSuccessor: async (id32) => nodes.find(([, , id]) => id >= id32) ?? nodes[0]!,
    ...more,
  };
}
