import { broadcastHeartbeat, hearsMajority, sendHeartbeat } from './heartbeat.ts';
import { isMember } from './membership.ts';
import type { Progress } from './progress.ts';
import type { Message, PeerId } from './protocol.ts';
import type { Leadership, RaftState } from './raft-state.ts';
import { sendNow } from './raft-state.ts';
import { countReads } from './read-queue.ts';

/**
 * Idle groups cost nothing: when nothing is under way the leader says so and everybody stops counting ticks.
 *
 * (Z1) The leader sleeps after two heartbeat intervals in which every peer answered, had every entry, and was no longer
 *      probed, all entries were committed, and no read, change or transfer was under way. A peer that it has not heard for an election
 *      time-out does not keep it awake; one that has just gone silent does, until it is known which it is.
 * (Z2) A follower sleeps only on the word of its term's leader, when it has committed all that the leader has. It
 *      does not answer then; one that lacks something answers, and so wakes the leader.
 * (Z3) Any message wakes, but for the repeated word to sleep, and for what a peer says that is neither a member nor
 *      a leader: one that was removed, and does not know it, must not keep the group awake.
 * (Z4) A leader that wakes tells everybody at once, and gives each peer a full election time-out to be heard.
 * (Z5) A peer that comes back makes itself heard: a voter asks for pre-votes, a learner calls out, and a follower
 *      that its host wakes answers a heartbeat that was not sent. Its first message wakes the leader.
 */

const IDLE_HEARTBEATS = 2;

function idleTicks(state: RaftState): number {
  return IDLE_HEARTBEATS * state.options.heartbeatTicks;
}

/** Counts idle ticks and puts the group to sleep. True when it has. (Z1) */
export function maybeFallAsleep(state: RaftState, leadership: Leadership): boolean {
  leadership.idleTicks = isIdle(state, leadership) ? leadership.idleTicks + 1 : 0;
  if (leadership.idleTicks < idleTicks(state)) return false;
  state.asleep = true;
  for (const [peer, progress] of leadership.progress) {
    // A silent peer that lacks entries, or is probed, is not told to sleep: if it lives after all, its answer wakes the leader.
    const settled = isSettled(state, progress);
    sendHeartbeat(state, leadership, peer, Math.min(progress.match, state.commit), settled);
  }
  return true;
}

function isIdle(state: RaftState, leadership: Leadership): boolean {
  const lastIndex = state.log.lastIndex();
  if (state.commit !== lastIndex || state.log.durable !== lastIndex) return false;
  if (leadership.transfer !== null || countReads(leadership.reads) > 0) return false;
  if (!hearsMajority(state, leadership)) return false;
  for (const progress of leadership.progress.values()) {
    const silent = progress.silentTicks >= state.options.electionTicks;
    const fresh = progress.silentTicks < idleTicks(state);
    if (!silent && !(fresh && isSettled(state, progress))) return false;
  }
  return true;
}

function isSettled(state: RaftState, progress: Progress): boolean {
  return progress.state === 'replicate' && progress.match === state.log.lastIndex();
}

/** Work has come: from the host, or from a peer. */
export function wake(state: RaftState): void {
  const { leadership } = state;
  if (leadership !== null) leadership.idleTicks = 0;
  if (!state.asleep) return;
  state.asleep = false;
  state.electionElapsed = 0;
  if (leadership === null) return;
  for (const progress of leadership.progress.values()) progress.silentTicks = 0;
  broadcastHeartbeat(state, leadership); // (Z4)
}

/** The host wakes this peer. A follower lets its leader know, before it takes the silence for the leader's death. (Z5) */
export function wakeByHost(state: RaftState): void {
  const slept = state.asleep;
  wake(state);
  if (!slept || state.leadership !== null || state.leader === null) return;
  sendNow(state, state.leader, { type: 'heartbeatResponse', term: state.term, readRound: 0 });
}

/** (Z3) */
export function wakeForMessage(state: RaftState, from: PeerId, message: Message): void {
  if (!state.asleep) return;
  if (message.type === 'heartbeat' && message.sleep && message.term === state.term) return;
  if (isMember(state.memberships.current, from) || isFromLeader(state, message)) wake(state);
}

/** A leader of this term or a later one may be one that this peer has not heard of. */
function isFromLeader(state: RaftState, { type, term }: Message): boolean {
  return term >= state.term && (type === 'appendRequest' || type === 'heartbeat' || type === 'timeoutNow');
}
