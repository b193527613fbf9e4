import type { Random } from '@crescendo/base';
import type { RingStatus } from '../contract.ts';
import type { Member } from '../member.ts';
import type { Position } from '../position.ts';

/** A position from five random words. */
export function randomPosition(random: Random): Position {
  let position = 0n;
  for (let i = 0; i < 5; i++) position = (position << 32n) | BigInt(random.int(2 ** 32));
  return position;
}

/** A member whose address follows from its id. */
export function memberAt(id: string, position: Position): Member {
  return { id, position, address: `${id}:1` };
}

/** The next `length` of the members after `self`, by sorting: the ring's own code is not asked. */
export function idealSuccessors(self: Member, members: readonly Member[], length: number): Member[] {
  const sorted = sortedByPosition(members);
  const index = sorted.findIndex((member) => member.id === self.id);
  return [...sorted.slice(index + 1), ...sorted.slice(0, index)].slice(0, length);
}

export function idealPredecessor(self: Member, members: readonly Member[]): Member {
  const sorted = sortedByPosition(members);
  const index = sorted.findIndex((member) => member.id === self.id);
  return sorted[(index - 1 + sorted.length) % sorted.length]!;
}

/** True when every node stands on the ring with ideal pointers to the others. */
export function isIdealRing(statuses: readonly RingStatus[], length: number): boolean {
  const members = sortedByPosition(statuses.map((status) => status.self));
  const indexes = new Map(members.map((member, i) => [member.id, i]));
  const count = members.length;
  return statuses.every((status) => {
    const index = indexes.get(status.self.id)!;
    const expected = Math.min(length, count - 1);
    return (
      status.phase === 'inside' &&
      status.predecessor?.id === members[(index - 1 + count) % count]!.id &&
      status.successors.length === expected &&
      status.successors.every((member, i) => member.id === members[(index + 1 + i) % count]!.id)
    );
  });
}

function sortedByPosition(members: readonly Member[]): Member[] {
  return [...members].sort((a, b) => (a.position < b.position ? -1 : a.position > b.position ? 1 : 0));
}
