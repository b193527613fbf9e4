import type { ObjectStore } from '@crescendo/store';
import type { BodyReading } from './request-body.ts';

/** What the handlers of operations work with. */
export interface DoorContext {
  readonly store: ObjectStore;
  /** The region that answers name. */
  readonly region: string;
  readonly reading: BodyReading;
  /** After so long an operation that copies or joins begins its answer, see `patient-reply.ts`. */
  readonly patienceMs: number;
}
