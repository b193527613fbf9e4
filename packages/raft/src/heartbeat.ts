import type { HeartbeatResponse, PeerId } from './protocol.ts';
import { hasMajority } from './quorum.ts';
import { type Leadership, type RaftState, sendNow } from './raft-state.ts';

/** The leader's sign of life, and its own check that a majority answers (Ongaro 3.4, 6.2). */

/** Tells each peer the newest round of reads, and no more of the commit index than it surely holds. */
export function broadcastHeartbeat(state: RaftState, leadership: Leadership): void {
  leadership.heartbeatElapsed = 0;
  for (const [peer, progress] of leadership.progress) {
    const commit = Math.min(progress.match, state.commit);
    sendHeartbeat(state, leadership, peer, commit, false);
  }
}

export function sendHeartbeat(
  state: RaftState,
  leadership: Leadership,
  peer: PeerId,
  commit: number,
  sleep: boolean,
): void {
  const readRound = leadership.reads.rounds.length > 0 ? leadership.reads.newest : 0;
  sendNow(state, peer, { type: 'heartbeat', term: state.term, commit, readRound, sleep });
}

export function noteReadRound(leadership: Leadership, from: PeerId, message: HeartbeatResponse): void {
  const progress = leadership.progress.get(from);
  if (progress !== undefined) progress.readRound = Math.max(progress.readRound, message.readRound);
}

/** Heard within an election time-out. */
export function isHeard(state: RaftState, leadership: Leadership, peer: PeerId): boolean {
  if (peer === state.self) return true;
  const progress = leadership.progress.get(peer);
  return progress !== undefined && progress.silentTicks < state.options.electionTicks;
}

/** Check-quorum: a leader that a majority no longer answers may have been replaced. [E6] */
export function hearsMajority(state: RaftState, leadership: Leadership): boolean {
  return hasMajority(state.memberships.current.voters, (peer) => isHeard(state, leadership, peer));
}
