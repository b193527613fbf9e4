import { Failure } from '@crescendo/base';
import { type Member, positionFromUpper32, upper32 } from '@crescendo/ring';
import type { StoreNode } from '@crescendo/store';
import { classicNodeId } from '../doors/classic/classic-id.ts';
import type { ClassicNode, RingView } from '../doors/classic/ring-view.ts';
import { RpcClient } from '../doors/classic/rpc-client.ts';

export interface ClassicRingOptions {
  readonly node: StoreNode;
  /** This node's own RPC address, known once it listens. */
  readonly rpc: () => { readonly host: string; readonly port: number };
  readonly peerAddress: () => string;
}

/** The ring in 32 bits: positions by their upper half, members by the address of their RPC door. */
export function classicRing(options: ClassicRingOptions): RingView {
  const { node } = options;
  const shown = (member: Member): ClassicNode => classicNode(member, node, options);
  return {
    self: () => selfNode(options),
    predecessor: () => {
      const predecessor = node.ringDriver?.status().predecessor;
      return predecessor === undefined ? undefined : shown(predecessor);
    },
    successor: (index) => {
      const status = node.ringDriver?.status();
      const successor = status?.successors[index] ?? (status?.phase === 'inside' ? status.self : undefined);
      return successor === undefined ? undefined : shown(successor);
    },
    findSuccessor: async (id32) => {
      if (node.ringDriver === undefined) throw new Failure('NotReady', 'this node is not on a ring yet');
      const result = await node.ringDriver.lookup(positionFromUpper32(id32));
      if (!result.ok) throw new Failure('NotFound', `the owner of ${id32} was not found: ${result.reason}`);
      return shown(result.owner);
    },
    peerDoor: () => options.peerAddress(),
  };
}

/** The same for a node that was started bare: here `create`, `join` and `kill` act. */
export function bareRing(options: ClassicRingOptions, kill: () => void): RingView {
  const { node } = options;
  return {
    ...classicRing(options),
    create: () => node.createAlone(),
    join: async ([host, port]) => {
      const client = await RpcClient.open(host, port);
      try {
        await node.join([String(await client.call('crescendo_peer_door'))]);
      } finally {
        client.close();
      }
      await node.standing();
    },
    kill,
  };
}

function selfNode({ node, rpc }: ClassicRingOptions): ClassicNode {
  const { host, port } = rpc();
  const self = node.ringDriver?.status().self;
  return [host, port, self === undefined ? classicNodeId(host, port) : upper32(self.position)];
}

function classicNode(member: Member, node: StoreNode, options: ClassicRingOptions): ClassicNode {
  if (member.id === node.nodeId) return selfNode(options);
  const address = node.advertised(member.id).classic ?? '';
  const colon = address.lastIndexOf(':');
  return [address.slice(0, Math.max(0, colon)), Number(address.slice(colon + 1)), upper32(member.position)];
}
