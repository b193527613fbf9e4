import type { Entry, Membership, SnapshotMark } from '@crescendo/raft';

/** The applied state: immutable, so that a snapshot is a reference. `chain` is a hash of everything applied, in order. */
export interface MachineState {
  readonly mark: SnapshotMark;
  readonly chain: number;
  readonly commands: number;
}

export function emptyState(membership: Membership): MachineState {
  return { mark: { index: 0, term: 0, membership }, chain: 17, commands: 0 };
}

/** The state after the entry, which must be the next one. */
export function applyEntry(state: MachineState, entry: Entry): MachineState {
  if (entry.index !== state.mark.index + 1) {
    throw new RangeError(`entry ${entry.index} does not follow the applied index ${state.mark.index}`);
  }
  const membership = entry.type === 'membership' ? entry.membership : state.mark.membership;
  const chain = Math.imul(state.chain ^ identityOf(entry), 0x01000193) >>> 0;
  const commands = state.commands + (entry.type === 'command' ? 1 : 0);
  return { mark: { index: entry.index, term: entry.term, membership }, chain, commands };
}

/** A number that tells entries of one index apart: the command's id, or a mark of the other kinds. */
export function identityOf(entry: Entry): number {
  if (entry.type === 'command') return decodeId(entry.data) * 8 + 1;
  return entry.type === 'membership' ? entry.membership.epoch * 8 + 2 : entry.term * 8 + 3;
}

export function encodeId(id: number): Uint8Array {
  return Uint8Array.of(id & 0xff, (id >>> 8) & 0xff, (id >>> 16) & 0xff, (id >>> 24) & 0xff);
}

export function decodeId(data: Uint8Array): number {
  return (data[0]! | (data[1]! << 8) | (data[2]! << 16) | (data[3]! << 24)) >>> 0;
}
