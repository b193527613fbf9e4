import { invariant } from '@crescendo/base';
import type { Role } from './contract.ts';
import { newProgress } from './progress.ts';
import type { PeerId } from './protocol.ts';
import {
  appendEntries,
  chargedBytes,
  drawTimeout,
  isPromotable,
  type Leadership,
  newLeadership,
  type RaftState,
} from './raft-state.ts';
import { takeUnconfirmed } from './read-queue.ts';

/** The changes from one role to another, and what each of them must drop. */

/** Follows in `term`, which is this peer's or a newer one. */
export function becomeFollower(state: RaftState, term: number, leader: PeerId | null): void {
  invariant(term >= state.term, `${state.self} would go back from term ${state.term} to ${term}`);
  invariant(
    term > state.term || state.termLeader === null || leader === null || state.termLeader === leader,
    `term ${term} has two leaders: ${state.termLeader} and ${leader}`,
  );
  if (term > state.term) enterTerm(state, term);
  enterRole(state, 'follower');
  state.leader = leader;
  state.termLeader ??= leader;
}

/** Asks whether an election could be won. Nothing durable changes. [E2] */
export function becomePreCandidate(state: RaftState): void {
  enterRole(state, 'preCandidate');
  state.leader = null;
}

/** A new term, and the own vote in it. The vote counts when it is durable. [E3] */
export function becomeCandidate(state: RaftState): void {
  invariant(isPromotable(state), `${state.self} is not a voter and must not campaign`);
  enterRole(state, 'candidate');
  enterTerm(state, state.term + 1);
  state.vote = state.self;
  state.leader = null;
  state.ownVote = 'unwritten';
}

/** Won. The first entry of the term is empty: with it everything before it is committed. [C2] */
export function becomeLeader(state: RaftState): void {
  invariant(state.role === 'candidate', `${state.self} would lead as ${state.role}`);
  enterRole(state, 'leader');
  state.leader = state.self;
  state.termLeader = state.self;
  const termStart = state.log.lastIndex() + 1;
  const leadership = newLeadership(termStart);
  state.leadership = leadership;
  syncPeers(state, leadership, termStart);
  const first = { type: 'empty', index: termStart, term: state.term } as const;
  leadership.uncommittedBytes += chargedBytes(first);
  appendEntries(state, [first]);
}

/** Leadership over peers that are members, or leaving by a change that is not committed; forgets all others. [M5] */
export function syncPeers(state: RaftState, leadership: Leadership, next: number): void {
  const { current, previous } = state.memberships;
  const wanted = new Set([...current.voters, ...current.learners, ...(previous?.voters ?? [])]);
  for (const peer of previous?.learners ?? []) wanted.add(peer);
  wanted.delete(state.self);
  for (const peer of leadership.progress.keys()) if (!wanted.has(peer)) leadership.progress.delete(peer);
  for (const peer of wanted) {
    if (!leadership.progress.has(peer)) leadership.progress.set(peer, newProgress(next));
  }
}

/**
 * A newer term takes the vote back, and everything queued in the old one: none of it is worth sending any more, and
 * promises among it may never become true. [T1]
 */
function enterTerm(state: RaftState, term: number): void {
  state.term = term;
  state.vote = null;
  state.termLeader = null;
  state.effects.sendNow = [];
  state.effects.sendAfterPersist = [];
}

function enterRole(state: RaftState, role: Role): void {
  if (state.leadership !== null) loseLeadership(state, state.leadership);
  state.role = role;
  state.asleep = false;
  state.electionElapsed = 0;
  state.votes.clear();
  state.ownVote = 'none';
  drawTimeout(state);
}

function loseLeadership(state: RaftState, leadership: Leadership): void {
  state.effects.readsLost.push(...takeUnconfirmed(leadership.reads)); // [Q3]
  state.effects.snapshotsNeeded = [];
  state.leadership = null;
}
