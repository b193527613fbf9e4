import { isVoter } from './membership.ts';
import type { PeerId } from './protocol.ts';
import { quorumIndex } from './quorum.ts';
import { commitTo, isMutant, type Leadership, type RaftState, sendNow } from './raft-state.ts';
import { becomeFollower, syncPeers } from './role.ts';
import { handOn } from './transfer.ts';

/** The leader's commit index, and what a committed change of membership sets off (Ongaro 3.5, 3.6.2, 4.2.2). */

/** Commits what a majority of the voters holds durably, when its last entry is of this term. [C1, C2] */
export function advanceCommit(state: RaftState, leadership: Leadership): void {
  const index = countedIndex(state, leadership);
  if (index <= state.commit) return;
  if (state.log.term(index) !== state.term && !isMutant(state.options, 'commitOlderTerms')) return;
  commitAsLeader(state, leadership, index);
}

/** Commits what is counted, or what a snapshot's state proves to be committed. */
export function commitAsLeader(state: RaftState, leadership: Leadership, index: number): void {
  const changed = state.memberships.index;
  const settles = changed > state.commit && changed <= index;
  commitTo(state, index);
  if (settles) settleChange(state, leadership);
}

function countedIndex(state: RaftState, leadership: Leadership): number {
  const { voters } = state.memberships.current;
  const indexOf = (peer: PeerId) => {
    if (peer === state.self) return state.log.durable; // [P1]
    return leadership.progress.get(peer)?.match ?? 0;
  };
  if (isMutant(state.options, 'commitWithoutMajority')) return Math.max(0, ...voters.map(indexOf));
  return quorumIndex(voters, indexOf);
}

/** A change of membership is committed: all are told, who left included, and a leader without a vote goes. [M4, M5] */
function settleChange(state: RaftState, leadership: Leadership): void {
  for (const [peer, progress] of leadership.progress) {
    const previousIndex = Math.min(progress.next - 1, state.log.lastIndex());
    const previousTerm = state.log.term(previousIndex);
    if (previousTerm === undefined || progress.state !== 'replicate') continue;
    const { term, commit } = state;
    sendNow(state, peer, { type: 'appendRequest', term, previousIndex, previousTerm, entries: [], commit });
  }
  syncPeers(state, leadership, state.log.lastIndex() + 1);
  if (isVoter(state.memberships.current, state.self)) return;
  handOn(state, leadership);
  becomeFollower(state, state.term, null);
}
