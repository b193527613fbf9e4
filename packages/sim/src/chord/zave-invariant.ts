/**
 * Zave's invariant, checked on nothing but identifiers ("Reasoning about identifier spaces", 2017): written from the definition,
 * and sharing no code with the ring that it judges.
 *
 * A member p is a principal when no member's extended list skips it. Every member has a live entry in its list, and there
 * are at least r + 1 principals.
 */

export interface ListedMember {
  readonly position: bigint;
  /** Real entries; what is missing up to r is padding, each one more than the entry before. */
  readonly successors: readonly bigint[];
}

export interface InvariantReport {
  readonly principals: number;
  /** Positions of members whose list holds nobody alive. */
  readonly withoutLiveSuccessor: readonly bigint[];
  readonly holds: boolean;
}

export function checkInvariant(members: readonly ListedMember[], listLength: number): InvariantReport {
  const live = members.map((member) => member.position).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const liveSet = new Set(live);
  const skipped = new Set<bigint>();
  const withoutLiveSuccessor: bigint[] = [];
  for (const member of members) {
    if (!member.successors.some((position) => liveSet.has(position)))
      withoutLiveSuccessor.push(member.position);
    const list = extendedList(member, listLength);
    for (let i = 0; i + 1 < list.length; i++) markSkipped(live, list[i]!, list[i + 1]!, skipped);
  }
  const principals = members.length - skipped.size;
  return {
    principals,
    withoutLiveSuccessor,
    holds: withoutLiveSuccessor.length === 0 && principals > listLength,
  };
}

/** The member, its successors, and the padding. */
function extendedList(member: ListedMember, listLength: number): bigint[] {
  const list = [member.position, ...member.successors];
  while (list.length <= listLength) list.push(list[list.length - 1]! + 1n);
  return list;
}

/** Marks every live position p with between(x, p, y). */
function markSkipped(live: readonly bigint[], x: bigint, y: bigint, skipped: Set<bigint>): void {
  for (const p of live) {
    const isBetween = x < y ? x < p && p < y : x < p || p < y;
    if (isBetween) skipped.add(p);
  }
}
