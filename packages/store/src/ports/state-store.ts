import type { GroupId } from '../group.ts';

export interface KvPair {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface KvRange {
  /** Inclusive. */
  readonly start: Uint8Array;
  /** Exclusive. */
  readonly end: Uint8Array;
  readonly reverse?: boolean;
  readonly limit?: number;
}

/**
 * An ordered map of byte strings (keys up to 1,400 bytes, unsigned lexicographic order). What `get` and `range` hand out is
 * valid until the next write and must not be changed.
 */
export interface KvReader {
  get(key: Uint8Array): Uint8Array | undefined;
  range(range: KvRange): Iterable<KvPair>;
}

export interface KvWriter extends KvReader {
  put(key: Uint8Array, value: Uint8Array): void;
  remove(key: Uint8Array): void;
}

/** A frozen view of one group's map, for streaming it to a peer. Must be closed. */
export interface StateSnapshot extends KvReader {
  close(): void;
}

/**
 * The applied state of all groups of a node: one ordered map a group. Everything is synchronous; durability
 * comes later, in the order of the writes, so a crash leaves the state as it was after some earlier write.
 */
export interface StateStore {
  groups(): Iterable<GroupId>;
  reader(group: GroupId): KvReader;
  /** Runs `work` as one atomic write. When it throws, nothing has changed. */
  write<T>(work: (writer: (group: GroupId) => KvWriter) => T): T;
  /** Resolves when everything written before the call is durable. */
  flush(): Promise<void>;
  snapshot(group: GroupId): StateSnapshot;
  /** Removes the group's whole map. */
  clear(group: GroupId): void;
  /** Puts `from`'s map in place of `to`'s in one atomic step, whatever their sizes; `from` is gone afterwards. */
  rename(from: GroupId, to: GroupId): void;
  bytes(): number;
  /** Bytes of writes that are not durable yet and are held in memory; absent where nothing is held. */
  pendingBytes?(): number;
  close(): Promise<void>;
}
