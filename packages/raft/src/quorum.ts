import type { PeerId } from './protocol.ts';

/** The arithmetic of majorities. Pure; checked against counting by brute force. */

/** The least number of voters that any two such sets of them share one. */
export function majority(voterCount: number): number {
  return Math.floor(voterCount / 2) + 1;
}

/** The largest index that a majority of the voters has reached; 0 when there are no voters. */
export function quorumIndex(voters: readonly PeerId[], indexOf: (peer: PeerId) => number): number {
  if (voters.length === 0) return 0;
  const descending = voters.map(indexOf).sort((a, b) => b - a);
  return descending[majority(voters.length) - 1]!;
}

/** True when a majority of the voters fulfils the condition. Never true without voters. */
export function hasMajority(voters: readonly PeerId[], holds: (peer: PeerId) => boolean): boolean {
  return voters.filter(holds).length >= majority(voters.length);
}

/** `won`: a majority granted; `lost`: a majority of grants can't come any more. */
export function tally(
  voters: readonly PeerId[],
  votes: ReadonlyMap<PeerId, boolean>,
): 'won' | 'lost' | 'pending' {
  if (hasMajority(voters, (peer) => votes.get(peer) === true)) return 'won';
  return hasMajority(voters, (peer) => votes.get(peer) !== false) ? 'pending' : 'lost';
}
