/** Notifications in a history: puts rules, changes where they lead while writes go on, and judges what the queue was told. */
import { Failure } from '@crescendo/base';
import { ask, viewStore } from '../checkers/group-view.ts';
import { checkTold, findUntold, type Route, type ToldHistory } from '../checkers/told-events.ts';
import { SYSTEM_GROUP } from '../ports.ts';
import type { World } from '../world/world.ts';
import type { Cluster, SimNode } from './cluster.ts';
import type { Operation } from './operation.ts';
import type { SimQueue } from './sim-queue.ts';

const RETRY_MS = 500;
const SHORTEST_PAUSE_MS = 3_000;
const LONGEST_PAUSE_MS = 10_000;

export class EventWatch {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #queue: SimQueue;
  readonly #bucket: string;
  readonly #routes: Route[] = [];
  #isOver = false;

  constructor(world: World, cluster: Cluster, queue: SimQueue, bucket: string) {
    this.#world = world;
    this.#cluster = cluster;
    this.#queue = queue;
    this.#bucket = bucket;
  }

  /** Resolves once the first rules are in force. */
  async begin(): Promise<void> {
    const isCertain = await this.#put(0);
    for (let done = isCertain; !done; done = await this.#put(0)) await this.#world.sleep(RETRY_MS);
    this.#queue.begin(this.#world);
    if (isCertain) this.#reroute().catch((error: unknown) => this.#world.fail(error));
  }

  end(): void {
    this.#isOver = true;
    this.#queue.heal();
  }

  /** What is not told, or told and not settled. */
  untold(operations: readonly Operation[]): string | undefined {
    const view = viewStore(this.#cluster);
    if (typeof view === 'string') return view;
    for (const group of view.groups) {
      const answer = group.group === SYSTEM_GROUP ? undefined : ask(group, { type: 'outboxes' });
      const [outbox] = answer?.ok === true ? answer.outboxes : [];
      if (outbox !== undefined) {
        return `${outbox.waiting} events wait for ${outbox.destination} in partition ${group.group}`;
      }
    }
    return findUntold(this.#history(operations));
  }

  violations(operations: readonly Operation[]): string[] {
    return checkTold(this.#history(operations));
  }

  counts(): Record<string, number> {
    return { told: this.#queue.deliveries.length, routes: this.#routes.length };
  }

  #history(operations: readonly Operation[]): ToldHistory {
    const { deliveries } = this.#queue;
    return { bucket: this.#bucket, operations, deliveries, routes: this.#routes };
  }

  /** Until one try has no certain end: it may come into force at any later time. */
  async #reroute(): Promise<void> {
    for (let number = 1; ; number++) {
      const random = this.#world.random;
      await this.#world.sleep(SHORTEST_PAUSE_MS + random.float() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS));
      if (this.#isOver || !(await this.#put(number))) return;
    }
  }

  #put(number: number): Promise<boolean> {
    const destination = `queue-${number}`;
    const known = this.#routes.find((route) => route.destination === destination);
    const route = known ?? { destination, startMs: this.#world.nowMs, endMs: Number.POSITIVE_INFINITY };
    if (known === undefined) this.#routes.push(route);
    const nodes = this.#cluster.serving();
    if (nodes.length === 0) return Promise.resolve(false);
    return this.#call(this.#world.random.pick(nodes), route);
  }

  #call({ machine, running }: SimNode, route: Route): Promise<boolean> {
    const { process } = machine;
    const { destination } = route;
    return new Promise((resolve) => {
      if (process === undefined || running === undefined) return resolve(false);
      process.onEnd(() => resolve(false));
      const rule = { id: destination, destination, events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] };
      process.enter(() => {
        running.store.putEventRules(this.#bucket, [rule]).then(
          () => {
            route.endMs = this.#world.nowMs;
            this.#world.note('events', `go to ${destination}`);
            resolve(true);
          },
          (error: unknown) => {
            if (!(error instanceof Failure)) this.#world.fail(error);
            resolve(false);
          },
        );
      });
    });
  }
}
