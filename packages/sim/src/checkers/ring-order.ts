import type { RingStatus } from '@crescendo/ring';

/**
 * The ring at rest, as its members see it.
 *
 * (O1) Every node stands on the ring, its first successor is the next member by position, its predecessor the one before it.
 */
export function findRingDisorder(rings: ReadonlyMap<string, RingStatus | undefined>): string | undefined {
  const standing: [string, RingStatus][] = [];
  for (const [name, status] of rings) {
    if (status?.phase !== 'inside') return `${name} is ${status?.phase ?? 'not on'} the ring`;
    standing.push([name, status]);
  }
  if (standing.length < 2) return undefined;
  standing.sort(([, a], [, b]) => (a.self.position < b.self.position ? -1 : 1));
  for (const [i, [name, { successors, predecessor }]] of standing.entries()) {
    const next = standing[(i + 1) % standing.length]!;
    const before = standing[(i + standing.length - 1) % standing.length]!;
    if (successors[0]?.id !== next[1].self.id) return `${name} does not point at ${next[0]}, its successor`;
    if (predecessor?.id !== before[1].self.id) return `${name} does not point back at ${before[0]}`;
  }
  return undefined;
}
