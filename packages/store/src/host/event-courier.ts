import { toHex } from '@crescendo/base';
import type { GroupId } from '../group.ts';
import { SYSTEM_GROUP } from '../group.ts';
import { MAXIMUM_BATCH } from '../objects/limits.ts';
import type { Outbox } from '../objects/query.ts';
import type { ObjectEvent } from '../ports/event-sink.ts';
import { type EventBacklog, sumBacklogs } from './event-backlog.ts';
import { EventLane, type LaneParts } from './event-lane.ts';
import type { GroupHost } from './group-host.ts';
import type { GroupReplica } from './group-replica.ts';
import { Pacer } from './pacer.ts';
import type { StoreNodePorts } from './ports.ts';

export interface EventLimits {
  /** Events that may wait for one destination in one partition: beyond it the oldest are given up. */
  readonly waiting: number;
  /** Nothing waits longer than this. */
  readonly ageMs: number;
}

/** 14 days are what a queue keeps a message at most; a million bytes hold some 4,000 events. */
export const DEFAULT_EVENT_LIMITS: EventLimits = { waiting: 100_000, ageMs: 14 * 24 * 3_600_000 };

/** A little later than the groups change hands: many may do so at once. */
const LOOK_DELAY_MS = 500;
const REQUEST_ID_BYTES = 16;

/**
 * Delivers the events of the partitions that this node leads: one lane a destination, so that a dead one holds up no other. Without a sink
 * everything waits.
 *
 * (C1) Only a leader that knows the past delivers, so that what is acknowledged is seldom delivered again.
 * (C2) The limits are the leader's to keep, by entries of the log: no replica decides by itself that an event is gone.
 */
export class EventCourier {
  readonly counters = { givenUp: 0 };
  private readonly ports: StoreNodePorts;
  private readonly host: GroupHost;
  private readonly limits: EventLimits;
  private readonly lanes = new Map<string, EventLane>();
  private readonly parts: LaneParts | undefined;
  private readonly pacer: Pacer;
  private stopped = false;

  constructor(ports: StoreNodePorts, host: GroupHost, limits: EventLimits) {
    this.ports = ports;
    this.host = host;
    this.limits = limits;
    this.pacer = new Pacer(ports, () => this.round());
    const { clock, random, events: sink } = ports;
    if (sink === undefined) return;
    this.parts = {
      ...{ clock, random, sink },
      report: (event) => ports.report(event),
      leading: (group) => this.leading(group),
      settle: (replica, destination, indexes) => this.settle(replica, destination, indexes),
    };
  }

  /** A write was applied that is to be told. */
  queued(replica: GroupReplica, destination: string): void {
    if (this.host.leads(replica.group)) this.lane(destination)?.nudge(replica.group);
  }

  start(periodMs: number): void {
    this.pacer.start(periodMs);
  }

  /** This node leads another group: its predecessor may have left something. */
  lookSoon(): void {
    this.pacer.nudge(LOOK_DELAY_MS);
  }

  /** Looks into every outbox: for what an earlier leader left, and for what has waited too long. */
  private async round(): Promise<void> {
    for (const group of [...this.host.replicas.keys()]) {
      const replica = this.leading(group);
      if (replica === undefined) continue;
      for (const outbox of outboxesOf(replica)) {
        await this.giveUp(replica, outbox); // (C2)
        this.lane(outbox.destination)?.nudge(group);
      }
    }
  }

  /** Of the partitions that this node leads, by destination. */
  backlog(): EventBacklog[] {
    const outboxes = [...this.host.replicas.keys()].flatMap((group) => {
      const replica = this.leading(group);
      return replica === undefined ? [] : outboxesOf(replica);
    });
    return sumBacklogs(
      outboxes.map((outbox) => {
        const failure = this.lanes.get(outbox.destination)?.lastFailure;
        return failure === undefined ? outbox : { ...outbox, failure };
      }),
    );
  }

  delivered(): { readonly delivered: number; readonly failed: number } {
    let [delivered, failed] = [0, 0];
    for (const { counters } of this.lanes.values()) {
      delivered += counters.delivered;
      failed += counters.failed;
    }
    return { delivered, failed };
  }

  stop(): void {
    this.stopped = true;
    this.pacer.stop();
    for (const lane of this.lanes.values()) lane.stop();
  }

  private lane(destination: string): EventLane | undefined {
    if (this.parts === undefined || this.stopped) return undefined;
    const known = this.lanes.get(destination);
    if (known !== undefined) return known;
    const lane = new EventLane(destination, this.parts);
    this.lanes.set(destination, lane);
    return lane;
  }

  /** (C1) */
  private leading(group: GroupId): GroupReplica | undefined {
    const replica = this.host.replicas.get(group);
    return group !== SYSTEM_GROUP && replica?.knowsThePast === true ? replica : undefined;
  }

  private async settle(
    replica: GroupReplica,
    destination: string,
    indexes: readonly number[],
  ): Promise<boolean> {
    const command = { type: 'settleEvents', destination, indexes };
    const id = toHex(this.ports.random.bytes(REQUEST_ID_BYTES));
    const outcome = await replica.execute(id, command, this.ports.clock.wallMs());
    return outcome.ok;
  }

  private async giveUp(replica: GroupReplica, { destination, waiting, oldestMs }: Outbox): Promise<void> {
    const surplus = Math.max(0, waiting - this.limits.waiting);
    const beforeMs = this.ports.clock.wallMs() - this.limits.ageMs;
    if (surplus === 0 && oldestMs >= beforeMs) return;
    const query = { type: 'waitingEvents', destination, limit: MAXIMUM_BATCH };
    const { events } = replica.machine.query(replica.kv, query) as { events: readonly ObjectEvent[] };
    const lost = events.filter(({ timeMs }, i) => i < surplus || timeMs < beforeMs);
    const indexes = lost.map(({ index }) => index);
    if (!(await this.settle(replica, destination, indexes))) return;
    this.counters.givenUp += lost.length;
    const detail = { destination, events: lost.length, waiting };
    this.ports.report({ level: 'error', event: 'events were given up', detail });
  }
}

function outboxesOf(replica: GroupReplica): readonly Outbox[] {
  return (replica.machine.query(replica.kv, { type: 'outboxes' }) as { outboxes: readonly Outbox[] })
    .outboxes;
}
