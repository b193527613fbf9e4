import type { Membership } from '@crescendo/raft';
import type { KvReader, KvWriter } from '../ports/state-store.ts';
import type { Codec } from './ports.ts';

/** How far a group's applied state has come. It lies in that state, so both change in one transaction. */
export interface ReplicaMeta {
  readonly index: number;
  readonly term: number;
  readonly membership: Membership;
  /** Newest timestamp applied, milliseconds since 1970. */
  readonly at: number;
  /** Newest target that a leader of the group has acted on; absent before the first one. */
  readonly generation?: number;
}

export const META_KEY = Uint8Array.of(0x00, 0x01);

export function readMeta(kv: KvReader, codec: Codec): ReplicaMeta | undefined {
  const bytes = kv.get(META_KEY);
  return bytes === undefined ? undefined : (codec.decode(bytes) as ReplicaMeta);
}

export function writeMeta(kv: KvWriter, codec: Codec, meta: ReplicaMeta): void {
  kv.put(META_KEY, codec.encode({ v: 1, ...meta }));
}
