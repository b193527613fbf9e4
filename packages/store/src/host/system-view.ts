import { SYSTEM_GROUP } from '../group.ts';
import type { Network, NodeId, PeerAddress } from '../ports/network.ts';
import type { StateStore } from '../ports/state-store.ts';
import { readSystemState } from '../system/records.ts';
import type { Member, SystemState } from '../system/state.ts';
import type { GroupDirectory } from './group-directory.ts';
import type { Codec } from './ports.ts';

/**
 * The newest system state that this node knows: who is a member, where, and which members each partition should have.
 * Members of the system group read it from their replica; the others pull what they lack from whoever greets with a higher
 * version. A copy lies on disk, so that a node that starts alone knows its peers. It may be old: nothing rests on it
 * but hints, targets (which carry generations) and addresses.
 */
export const LOCAL_GROUP = 'local';
const VIEW_KEY = Uint8Array.of(0x10);
const PULL_TIMEOUT_MS = 1_500;

/** Where the copy lies. */
export interface ViewStorage {
  readonly state: StateStore;
  readonly codec: Codec;
}

export interface SystemViewOptions {
  readonly network: Network;
  readonly directory: GroupDirectory;
  readonly storage?: ViewStorage;
  changed(state: SystemState): void;
}

export class SystemView {
  private readonly options: SystemViewOptions;
  private current: SystemState | undefined;
  private pulling = false;

  constructor(options: SystemViewOptions) {
    this.options = options;
    options.network.onRequest('system.state', async () => ({ result: this.current ?? null }));
  }

  /** Takes the copy from the disk. */
  load(): void {
    const { storage } = this.options;
    const bytes = storage?.state.reader(LOCAL_GROUP).get(VIEW_KEY);
    if (bytes !== undefined) this.learn(storage!.codec.decode(bytes) as SystemState);
  }

  get state(): SystemState | undefined {
    return this.current;
  }

  get version(): number {
    return this.current?.version ?? 0;
  }

  member(id: NodeId): Member | undefined {
    return this.current?.members.find((member) => member.id === id);
  }

  /** Reads the replica of the system group on this node. */
  readReplica(store: StateStore): void {
    const state = readSystemState(store.reader(SYSTEM_GROUP));
    if (state !== undefined) this.learn(state);
  }

  /** Takes a state that is newer than the one known, of the same cluster. */
  learn(state: SystemState): boolean {
    if (this.current !== undefined) {
      if (this.current.clusterId !== state.clusterId || this.current.version >= state.version) return false;
    }
    this.current = state;
    this.save(state);
    for (const member of state.members) this.options.network.setAddress(member.id, member.address);
    this.learnDirectory(state);
    this.options.changed(state);
    return true;
  }

  private save(state: SystemState): void {
    const { storage } = this.options;
    storage?.state.write((writer) => writer(LOCAL_GROUP).put(VIEW_KEY, storage.codec.encode(state)));
  }

  private learnDirectory(state: SystemState): void {
    for (const [partition, { reported, founders }] of state.partitions.entries()) {
      const hint =
        reported === undefined
          ? { epoch: 1, members: founders, leader: undefined }
          : {
              epoch: reported.epoch,
              members: [...reported.voters, ...reported.learners],
              leader: reported.leader,
            };
      this.options.directory.learn(String(partition), hint);
    }
    this.options.directory.learn(SYSTEM_GROUP, { epoch: 0, members: state.target.system, leader: undefined });
  }

  /** A peer knows a newer state. */
  async pull(from: NodeId): Promise<void> {
    const { network } = this.options;
    await this.take(() => network.request(from, 'system.state', null, { timeoutMs: PULL_TIMEOUT_MS }));
  }

  /** The same, from an address. */
  async pullAt(address: PeerAddress): Promise<void> {
    const { network } = this.options;
    await this.take(() => network.requestAt(address, 'system.state', null, { timeoutMs: PULL_TIMEOUT_MS }));
  }

  private async take(ask: () => Promise<{ readonly result: unknown }>): Promise<void> {
    if (this.pulling) return;
    this.pulling = true;
    try {
      const { result } = await ask();
      if (result !== null) this.learn(result as SystemState);
    } catch {
      // The next greeting, or the next retry, brings another chance.
    } finally {
      this.pulling = false;
    }
  }
}
