/**
 * What one machine's data folder holds. It outlives processes: a process opens it, and when the process is killed the
 * volume falls back to something that was, or may have been, durable at that moment.
 *
 * (D1) What was not durable is lost at a crash, in the order of the writes: some prefix of it may have survived.
 * (D2) Nothing is shared with the writer: bytes are copied on their way in and out.
 */
import { type Random, toHex } from '@crescendo/base';
import type { Identity, IdentityStore } from '../ports.ts';
import type { Machine, Process } from '../world/machine.ts';
import { type DiskConditions, drawFlushMs, FAST_DISK } from './disk-conditions.ts';
import { SimChunkStore } from './sim-chunk-store.ts';
import { SimLogStore } from './sim-log-store.ts';
import { SimStateStore } from './sim-state-store.ts';

export interface OpenVolume {
  readonly log: SimLogStore;
  readonly state: SimStateStore;
  readonly chunks: SimChunkStore;
  readonly identity: IdentityStore;
}

export class Volume {
  conditions: DiskConditions = FAST_DISK;
  /** Poison what reads handed out at the next write, so that nobody keeps it. */
  poisonsReads = false;
  readonly capacityBytes: number;
  readonly random: Random;
  identity: Identity | undefined;
  log: SimLogStore;
  state: SimStateStore;
  chunks: SimChunkStore;
  #process: Process | undefined;

  constructor(machine: Machine, capacityBytes: number) {
    this.random = machine.world.random.fork(`disk ${machine.name}`);
    this.capacityBytes = capacityBytes;
    this.log = new SimLogStore(this);
    this.state = new SimStateStore(this);
    this.chunks = new SimChunkStore(this);
  }

  /** Opens the folder for a process; from then on only this process may use it. A new folder draws an identity. */
  open(process: Process): OpenVolume {
    this.#process = process;
    this.identity ??= { version: 1, nodeId: toHex(this.random.bytes(16)) };
    this.log = this.log.reopen();
    this.state = this.state.reopen();
    this.chunks = this.chunks.reopen();
    process.onEnd(() => this.#crash());
    return { log: this.log, state: this.state, chunks: this.chunks, identity: this.#identityStore() };
  }

  /** A new, empty disk in the machine. Nobody may have it open. */
  wipe(): void {
    this.identity = undefined;
    this.log = new SimLogStore(this);
    this.state = new SimStateStore(this);
    this.chunks = new SimChunkStore(this);
  }

  /** Everything but the identity is gone, and nobody notices. Only who never had a vote may lose so much. */
  empty(): void {
    const { identity } = this;
    this.wipe();
    this.identity = identity;
  }

  /** The applied state was damaged: the folder is opened with an empty one and a whole log. */
  loseState(): void {
    this.state = new SimStateStore(this);
  }

  /** A disk that breaks its word: the log is gone, and nobody notices. */
  forgetLog(): void {
    this.log = new SimLogStore(this);
  }

  /**
   * The log was found damaged: what the folder promised to its groups is not known any more, so the node comes back under a
   * new identity. Its chunks are whole.
   */
  loseLog(newNodeId: string): void {
    const { identity } = this;
    this.log = new SimLogStore(this);
    this.state = new SimStateStore(this);
    if (identity === undefined) return;
    // What it once promised as a founder, it promised as somebody else.
    const { nodeId, clusterId } = identity;
    this.identity = {
      version: 1,
      nodeId: newNodeId,
      replaces: nodeId,
      ...(clusterId === undefined ? {} : { clusterId }),
    };
  }

  /** Calls back in the process that has the folder open, once the disk has done its work. */
  afterFlush(callback: () => void, factor = 1): void {
    this.#process?.later(factor * drawFlushMs(this.conditions, this.random), callback);
  }

  #crash(): void {
    this.log.crash();
    this.state.crash();
    this.chunks.crash();
  }

  #identityStore(): IdentityStore {
    return {
      load: () => (this.identity === undefined ? undefined : structuredClone(this.identity)),
      save: (identity) =>
        new Promise((resolve) => {
          const copy = structuredClone(identity);
          this.afterFlush(() => {
            this.identity = copy;
            resolve();
          });
        }),
    };
  }
}
