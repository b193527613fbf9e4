import type { Clock, Random } from '@crescendo/base';
import type { ChunkStore } from '../ports/chunk-store.ts';
import type { EventSink } from '../ports/event-sink.ts';
import type { IdentityStore } from '../ports/identity-store.ts';
import type { LogStore } from '../ports/log-store.ts';
import type { Network } from '../ports/network.ts';
import type { StateStore } from '../ports/state-store.ts';

/** Plain data to bytes and back; what one version writes the next one reads. */
export interface Codec {
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

/** Something that an operator may want to know. Never holds a secret or a user's data. */
export interface StoreEvent {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Everything that a store node needs of the world around it. */
export interface StoreNodePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly log: LogStore;
  readonly state: StateStore;
  readonly chunks: ChunkStore;
  readonly identity: IdentityStore;
  /** Where events go; without it they wait. */
  readonly events?: EventSink;
  readonly codec: Codec;
  sha1(bytes: Uint8Array): Uint8Array;
  /**
   * Runs `work` soon, once what has already arrived has been taken in: whatever comes with it shares messages, flushes and rounds of reads.
   * Default: after the callbacks of the moment.
   */
  nextTurn?(work: () => void): void;
  report(event: StoreEvent): void;
}
