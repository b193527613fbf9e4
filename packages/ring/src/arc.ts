import { advance, distance, type Position, RING_SIZE } from './position.ts';

/** What a member holds: `load` in any unit, of the arc that ends at its position. */
export interface LoadedMember {
  readonly position: Position;
  readonly load: number;
}

/**
 * Where a new member should stand: in the middle of the arc that carries the most load, so that it takes about half of it. Ties go
 * to the longer arc, then to the smaller position, so every node computes the same. A ring without members gives 0.
 */
export function middleOfMostLoadedArc(members: readonly LoadedMember[]): Position {
  const sorted = [...members].sort((a, b) =>
    a.position < b.position ? -1 : a.position > b.position ? 1 : 0,
  );
  let best: { start: Position; length: bigint; load: number } | undefined;
  sorted.forEach((member, i) => {
    const start = sorted[(i - 1 + sorted.length) % sorted.length]!.position;
    const length = sorted.length === 1 ? RING_SIZE : distance(start, member.position);
    if (length < 2n) return;
    const isBetter =
      best === undefined || member.load > best.load || (member.load === best.load && length > best.length);
    if (isBetter) best = { start, length, load: member.load };
  });
  return best === undefined ? 0n : advance(best.start, best.length / 2n);
}
