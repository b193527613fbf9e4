import { invariant } from '@crescendo/base';
import { mayCampaign, startElection } from './election.ts';
import type { AppendRequest, Entry, Heartbeat, PeerId } from './protocol.ts';
import {
  appendEntries,
  commitTo,
  isPromotable,
  type RaftState,
  sendAfterPersist,
  sendNow,
} from './raft-state.ts';
import { becomeFollower } from './role.ts';

/** The follower's side: what a leader of this peer's term says (Ongaro 3.5). */

/** The term's only leader speaks. */
function follow(state: RaftState, leader: PeerId): void {
  invariant(state.role !== 'leader', `term ${state.term} has two leaders: ${state.self} and ${leader}`);
  if (state.role !== 'follower' || state.leader !== leader) becomeFollower(state, state.term, leader);
  state.electionElapsed = 0;
}

/** Takes the entries when the log matches before them, and promises them once they are durable. [A1, P2] */
export function handleAppendRequest(state: RaftState, from: PeerId, message: AppendRequest): void {
  follow(state, from);
  const { previousIndex, previousTerm, entries, commit } = message;
  // What is committed here matches every leader's log, and may be compacted.
  if (previousIndex >= state.commit && state.log.term(previousIndex) !== previousTerm) {
    refuse(state, from, message);
    return;
  }
  const news = entries.findIndex((entry) => !holds(state, entry)); // [A2]
  if (news !== -1) appendEntries(state, contiguous(entries, previousIndex).slice(news));
  const matched = Math.max(previousIndex + entries.length, state.commit);
  commitTo(state, Math.min(commit, matched));
  accept(state, from, matched);
}

function holds(state: RaftState, { index, term }: Entry): boolean {
  const own = state.log.term(index);
  return own === term || (own === undefined && index <= state.commit);
}

function contiguous(entries: readonly Entry[], previousIndex: number): readonly Entry[] {
  const gap = entries.findIndex((entry, i) => entry.index !== previousIndex + 1 + i);
  invariant(gap === -1, `entry ${entries[gap]?.index} can't stand ${gap + 1} behind ${previousIndex}`);
  return entries;
}

export function accept(state: RaftState, leader: PeerId, index: number): void {
  const { term } = state;
  sendAfterPersist(state, leader, {
    type: 'appendResponse',
    term,
    accepted: true,
    index,
    hintIndex: index,
    hintTerm: 0,
  });
}

/** The hint skips every entry here of a term that the leader can't have at or before the refused one. [G3] */
function refuse(state: RaftState, leader: PeerId, message: AppendRequest): void {
  let hintIndex = Math.min(message.previousIndex - 1, state.log.lastIndex());
  while (hintIndex > state.commit && (state.log.term(hintIndex) ?? 0) > message.previousTerm) hintIndex -= 1;
  const { term } = state;
  const index = message.previousIndex;
  const hintTerm = state.log.term(hintIndex) ?? 0;
  sendNow(state, leader, { type: 'appendResponse', term, accepted: false, index, hintIndex, hintTerm });
}

/** Keeps following; sleeps with the leader when nothing is missing here. [Z2] */
export function handleHeartbeat(state: RaftState, from: PeerId, message: Heartbeat): void {
  follow(state, from);
  // A late heartbeat may speak of what this peer held before it was removed and came back empty.
  commitTo(state, Math.min(message.commit, state.log.lastIndex()));
  if (message.commit > state.log.lastIndex() && !isPromotable(state)) lack(state, from, message.commit);
  state.asleep = message.sleep && state.commit >= message.commit;
  if (state.asleep) return;
  sendNow(state, from, { type: 'heartbeatResponse', term: state.term, readRound: message.readRound });
}

/** The leader takes this learner for one that holds what it holds no more. [G6] */
function lack(state: RaftState, leader: PeerId, index: number): void {
  const hintIndex = state.log.lastIndex();
  const hintTerm = state.log.term(hintIndex) ?? 0;
  const { term } = state;
  sendNow(state, leader, { type: 'appendResponse', term, accepted: false, index, hintIndex, hintTerm });
}

/** The leader hands over: campaigns at once, and peers may not hold the old leader against it. [X2] */
export function handleTimeoutNow(state: RaftState, from: PeerId): void {
  if (state.role === 'leader' || !mayCampaign(state)) return;
  follow(state, from);
  startElection(state, true);
}

/** A leader of an earlier term learns that it is over. */
export function answerStaleLeader(state: RaftState, from: PeerId, index: number): void {
  const { term } = state;
  sendNow(state, from, { type: 'appendResponse', term, accepted: false, index, hintIndex: 0, hintTerm: 0 });
}
