import type { Clock, Random } from '@crescendo/base';
import { SYSTEM_GROUP } from '../group.ts';
import { createObjectStore } from '../objects/gateway/create-object-store.ts';
import type { GatewayLimits } from '../objects/gateway/options.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { Network, PeerAddress } from '../ports/network.ts';
import type { SystemResult } from '../system/command.ts';
import { GroupDirectory } from './group-directory.ts';
import { everyTick } from './group-host.ts';
import { GroupRouter } from './group-router.ts';
import { type ClusterStatus, clusterStatus } from './status-service.ts';
import { SystemView } from './system-view.ts';

/**
 * A door without a disk: it knows the members and asks them. Any number of fronts may stand before a cluster; they keep
 * nothing, so they may come and go.
 */
export interface StoreFrontPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  sha1(bytes: Uint8Array): Uint8Array;
}

export interface StoreFrontOptions {
  /** Some peers; the rest is learnt from them. Asked for again at each attempt, since nodes come and go. */
  readonly contacts: () => readonly PeerAddress[];
  readonly deadlineMs: number;
  readonly gateway?: Partial<GatewayLimits>;
}

const PULL_PERIOD_MS = 1_000;

export class StoreFront {
  readonly store: ObjectStore;
  readonly router: GroupRouter;
  private readonly ports: StoreFrontPorts;
  private readonly view: SystemView;
  private readonly timer: { cancel(): void };
  private readonly contacts: () => readonly PeerAddress[];

  constructor(ports: StoreFrontPorts, options: StoreFrontOptions) {
    this.ports = ports;
    this.contacts = options.contacts;
    const directory = new GroupDirectory();
    this.view = new SystemView({
      network: ports.network,
      directory,
      changed: () => undefined,
    });
    this.router = new GroupRouter({
      network: ports.network,
      clock: ports.clock,
      random: ports.random,
      directory,
      sha1: (bytes) => ports.sha1(bytes),
      partitionCount: () => this.view.state?.partitionCount ?? 1,
      refresh: () => void this.pull(),
      deadlineMs: options.deadlineMs,
    });
    this.store = createObjectStore({
      router: this.router,
      random: ports.random,
      clock: ports.clock,
      limits: options.gateway ?? {},
    });
    this.timer = everyTick(ports.clock, PULL_PERIOD_MS, () => void this.pull());
    void this.pull();
  }

  status(): Promise<ClusterStatus> {
    return clusterStatus(this.ports, this.router);
  }

  async drain(node: string): Promise<SystemResult> {
    return (await this.router.executeOn(SYSTEM_GROUP, { type: 'beginLeave', member: node })) as SystemResult;
  }

  async cancelDrain(node: string): Promise<SystemResult> {
    return (await this.router.executeOn(SYSTEM_GROUP, { type: 'cancelLeave', member: node })) as SystemResult;
  }

  stop(): void {
    this.timer.cancel();
  }

  /** From a member that has answered lately; while no member is known, from an address that was given. */
  private async pull(): Promise<void> {
    const { random } = this.ports;
    const members = this.view.state?.members.filter(({ state }) => state !== 'out') ?? [];
    const alive = members.filter(({ id }) => this.router.answers(id));
    if (alive.length > 0) await this.view.pull(random.pick(alive).id);
    else await this.view.pullAt(random.pick([...this.contacts(), ...members.map(({ address }) => address)]));
  }
}
