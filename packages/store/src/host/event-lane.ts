import { type Clock, invariant, messageOf, type Random, type Timer } from '@crescendo/base';
import type { GroupId } from '../group.ts';
import { EVENTS_AT_ONCE, type EventSink, type ObjectEvent } from '../ports/event-sink.ts';
import type { GroupReplica } from './group-replica.ts';
import type { StoreEvent } from './ports.ts';

/** How deep a lane looks into one outbox for events of different keys. */
const LOOK = 50;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 10_000;

export interface LaneParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly sink: EventSink;
  report(event: StoreEvent): void;
  /** The replica, while this node leads the group and has applied what was committed before. */
  leading(group: GroupId): GroupReplica | undefined;
  /** Logs that these events were delivered. When that fails they are found again by whoever looks for what was left. */
  settle(replica: GroupReplica, destination: string, indexes: readonly number[]): Promise<unknown>;
}

/** An event on its way, with the outbox that it comes from. */
interface Parcel {
  readonly replica: GroupReplica;
  readonly event: ObjectEvent;
}

/**
 * Delivers what waits for one destination in the partitions that this node leads, in batches over all of them. It does not know what a
 * destination is.
 *
 * (L1) A batch holds a key once: whichever of its events are taken, none overtakes an earlier one of its key.
 * (L2) An event leaves its outbox by an entry of the log alone, after the sink has taken it. Whatever goes wrong before is delivered again.
 * (L3) What was taken and waits for its entry is not sent again meanwhile, and holds up nothing behind it.
 * (L4) After a failure the lane rests, longer each time that nothing was taken; new events do not cut the rest short.
 */
export class EventLane {
  readonly destination: string;
  readonly counters = { delivered: 0, failed: 0 };
  /** Why the last attempt failed; undefined after one that did not. */
  lastFailure: string | undefined;
  private readonly parts: LaneParts;
  private readonly groups = new Set<GroupId>();
  private readonly settling = new Set<string>();
  private running = false;
  private stopped = false;
  private delayMs = 0;
  private timer: Timer | undefined;

  constructor(destination: string, parts: LaneParts) {
    this.destination = destination;
    this.parts = parts;
  }

  /** Something waits in the group's outbox. */
  nudge(group: GroupId): void {
    this.groups.add(group);
    if (!this.running && this.timer === undefined && !this.stopped) void this.run();
  }

  stop(): void {
    this.stopped = true;
    this.timer?.cancel();
  }

  private async run(): Promise<void> {
    this.running = true;
    try {
      await Promise.resolve(); // Whatever was applied at this moment goes together.
      for (let batch = this.gather(); batch.length > 0 && !this.stopped; batch = this.gather()) {
        const taken = await this.deliver(batch);
        if (taken > 0) this.delayMs = 0;
        if (taken < batch.length) return this.rest(); // (L4)
      }
    } finally {
      this.running = false;
    }
  }

  private rest(): void {
    const { clock, random } = this.parts;
    this.delayMs = Math.min(LONGEST_DELAY_MS, Math.max(FIRST_DELAY_MS, 2 * this.delayMs));
    this.timer = clock.setTimer(this.delayMs * (0.5 + random.float() / 2), () => {
      this.timer = undefined;
      if (!this.stopped) void this.run();
    });
  }

  private gather(): Parcel[] {
    const batch: Parcel[] = [];
    for (const group of this.groups) {
      const replica = this.parts.leading(group);
      const found = replica === undefined ? [] : this.first(replica, EVENTS_AT_ONCE - batch.length);
      // Whatever comes later is told of anew.
      if (found.length === 0) this.groups.delete(group);
      batch.push(...found);
      if (batch.length === EVENTS_AT_ONCE) break;
    }
    for (const { replica } of batch) this.turn(replica.group);
    return batch;
  }

  /** Who was served goes behind the others. */
  private turn(group: GroupId): void {
    this.groups.delete(group);
    this.groups.add(group);
  }

  private first(replica: GroupReplica, most: number): Parcel[] {
    const query = { type: 'waitingEvents', destination: this.destination, limit: LOOK + this.settling.size };
    const { events } = replica.machine.query(replica.kv, query) as { events: readonly ObjectEvent[] };
    const keys = new Set<string>();
    const found: Parcel[] = [];
    for (const event of events) {
      const key = `${event.bucket}/${event.key}`;
      if (found.length === most) break;
      if (this.settling.has(nameOf({ replica, event })) || keys.has(key)) continue; // (L3) (L1)
      keys.add(key);
      found.push({ replica, event });
    }
    return found;
  }

  /** Gives how many were taken. */
  private async deliver(batch: readonly Parcel[]): Promise<number> {
    const events = batch.map(({ event }) => event);
    let outcomes: readonly (string | undefined)[];
    try {
      outcomes = await this.parts.sink.deliver(this.destination, events);
    } catch (cause) {
      outcomes = batch.map(() => messageOf(cause));
    }
    invariant(outcomes.length === batch.length, 'a sink tells of every event');
    const taken = batch.filter((_, i) => outcomes[i] === undefined);
    this.settle(taken);
    const failed = batch.length - taken.length;
    this.counters.delivered += taken.length;
    this.counters.failed += failed;
    this.tell(outcomes.find((reason) => reason !== undefined));
    return taken.length;
  }

  /** (L2) */
  private settle(taken: readonly Parcel[]): void {
    for (const parcel of taken) this.settling.add(nameOf(parcel));
    const replicas = new Set(taken.map(({ replica }) => replica));
    for (const replica of replicas) {
      const own = taken.filter((parcel) => parcel.replica === replica);
      void this.settleOne(replica, own);
    }
  }

  private async settleOne(replica: GroupReplica, parcels: readonly Parcel[]): Promise<void> {
    const indexes = parcels.map(({ event }) => event.index);
    await this.parts.settle(replica, this.destination, indexes);
    for (const parcel of parcels) this.settling.delete(nameOf(parcel));
  }

  /** Once when deliveries begin to fail, and once when they succeed again. */
  private tell(failure: string | undefined): void {
    const before = this.lastFailure;
    this.lastFailure = failure;
    const { destination } = this;
    if (failure !== undefined && before === undefined) {
      this.parts.report({ level: 'warn', event: 'events wait', detail: { destination, reason: failure } });
    }
    if (failure === undefined && before !== undefined) {
      this.parts.report({ level: 'info', event: 'events are delivered again', detail: { destination } });
    }
  }
}

function nameOf({ replica, event }: Parcel): string {
  return `${replica.group}/${event.index}`;
}
