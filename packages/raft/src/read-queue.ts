/**
 * Reads that wait for proof that this peer is still the leader. Pure bookkeeping: it knows nothing of peers.
 *
 * (R1) A round's index is the commit index when the round starts, which is after each of its reads was asked for.
 * (R2) Rounds are confirmed in the order of their numbers: a peer that confirms one confirms all before it.
 */
export interface Reads {
  /** Asked for, but in no round yet. */
  waiting: number[];
  rounds: ReadRound[];
  /** Number of the newest round; the first one is 1. */
  newest: number;
}

export interface ReadRound {
  readonly round: number;
  readonly index: number;
  readonly contexts: readonly number[];
}

export function newReads(): Reads {
  return { waiting: [], rounds: [], newest: 0 };
}

export function countReads(reads: Reads): number {
  return reads.rounds.reduce((sum, round) => sum + round.contexts.length, reads.waiting.length);
}

/** All reads that wait go into one new round. (R1) */
export function startRound(reads: Reads, index: number): void {
  reads.newest += 1;
  reads.rounds.push({ round: reads.newest, index, contexts: reads.waiting });
  reads.waiting = [];
}

/** Takes the rounds up to `round` out, oldest first. (R2) */
export function takeRounds(reads: Reads, round: number): readonly ReadRound[] {
  const open = reads.rounds.findIndex((candidate) => candidate.round > round);
  return reads.rounds.splice(0, open === -1 ? reads.rounds.length : open);
}

/** Every read that is not confirmed. */
export function takeUnconfirmed(reads: Reads): readonly number[] {
  const contexts = [...reads.rounds.flatMap((round) => round.contexts), ...reads.waiting];
  reads.rounds = [];
  reads.waiting = [];
  return contexts;
}
