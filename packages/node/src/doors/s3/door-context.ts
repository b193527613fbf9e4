import type { ObjectStore } from '@crescendo/store';
import type { SqsQueues } from '../../events/sqs-queues.ts';
import type { BodyReading } from './request-body.ts';

/** What the handlers of operations work with. */
export interface DoorContext {
  readonly store: ObjectStore;
  /** The way to queues, where there is one. */
  readonly queues?: Pick<SqsQueues, 'send'>;
  /** The region that answers name. */
  readonly region: string;
  readonly reading: BodyReading;
  /** After so long an operation that copies or joins begins its answer, see `patient-reply.ts`. */
  readonly patienceMs: number;
}
