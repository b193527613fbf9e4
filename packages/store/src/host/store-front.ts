import { type Clock, type Random, sleep } from '@crescendo/base';
import { SYSTEM_GROUP } from '../group.ts';
import { createObjectStore } from '../objects/gateway/create-object-store.ts';
import type { GatewayLimits } from '../objects/gateway/options.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { StoreFailure } from '../objects/store-failure.ts';
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
const FIND_PAUSE_MS = 50;

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
      partitionCount: () => this.partitionCount(),
      refresh: () => void this.pull(),
      deadlineMs: options.deadlineMs,
    });
    const store = createObjectStore({
      router: this.router,
      random: ports.random,
      clock: ports.clock,
      limits: options.gateway ?? {},
    });
    this.store = afterwards(store, () =>
      this.view.state === undefined ? this.findCluster(options.deadlineMs) : undefined,
    );
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

  /** Where a name lies rests on it: a guess would ask the wrong partition, which says with good reason that it has nothing. */
  private partitionCount(): number {
    const { state } = this.view;
    if (state === undefined) throw notFound();
    return state.partitionCount;
  }

  /** [H20] */
  private async findCluster(patienceMs: number): Promise<void> {
    const { clock } = this.ports;
    const untilMs = clock.nowMs() + patienceMs;
    for (;;) {
      await this.pull();
      if (this.view.state !== undefined) return;
      if (clock.nowMs() >= untilMs) throw notFound();
      await sleep(clock, FIND_PAUSE_MS);
    }
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

function notFound(): StoreFailure {
  return new StoreFailure('Unavailable', 'No node of the store has been found yet; try again.', {
    retryable: true,
  });
}

/** The same store, whose every call waits first for what `before` gives, where it gives something. */
function afterwards(store: ObjectStore, before: () => Promise<void> | undefined): ObjectStore {
  const methods = Object.entries(store).map(([name, method]: [string, (...all: never[]) => unknown]) => [
    name,
    (...parameters: never[]) => {
      const waiting = before();
      return waiting === undefined ? method(...parameters) : waiting.then(() => method(...parameters));
    },
  ]);
  return Object.fromEntries(methods) as ObjectStore;
}
