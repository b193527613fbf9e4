import { invariant } from '@crescendo/base';
import { isMember, type Member } from './member.ts';
import type { Position } from './position.ts';

/**
 * An immutable list of members in the order of their positions, as the system group registers them. One directory can be shared
 * by any number of rings.
 */
export interface Directory {
  /** Ascending positions, no position twice. */
  readonly members: readonly Member[];
  readonly byId: ReadonlyMap<string, Member>;
}

/** Sorts members into a directory. Of several members at one position the one with the smallest id counts. */
export function createDirectory(members: Iterable<Member>): Directory {
  const sorted = [...members].sort((a, b) => compare(a.position, b.position) || compare(a.id, b.id));
  for (const member of sorted)
    invariant(isMember(member), `a registered member needs an id, an address and a position: ${member.id}`);
  const distinct = sorted.filter((member, i) => i === 0 || member.position !== sorted[i - 1]!.position);
  return { members: distinct, byId: new Map(distinct.map((member) => [member.id, member])) };
}

/** Index of the first member at or clockwise after `position`; 0 for an empty directory. */
export function successorIndex(directory: Directory, position: Position): number {
  const { members } = directory;
  let low = 0;
  let high = members.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (members[middle]!.position < position) low = middle + 1;
    else high = middle;
  }
  return low === members.length ? 0 : low;
}

/** The member that owns `key`: the first one at or clockwise after it. */
export function ownerOf(directory: Directory, key: Position): Member | undefined {
  return directory.members[successorIndex(directory, key)];
}

/** Up to `count` members strictly clockwise after `position`, nearest first, the one at `position` left out. */
export function membersAfter(directory: Directory, position: Position, count: number): Member[] {
  const { members } = directory;
  const after: Member[] = [];
  const start = successorIndex(directory, position);
  for (let i = 0; i < members.length && after.length < count; i++) {
    const member = members[(start + i) % members.length]!;
    if (member.position !== position) after.push(member);
  }
  return after;
}

/** Up to `count` members strictly counter-clockwise before `position`, nearest first. */
export function membersBefore(directory: Directory, position: Position, count: number): Member[] {
  const { members } = directory;
  const before: Member[] = [];
  const start = successorIndex(directory, position);
  for (let i = 1; i <= members.length && before.length < count; i++) {
    const member = members[(start - i + members.length) % members.length]!;
    if (member.position !== position) before.push(member);
  }
  return before;
}

/** True when `member` is registered under its id at its position. */
export function isRegistered(directory: Directory | undefined, member: Member): boolean {
  return directory?.byId.get(member.id)?.position === member.position;
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
