import { SYSTEM_GROUP } from '../group.ts';
import { maintainPartition } from '../objects/maintenance/maintain-partition.ts';
import type { ChunkKeeper } from './chunk-keeper.ts';
import type { GroupHost } from './group-host.ts';
import type { GroupRouter } from './group-router.ts';
import type { StoreNodePorts } from './ports.ts';
import type { StoreNodeOptions } from './store-node-options.ts';

/**
 * What the leader of a partition does for it now and then: sweeps garbage and chunks that nothing refers to, and takes up deletions of
 * buckets whose coordinator died. Each step can be repeated by anybody at any time.
 */
export class Maintenance {
  private readonly ports: StoreNodePorts;
  private readonly host: GroupHost;
  private readonly router: GroupRouter;
  private readonly options: StoreNodeOptions;
  private running = false;
  readonly counters = { rounds: 0 };

  constructor(ports: StoreNodePorts, host: GroupHost, router: GroupRouter, _chunks: ChunkKeeper, options: StoreNodeOptions) {
    this.ports = ports;
    this.host = host;
    this.router = router;
    this.options = options;
  }

  async round(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      for (const group of [...this.host.replicas.keys()]) {
        if (group === SYSTEM_GROUP || !this.host.leads(group)) continue;
        const partition = Number(group);
        await maintainPartition(this.router, partition, this.options.sweep, this.ports.clock.wallMs());
      }
      this.counters.rounds++;
    } finally {
      this.running = false;
    }
  }
}

