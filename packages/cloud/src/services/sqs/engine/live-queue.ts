/** A queue as it runs: its record, who waits for messages, and what happens. */
import type { Timer } from '@crescendo/base';
import { isFifo, type QueueRecord } from '../queue-record.ts';
import type { Delivery } from './receive-messages.ts';
import { Traffic } from './traffic.ts';

/** A receive that waits for a message. */
export interface Waiter {
  /** What it can have now; empty while there is nothing. */
  readonly take: () => readonly Delivery[];
  readonly answer: (deliveries: readonly Delivery[]) => void;
}

export class LiveQueue {
  readonly number: number;
  readonly name: string;
  readonly isFifo: boolean;
  record: QueueRecord;
  /** The one that has waited longest in front. */
  readonly waiters = new Set<Waiter>();
  /** Of the next message that becomes ready by itself, while somebody waits. */
  timer: Timer | undefined;
  readonly traffic = new Traffic();
  /** When an operation last named it. */
  usedMs: number;

  constructor(record: QueueRecord, nowMs: number) {
    this.record = record;
    this.number = record.number;
    this.name = record.name;
    this.isFifo = isFifo(record);
    this.usedMs = nowMs;
  }
}
