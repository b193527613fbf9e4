import type { Member } from './member.ts';
import { distance, isBetween } from './position.ts';

/**
 * Successor lists hold the real entries only. Zave's lists always have r entries; those that are missing here are her padding
 * (each the identifier after the one before, so nobody lies between) and always come last.
 */

/**
 * The list of `owner` when its first successor is `head`, whose own list is `tail`: the whole of it, never patched with older
 * entries. It is cut where it would come round to its owner, which happens only when the ring has at most r members:
 * a list never points at its owner.
 */
export function adoptList(
  owner: Member,
  head: Member,
  tail: readonly Member[],
  length: number,
): readonly Member[] {
  const list: Member[] = [head];
  let last = distance(owner.position, head.position);
  for (const member of tail) {
    const steps = distance(owner.position, member.position);
    if (list.length === length || steps <= last) break;
    list.push(member);
    last = steps;
  }
  return list;
}

/** The nearest `length` of all given members clockwise from `owner`, without `owner`. */
export function nearestSuccessors(
  owner: Member,
  members: Iterable<Member>,
  length: number,
): readonly Member[] {
  const byDistance = [...members]
    .filter((member) => member.position !== owner.position)
    .map((member) => ({ member, steps: distance(owner.position, member.position) }))
    .sort((a, b) => (a.steps < b.steps ? -1 : a.steps > b.steps ? 1 : 0));
  return byDistance
    .filter((entry, i) => i === 0 || entry.steps !== byDistance[i - 1]!.steps)
    .slice(0, length)
    .map((entry) => entry.member);
}

/** True when `candidate` would be a better first successor of `owner` than the present one. */
export function isNearerSuccessor(owner: Member, candidate: Member, head: Member | undefined): boolean {
  if (candidate.position === owner.position) return false;
  return head === undefined || isBetween(owner.position, candidate.position, head.position);
}
