/** The newest picture for the console: collected when somebody looks, once a second at most, however many they are. */
import type { Clock } from '@crescendo/base';
import type { ServiceCaller } from '@crescendo/cloud';
import type { ConsoleView, StoreState } from '@crescendo/console';
import { alarmViews } from './alarm-views.ts';
import { queueViews, stackViews, tableViews } from './cloud-views.ts';
import { groupViews } from './group-views.ts';
import { StoreWatch } from './store-watch.ts';

export interface ViewPorts {
  readonly services: ServiceCaller;
  readonly cluster: () => Promise<StoreState>;
  readonly endpoint: string;
  readonly version: string;
  /** Divides the durations of alarms. */
  readonly speed: number;
  readonly clock: Clock;
}

const KEPT_MS = 900;

export class ViewSource {
  readonly #ports: ViewPorts;
  readonly #store: StoreWatch;
  #last: { readonly atMs: number; readonly view: Promise<ConsoleView> } | undefined;

  constructor(ports: ViewPorts) {
    this.#ports = ports;
    this.#store = new StoreWatch(ports.cluster, ports.clock);
  }

  view(): Promise<ConsoleView> {
    const nowMs = this.#ports.clock.nowMs();
    if (this.#last === undefined || nowMs - this.#last.atMs > KEPT_MS)
      this.#last = { atMs: nowMs, view: this.#collect() };
    return this.#last.view;
  }

  async #collect(): Promise<ConsoleView> {
    const { endpoint, version, services, speed, clock } = this.#ports;
    const takenMs = clock.wallMs();
    const ports = { services, speed, nowMs: takenMs };
    const [store, groups, alarms, queues, tables, stacks] = await Promise.all([
      this.#store.look(),
      groupViews(ports),
      alarmViews(ports),
      queueViews(ports),
      tableViews(ports),
      stackViews(ports),
    ]);
    return { takenMs, endpoint, version, store, groups, alarms, queues, tables, stacks };
  }
}
