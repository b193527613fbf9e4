import { broadcastHeartbeat, hearsMajority, noteReadRound } from './heartbeat.ts';
import type { HeartbeatResponse, PeerId } from './protocol.ts';
import type { Leadership, RaftState } from './raft-state.ts';
import { confirmReads } from './reads.ts';
import { noteAlive } from './replication.ts';
import { becomeFollower } from './role.ts';
import { maybeFallAsleep } from './sleep.ts';
import { tickTransfer } from './transfer.ts';

/** A leader's time, and the signs of life that it gets. */

export function tickLeader(state: RaftState, leadership: Leadership): void {
  for (const progress of leadership.progress.values()) {
    progress.silentTicks += 1;
    progress.waitTicks += 1;
  }
  if (!hearsMajority(state, leadership)) {
    becomeFollower(state, state.term, null); // [E6]
    return;
  }
  tickTransfer(state, leadership);
  if (maybeFallAsleep(state, leadership)) return;
  leadership.heartbeatElapsed += 1;
  if (leadership.heartbeatElapsed >= state.options.heartbeatTicks) broadcastHeartbeat(state, leadership);
}

/** Whatever a peer of this term says shows that it lives. */
export function noteHeard(leadership: Leadership, from: PeerId): void {
  const progress = leadership.progress.get(from);
  if (progress !== undefined) progress.silentTicks = 0;
}

/** `message.term` is this leader's. */
export function handleHeartbeatResponse(
  state: RaftState,
  leadership: Leadership,
  from: PeerId,
  message: HeartbeatResponse,
): void {
  const progress = leadership.progress.get(from);
  if (progress === undefined) return;
  noteReadRound(leadership, from, message);
  noteAlive(state, progress);
  confirmReads(state, leadership);
}
