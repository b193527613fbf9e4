import type { Identity, StoreNode } from '@crescendo/store';
import type { FleetView } from './node-options.ts';
import type { RequestMeter } from './request-meter.ts';

/** What whoever runs the node as one of a fleet may see and ask. */
export function fleetView(
  node: StoreNode,
  meter: RequestMeter,
  identity: () => Identity | undefined,
): FleetView {
  let requestsBefore = 0;
  return {
    hasVoted: () => identity()?.foundingVote !== undefined,
    isMember: () => node.isMember,
    leadsSystem: () => node.status.leadsSystem(),
    cluster: () => node.status.cluster(),
    drainSelf: () => node.status.drain(node.nodeId),
    drainable: (accepts) => {
      const verdict = node.status.drainable(({ advertised }) => {
        return advertised.instance !== undefined && accepts(advertised.instance);
      });
      if (!verdict.ok) return { reason: verdict.reason };
      return { instance: node.advertised(verdict.member).instance! };
    },
    sample: () => {
      const { heldBytes, usedBytes, capacityBytes, missingChunks } = node.status.report();
      const { group_commands = 0, group_queries = 0, chunks_written = 0 } = node.status.counters();
      const requests = group_commands + group_queries + chunks_written;
      const partitionRequests = requests - requestsBefore;
      requestsBefore = requests;
      return { s3: meter.take(), partitionRequests, heldBytes, usedBytes, capacityBytes, missingChunks };
    },
  };
}
