/**
 * The service that holds the queues which events go to, outside of the simulated store: always there in truth, and for the store as
 * unreliable as a network makes it. Until it heals it is away now and then, refuses single events, answers late or never, and takes
 * requests whose sender has long given up.
 *
 * It draws from the seed by itself, so that histories without events do not change.
 */
import { Failure, type Random, seededRandom } from '@crescendo/base';
import type { EventSink, ObjectEvent } from '../ports.ts';
import type { Process } from '../world/machine.ts';
import type { World } from '../world/world.ts';

export interface Delivery {
  readonly destination: string;
  readonly event: ObjectEvent;
}

const REQUEST_LIMIT_MS = 3_000;
const LATEST_ARRIVAL_MS = 8_000;
const LONGEST_OUTAGE_MS = 12_000;
/** Apart from the streams of the world, which come from the bare seed. */
const OWN_STREAM = 0x5151;

export class SimQueue {
  /** In the order in which they came. */
  readonly deliveries: Delivery[] = [];
  readonly #random: Random;
  #isAway = false;
  #isHealed = false;

  constructor(seed: number) {
    this.#random = seededRandom(seed * 65_537 + OWN_STREAM);
  }

  /** From now on it comes and goes. */
  begin(world: World): void {
    if (this.#isHealed) return;
    world.at(this.#random.float() * LONGEST_OUTAGE_MS, () => {
      this.#isAway = !this.#isHealed && this.#random.chance(0.5);
      if (this.#isAway) world.note('queue', 'is away');
      this.begin(world);
    });
  }

  heal(): void {
    this.#isHealed = true;
    this.#isAway = false;
  }

  /** The way of one process to the service. */
  sinkFor(process: Process): EventSink {
    return {
      deliver: (destination, events) =>
        new Promise((resolve, reject) => {
          const timeout = new Failure('Timeout', 'the queue does not answer');
          process.setTimer(REQUEST_LIMIT_MS, () => reject(timeout));
          const copies = structuredClone(events);
          process.machine.world.at(this.#delayMs(), () => {
            const outcomes = this.#take(destination, copies);
            if (this.#goesWrong(0.05)) return;
            process.later(this.#delayMs(), () => {
              if (outcomes === undefined) reject(new Failure('Unreachable', 'the queue is away'));
              else resolve(outcomes);
            });
          });
        }),
    };
  }

  #take(destination: string, events: readonly ObjectEvent[]): (string | undefined)[] | undefined {
    if (this.#isAway) return undefined;
    return events.map((event) => {
      if (this.#goesWrong(0.1)) return 'not now';
      this.deliveries.push({ destination, event });
      return undefined;
    });
  }

  #delayMs(): number {
    return this.#goesWrong(0.03) ? this.#random.float() * LATEST_ARRIVAL_MS : 1 + this.#random.float() * 20;
  }

  #goesWrong(probability: number): boolean {
    return !this.#isHealed && this.#random.chance(probability);
  }
}
