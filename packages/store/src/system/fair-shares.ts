import type { TargetMember } from './targets.ts';

/** A member is meant to be filled to this part of its volume at most. */
const FILL_LIMIT = 0.85;

interface Vessel {
  readonly weight: number;
  readonly cap: number;
}

/**
 * How many copies of a partition one zone may hold: 1 where there are at least as many zones as copies, otherwise as few as an
 * even spread allows.
 */
export function copiesPerZone(zoneCount: number, copies: number): number {
  return Math.ceil(copies / zoneCount);
}

/**
 * The load that each member should carry: by weight, but no zone more copies than `copiesPerZone`, no member more than one
 * copy of everything or more than its volume holds. In the members' order, in the unit of `totalLoad` (one copy of all partitions).
 */
export function fairShares(members: readonly TargetMember[], totalLoad: number, copies: number): number[] {
  const zones = [...new Set(members.map((member) => member.zone))];
  const perZone = copiesPerZone(zones.length, copies) * totalLoad;
  const capOf = (member: TargetMember) =>
    member.capacityBytes > 0 ? Math.min(totalLoad, FILL_LIMIT * member.capacityBytes) : totalLoad;
  const inZone = zones.map((zone) => members.filter((member) => member.zone === zone));
  const zoneShares = waterFill(
    totalLoad * copies,
    inZone.map((list) => ({
      weight: sum(list.map((member) => member.weight)),
      cap: Math.min(perZone, sum(list.map(capOf))),
    })),
  );
  const shares = new Map<TargetMember, number>();
  inZone.forEach((list, zone) => {
    const filled = waterFill(
      zoneShares[zone]!,
      list.map((member) => ({ weight: member.weight, cap: capOf(member) })),
    );
    list.forEach((member, i) => {
      shares.set(member, filled[i]!);
    });
  });
  return members.map((member) => shares.get(member)!);
}

/** Pours `total` into vessels by weight; what a full one can't take goes to the others. Too much for all: all are full. */
export function waterFill(total: number, vessels: readonly Vessel[]): number[] {
  const filled = new Array<number>(vessels.length).fill(0);
  const open = new Set(vessels.keys());
  let left = total;
  while (open.size > 0) {
    const weight = sum([...open].map((i) => vessels[i]!.weight));
    const full = [...open].filter((i) => (left * vessels[i]!.weight) / weight > vessels[i]!.cap);
    if (full.length === 0) {
      for (const i of open) filled[i] = (left * vessels[i]!.weight) / weight;
      return filled;
    }
    for (const i of full) {
      filled[i] = vessels[i]!.cap;
      left -= vessels[i]!.cap;
      open.delete(i);
    }
  }
  return filled;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
