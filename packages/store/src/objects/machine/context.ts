import type { Membership } from '@crescendo/raft';
import type { KvWriter } from '../../ports/state-store.ts';
import type { BucketMemory } from '../state/bucket-memory.ts';
import type { CounterChange } from '../state/counters.ts';

/** Where a command stands in its partition's log. Everything here is the same on every replica. */
export interface ApplyContext {
  /** Index of the entry: each entry holds one command, so this names what the command makes. */
  readonly index: number;
  /** Milliseconds since 1970 by the leaders' clocks; never goes back within a log. */
  readonly timestampMs: number;
  readonly partition: number;
  readonly partitionCount: number;
  /** Who takes part in the partition at this entry. */
  readonly membership: Membership;
}

/** What the host has to know of an applied command: chunk bytes lie outside the map, and so does who is told of events. */
export type ApplyEffect =
  | { readonly type: 'chunkRegistered'; readonly name: string; readonly size: number }
  | { readonly type: 'chunkDeleted'; readonly name: string }
  | { readonly type: 'eventQueued'; readonly destination: string };

/** One command being applied. A command that is refused has written nothing that matters. */
export interface Application {
  readonly kv: KvWriter;
  readonly context: ApplyContext;
  readonly effects: ApplyEffect[];
  /** What is known of buckets: a mirror of the map, never anything else. */
  readonly buckets: BucketMemory;
  /** Goes into the counters when the command is through. */
  readonly counted: CounterChange;
  /** Garbage entries queued by this command so far. */
  garbageCount: number;
}
