import { broadcastHeartbeat } from './heartbeat.ts';
import { quorumIndex } from './quorum.ts';
import { isMutant, type Leadership, type RaftState } from './raft-state.ts';
import { countReads, startRound, takeRounds } from './read-queue.ts';

/** Reads from the leader without a log entry (Ongaro 6.4): a majority confirms, after the read came, that it leads. */

/** Reads that may wait here at once; more are refused. */
const MAX_WAITING_READS = 65_536;

/** Rounds under way at once; further reads gather for the next one. */
const MAX_OPEN_ROUNDS = 16;

/** False when too many wait. [Q1] */
export function enqueueRead(leadership: Leadership, context: number): boolean {
  if (countReads(leadership.reads) >= MAX_WAITING_READS) return false;
  leadership.reads.waiting.push(context);
  return true;
}

/** True when reads wait that a round could be started for. Not before the term's first entry is committed. [Q2] */
export function mayStartRound(state: RaftState, { reads, termStart }: Leadership): boolean {
  return reads.waiting.length > 0 && state.commit >= termStart && reads.rounds.length < MAX_OPEN_ROUNDS;
}

/** Starts one round for all reads that wait. A single voter needs to ask nobody. */
export function startReadRound(state: RaftState, leadership: Leadership): void {
  if (!mayStartRound(state, leadership)) return;
  startRound(leadership.reads, state.commit);
  confirmReads(state, leadership);
  if (leadership.reads.rounds.length > 0) broadcastHeartbeat(state, leadership);
}

/** Answers every round that a majority of the voters, this peer among them if it votes, has confirmed. [Q1] */
export function confirmReads(state: RaftState, leadership: Leadership): void {
  const { reads, progress } = leadership;
  if (reads.rounds.length === 0) return;
  const roundOf = (peer: string) =>
    peer === state.self ? reads.newest : (progress.get(peer)?.readRound ?? 0);
  const { voters } = state.memberships.current;
  const confirmed = isMutant(state.options, 'readWithoutRound') ? reads.newest : quorumIndex(voters, roundOf);
  for (const { index, contexts } of takeRounds(reads, confirmed)) {
    for (const context of contexts) state.effects.reads.push({ context, index });
  }
}
