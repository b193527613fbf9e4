import type { Random } from '@crescendo/base';
import type { RingStatus } from '@crescendo/ring';
import type { OpenVolume } from '../disk/volume.ts';
import type { ProcessNetwork } from '../network/process-network.ts';
import type { ObjectStore } from '../ports.ts';
import type { Process } from '../world/machine.ts';

/** A started node, as far as the simulator uses it. */
export interface RunningNode {
  readonly store: ObjectStore;
  /** SIGTERM: hands leadership on, flushes and ends. */
  stop(): Promise<void>;
  /** Where the node stands on the ring, if it has one. */
  ring?(): RingStatus | undefined;
  /** Asks that the node leaves for good. */
  drain?(): Promise<DrainOutcome>;
  /** Why no node may leave now, in the eyes of this one; undefined when one may. */
  drainRefusal?(): string | undefined;
  /** Resolves when the node has left and may be switched off. */
  readonly left?: Promise<void>;
}

export type DrainOutcome = { readonly kind: 'begun' } | { readonly kind: 'refused'; readonly reason: string };

/** The node on this disk has left the cluster: it must not be started again. */
export class HasLeft extends Error {}

export interface LaunchContext {
  readonly name: string;
  readonly process: Process;
  readonly network: ProcessNetwork;
  readonly volume: OpenVolume;
  readonly random: Random;
  readonly founders: readonly string[];
  readonly contacts: readonly string[];
  note(what: string): void;
  /** The node can't go on; nothing in a simulated world is a reason for that. */
  failed(cause: unknown): void;
}

/** Starts a node in its process. The promise stays open when the process dies first. */
export type Launch = (context: LaunchContext) => Promise<RunningNode>;
