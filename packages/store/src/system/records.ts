/**
 * How the system group's state lies in its ordered map: one record for the head, one a member, one a partition, so a change writes only
 * what it touches. Records are JSON. Keys begin with a byte >= 0x10; what is below belongs to the host.
 */
import { compareBytes, concatBytes, fromUtf8, utf8 } from '@crescendo/base';
import type { NodeId } from '../ports/network.ts';
import type { KvReader, KvWriter } from '../ports/state-store.ts';
import type { Member, PartitionState, SystemHead, SystemState } from './state.ts';

const HEAD_KEY = Uint8Array.of(0x10);
const MEMBER = 0x11;
const PARTITION = 0x12;

function memberKey(id: NodeId): Uint8Array {
  return concatBytes(Uint8Array.of(MEMBER), utf8(id));
}

function partitionRecordKey(partition: number): Uint8Array {
  return Uint8Array.of(PARTITION, partition >>> 8, partition & 0xff);
}

/** undefined before the cluster is founded. */
export function readHead(kv: KvReader): SystemHead | undefined {
  return readRecord<SystemHead>(kv, HEAD_KEY);
}

export function readMember(kv: KvReader, id: NodeId): Member | undefined {
  return readRecord<Member>(kv, memberKey(id));
}

export function readPartition(kv: KvReader, partition: number): PartitionState | undefined {
  return readRecord<PartitionState>(kv, partitionRecordKey(partition));
}

export function writeHead(kv: KvWriter, head: SystemHead): void {
  kv.put(HEAD_KEY, utf8(JSON.stringify(head)));
}

export function writeMember(kv: KvWriter, member: Member): void {
  kv.put(memberKey(member.id), utf8(JSON.stringify(member)));
}

export function removeMember(kv: KvWriter, id: NodeId): void {
  kv.remove(memberKey(id));
}

export function writePartition(kv: KvWriter, partition: number, state: PartitionState): void {
  kv.put(partitionRecordKey(partition), utf8(JSON.stringify(state)));
}

/** Sorted by id. */
export function readMembers(kv: KvReader): Member[] {
  return readAll<Member>(kv, MEMBER);
}

/** Indexed by partition. */
export function readPartitions(kv: KvReader): PartitionState[] {
  return readAll<PartitionState>(kv, PARTITION);
}

/** The whole state; undefined before the cluster is founded. */
export function readSystemState(kv: KvReader): SystemState | undefined {
  const head = readHead(kv);
  return head && { ...head, members: readMembers(kv), partitions: readPartitions(kv) };
}

/** What a peer that knows version `since` lacks. */
export interface SystemChanges {
  readonly head: SystemHead;
  /** True when the lists are whole and what the peer has besides is to be dropped. */
  readonly whole: boolean;
  readonly members: readonly Member[];
  readonly partitions: readonly { readonly partition: number; readonly state: PartitionState }[];
}

/** undefined when there is nothing newer than version `since` (0: the peer knows nothing). */
export function readSystemChanges(kv: KvReader, since: number): SystemChanges | undefined {
  const head = readHead(kv);
  if (head === undefined || head.version <= since) return undefined;
  const whole = since === 0 || since < head.forgetVersion;
  const isNew = ({ changed }: { readonly changed: number }) => whole || changed > since;
  return {
    head,
    whole,
    members: readMembers(kv).filter(isNew),
    partitions: readPartitions(kv)
      .map((state, partition) => ({ partition, state }))
      .filter(({ state }) => isNew(state)),
  };
}

/** The state after the changes; the older state when it is not older, or when the changes do not join on to it. */
export function mergeSystemChanges(
  state: SystemState | undefined,
  changes: SystemChanges,
): SystemState | undefined {
  if (state !== undefined && state.version >= changes.head.version) return state;
  if (state === undefined && !changes.whole) return undefined;
  const members = new Map(
    changes.whole || state === undefined ? [] : state.members.map((member) => [member.id, member]),
  );
  for (const member of changes.members) members.set(member.id, member);
  const partitions = changes.whole || state === undefined ? [] : [...state.partitions];
  for (const { partition, state: changed } of changes.partitions) partitions[partition] = changed;
  const sorted = [...members.values()].sort((a, b) => compareBytes(utf8(a.id), utf8(b.id)));
  return { ...changes.head, members: sorted, partitions };
}

function readRecord<T>(kv: KvReader, key: Uint8Array): T | undefined {
  const bytes = kv.get(key);
  return bytes && (JSON.parse(fromUtf8(bytes)) as T);
}

function readAll<T>(kv: KvReader, kind: number): T[] {
  const records: T[] = [];
  for (const { value } of kv.range({ start: Uint8Array.of(kind), end: Uint8Array.of(kind + 1) })) {
    records.push(JSON.parse(fromUtf8(value)) as T);
  }
  return records;
}
