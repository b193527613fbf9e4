import type { FleetView } from '@crescendo/node';
import type { GuardedStore } from './lifecycle/guardian.ts';

/** The store as the guardian sees it, through this instance's node. */
export function guardedStore(fleet: FleetView): GuardedStore {
  return {
    leadsSystem: () => fleet.leadsSystem(),
    cluster: async () => {
      const { nodes, replication } = await fleet.cluster();
      return {
        nodes: nodes.map(({ advertised, state }) => ({ instanceId: advertised.instance, state })),
        isWhole: replication.underReplicatedPartitions === 0 && replication.movingPartitions === 0,
      };
    },
    drainable: (accepts) => fleet.drainable(accepts),
  };
}
