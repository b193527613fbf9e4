/** What the operations of SQS work with. */
import type { Clock, Random } from '@crescendo/base';
import type { Place } from '../queue-record.ts';
import type { MessageStore } from './message-store.ts';
import type { MoveTasks } from './move-tasks.ts';
import type { QueueRegistry } from './queue-registry.ts';

export interface Engine {
  readonly place: Place;
  readonly clock: Clock;
  readonly random: Random;
  readonly queues: QueueRegistry;
  /** Throws before the start. */
  readonly store: MessageStore;
  readonly moves: MoveTasks;
  /** Of one queue. */
  readonly maxInFlight: number;
  /** False once the cloud comes to its end. */
  readonly mayWait: boolean;
  /** Of the endpoint, in front of `/ACCOUNT/NAME`. */
  readonly endpoint: () => string;
}

/** In the form of a UUID, version 4. */
export function newMessageId(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return [8, 12, 16, 20, 32].map((end, i, ends) => hex.slice(ends[i - 1] ?? 0, end)).join('-');
}
