import type { Membership } from '@crescendo/raft';
import type { KvReader, KvWriter } from '../ports/state-store.ts';

/** Where a command stands in its group's log. Everything here is the same on every replica. */
export interface LogContext {
  readonly index: number;
  /** Milliseconds since 1970 by the leaders' clocks; never goes back within a log. */
  readonly timestampMs: number;
  /** Who takes part at this entry. */
  readonly membership: Membership;
}

/** What must follow an applied command outside the state. Effects may be repeated after a restart. */
export type GroupEffect =
  | { readonly type: 'chunkRegistered'; readonly name: string; readonly size: number }
  | { readonly type: 'chunkDeleted'; readonly name: string }
  | { readonly type: 'eventQueued'; readonly destination: string }
  | { readonly type: 'systemChanged' };

/** A replicated state machine of one replica: the object layer's for partitions, the system machine for the system group. */
export interface GroupMachine {
  /** Total and deterministic; a throw is a bug and ends the node. */
  apply(
    kv: KvWriter,
    context: LogContext,
    command: unknown,
  ): { readonly result: unknown; readonly effects: readonly GroupEffect[] };
  query(kv: KvReader, query: unknown): unknown;
  /** The state that it is asked about has been put in the place of another: what it remembers does not count any more. */
  replaced?(): void;
  /** False for commands that only free space or settle things: they go on when the disk is full. */
  grows(command: unknown): boolean;
}
