import type {
  LogEnd,
  PeerId,
  PreVoteRequest,
  PreVoteResponse,
  VoteRequest,
  VoteResponse,
} from './protocol.ts';
import { tally } from './quorum.ts';
import { isMutant, isPromotable, type RaftState, sendAfterPersist, sendNow } from './raft-state.ts';
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate } from './role.ts';
import { wakeByHost } from './sleep.ts';

/**
 * Who leads: pre-votes, votes and time-outs (Ongaro 3.4, 4.2.3, 9.6).
 *
 * A leader that is heard is shielded twice: nobody grants a pre-vote against it [E2], and nobody looks at a vote
 * request against it [E4], so that a peer that was cut off, or removed, can't end its term.
 */

const SUSPICION_TICKS = 3;

/** One tick of a peer that does not lead. */
export function tickElection(state: RaftState): void {
  state.electionElapsed += 1;
  if (state.electionElapsed < state.electionTimeout) return;
  if (mayCampaign(state)) startPreVote(state);
  else callOut(state);
}

/**
 * The host suspects the leader's node, which it watches for all groups at once: the shield falls, and the time-out ends within a few ticks, not the same
 * number for everybody. A leader that lives after all is woken, and its first word ends the suspicion. [E8]
 */
export function suspectLeader(state: RaftState): void {
  wakeByHost(state);
  if (state.leadership !== null || state.leader === null) return;
  const { electionTicks, random } = state.options;
  const leftTicks = 1 + Math.floor(random() * SUSPICION_TICKS);
  state.electionElapsed = Math.max(state.electionElapsed, electionTicks);
  state.electionTimeout = Math.min(state.electionTimeout, state.electionElapsed + leftTicks);
}

/**
 * A peer without a vote can't campaign, and a sleeping leader may have given it up as silent. It tells the voters
 * that it is there: the leader wakes and brings it up to date. [Z5]
 */
function callOut(state: RaftState): void {
  state.electionElapsed = 0;
  state.leader = null;
  const { voters, learners } = state.memberships.current;
  if (!learners.includes(state.self)) return;
  for (const peer of voters) {
    sendNow(state, peer, { type: 'heartbeatResponse', term: state.term, readRound: 0 });
  }
}

/** Asks the voters whether they would vote for this peer in the next term. [E2] */
export function startPreVote(state: RaftState): void {
  if (isMutant(state.options, 'noPreVote')) {
    startElection(state, false);
    return;
  }
  becomePreCandidate(state);
  state.votes.set(state.self, true);
  if (settlePreVote(state)) return;
  const lastIndex = state.log.lastIndex();
  const lastTerm = state.log.lastTerm();
  for (const peer of otherVoters(state)) {
    sendNow(state, peer, { type: 'preVoteRequest', term: state.term + 1, lastIndex, lastTerm });
  }
}

/** Campaigns in a new term. The requests wait until term and own vote are durable. [E3] */
export function startElection(state: RaftState, transfer: boolean): void {
  becomeCandidate(state);
  const lastIndex = state.log.lastIndex();
  const lastTerm = state.log.lastTerm();
  for (const peer of otherVoters(state)) {
    sendAfterPersist(state, peer, { type: 'voteRequest', term: state.term, lastIndex, lastTerm, transfer });
  }
}

/** The own vote has become durable. [E3] */
export function countOwnVote(state: RaftState): void {
  state.ownVote = 'none';
  if (state.role !== 'candidate') return;
  state.votes.set(state.self, true);
  settleVote(state);
}

/** `message.term` is not behind this peer's; being ahead changes nothing here. [E2] */
export function handlePreVoteRequest(state: RaftState, from: PeerId, message: PreVoteRequest): void {
  const free = message.term > state.term || mayVoteFor(state, from);
  const granted = free && !hearsLeader(state) && isUpToDate(state, message.lastIndex, message.lastTerm);
  // A grant names the term asked for. A refusal names this peer's, from which an asker that lags behind learns.
  sendNow(state, from, { type: 'preVoteResponse', term: granted ? message.term : state.term, granted });
  if (free && !granted && !hearsLeader(state)) hurry(state);
}

/** There is no leader, and the asker lacks entries that are here: this peer need not wait for its own time-out. [E8] */
function hurry(state: RaftState): void {
  if (state.role === 'follower')
    state.electionTimeout = Math.min(state.electionTimeout, state.electionElapsed + 1);
}

export function handlePreVoteResponse(state: RaftState, from: PeerId, message: PreVoteResponse): void {
  if (state.role !== 'preCandidate') return;
  if (message.granted && message.term !== state.term + 1) return;
  state.votes.set(from, message.granted);
  settlePreVote(state);
}

/** `message.term` is this peer's term. At most one vote a term, and never against a longer log. [E3, E5] */
export function handleVoteRequest(state: RaftState, from: PeerId, message: VoteRequest): void {
  const granted = mayVoteFor(state, from) && isUpToDate(state, message.lastIndex, message.lastTerm);
  if (granted) {
    state.vote = from;
    state.electionElapsed = 0;
  }
  sendAfterPersist(state, from, { type: 'voteResponse', term: state.term, granted });
}

export function handleVoteResponse(state: RaftState, from: PeerId, message: VoteResponse): void {
  if (state.role !== 'candidate') return;
  state.votes.set(from, message.granted);
  settleVote(state);
}

/** True while this peer leads, or has heard its leader within the least election time-out. [E4] */
export function hearsLeader(state: RaftState): boolean {
  if (isMutant(state.options, 'noPreVote')) return false;
  if (state.role === 'leader') return true;
  return state.leader !== null && state.electionElapsed < state.options.electionTicks;
}

function mayVoteFor(state: RaftState, candidate: PeerId): boolean {
  return state.vote === candidate || (state.vote === null && state.termLeader === null);
}

/** A voter whose log has all that it ever had. [E9] */
export function mayCampaign(state: RaftState): boolean {
  return isPromotable(state) && reaches(ownEnd(state), votesBy(state));
}

/** Whether a log is as complete as this peer's is, and as it ever was. [E5, E9] */
function isUpToDate(state: RaftState, lastIndex: number, lastTerm: number): boolean {
  if (isMutant(state.options, 'grantStaleLogs')) return true;
  return reaches({ index: lastIndex, term: lastTerm }, votesBy(state));
}

/** The end of this peer's log, or of the one that it has forgotten, whichever is further. [E9] */
export function votesBy(state: RaftState): LogEnd {
  const own = ownEnd(state);
  const { forgotten } = state.options;
  return forgotten === undefined || reaches(own, forgotten) ? own : forgotten;
}

function ownEnd({ log }: RaftState): LogEnd {
  return { index: log.lastIndex(), term: log.lastTerm() };
}

/** Ongaro 3.6.1: the later last term wins, then the longer log. */
function reaches(log: LogEnd, other: LogEnd): boolean {
  return log.term > other.term || (log.term === other.term && log.index >= other.index);
}

function settlePreVote(state: RaftState): boolean {
  const outcome = tally(state.memberships.current.voters, state.votes);
  if (outcome === 'won') startElection(state, false);
  if (outcome === 'lost') becomeFollower(state, state.term, null);
  return outcome !== 'pending';
}

function settleVote(state: RaftState): void {
  const outcome = tally(state.memberships.current.voters, state.votes);
  if (outcome === 'won') becomeLeader(state);
  if (outcome === 'lost') becomeFollower(state, state.term, null);
}

function otherVoters(state: RaftState): readonly PeerId[] {
  return state.memberships.current.voters.filter((peer) => peer !== state.self);
}
