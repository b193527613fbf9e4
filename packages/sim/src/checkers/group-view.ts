/**
 * The store's groups as they lie on the disks of all nodes, running or not: who is in a group, who has applied how much, which
 * chunks it has registered. Reads the stored formats through the store's own readers; trusts no node's word.
 */
import type { Membership } from '@crescendo/raft';
import { readMeta } from '../../../store/src/host/replica-meta.ts';
import { answerQuery } from '../../../store/src/objects/machine/answer.ts';
import type { ChunkInfo, Query, QueryResult } from '../../../store/src/objects/query.ts';
import { readSystemState } from '../../../store/src/system/records.ts';
import type { SystemState } from '../../../store/src/system/state.ts';
import type { Volume } from '../disk/volume.ts';
import { messagePackCodec } from '../network/wire-codec.ts';
import { type GroupId, type KvReader, SYSTEM_GROUP } from '../ports.ts';
import type { Cluster, SimNode } from '../store/cluster.ts';

const codec = messagePackCodec();

/** Index of the newest applied entry; undefined when the volume holds no whole state of the group. */
export function appliedIndex(volume: Volume, group: GroupId): number | undefined {
  // A state that is still being taken from a peer lies beside the group under another name.
  if (group.includes('+')) return undefined;
  return readMeta(volume.state.reader(group), codec)?.index;
}

export interface GroupView {
  readonly group: GroupId;
  readonly applied: number;
  readonly membership: Membership;
  /** The newest state of the group on any disk. */
  readonly kv: KvReader;
}

export function viewGroup(nodes: readonly SimNode[], group: GroupId): GroupView | undefined {
  let newest: GroupView | undefined;
  for (const { volume } of nodes) {
    const kv = volume.state.reader(group);
    const meta = readMeta(kv, codec);
    if (meta === undefined || meta.index <= (newest?.applied ?? -1)) continue;
    newest = { group, applied: meta.index, membership: meta.membership, kv };
  }
  return newest;
}

export interface StoreView {
  readonly system: SystemState;
  readonly groups: readonly GroupView[];
  /** By node id: the lasting nodes. */
  readonly holders: ReadonlyMap<string, SimNode>;
}

/** undefined, with the reason, while there is no whole store. */
export function viewStore(cluster: Cluster): StoreView | string {
  const nodes = cluster.lasting();
  const systemView = viewGroup(nodes, SYSTEM_GROUP);
  const system = systemView && readSystemState(systemView.kv);
  if (systemView === undefined || system === undefined) return 'the system group has no state';
  const groups = [systemView];
  for (let partition = 0; partition < system.partitionCount; partition++) {
    const view = viewGroup(nodes, String(partition));
    if (view === undefined) return `partition ${partition} has no state`;
    groups.push(view);
  }
  const holders = new Map(
    nodes.flatMap((node) =>
      node.volume.identity === undefined ? [] : [[node.volume.identity.nodeId, node]],
    ),
  );
  return { system, groups, holders };
}

/** Asks a partition's newest state, as its leader would. */
export function ask<Q extends Query>({ kv }: GroupView, query: Q): QueryResult<Q> {
  return answerQuery(kv, query);
}

export function registeredChunks(group: GroupView): ChunkInfo[] {
  if (group.group === SYSTEM_GROUP) return [];
  const chunks: ChunkInfo[] = [];
  for (let after = ''; ; ) {
    const page = ask(group, { type: 'chunkPage', after, limit: 1000 });
    if (!page.ok) throw new Error(`partition ${group.group} does not list its chunks: ${page.message}`);
    chunks.push(...page.chunks);
    if (!page.truncated) return chunks;
    after = page.chunks.at(-1)!.name;
  }
}
