import { commitAsLeader } from './commit.ts';
import { accept } from './following.ts';
import type { SnapshotMark } from './protocol.ts';
import { commitTo, type RaftState } from './raft-state.ts';
import { becomeFollower } from './role.ts';

/** Snapshots come out of band; this is what their arrival changes (Ongaro 5.3). */

/** The state up to `mark.index` is in the state machine. False, and nothing changes, when that is not news. [N2] */
export function restoreSnapshot(state: RaftState, mark: SnapshotMark): boolean {
  if (mark.index <= state.applied) return false;
  if (mark.term > state.term) becomeFollower(state, mark.term, null); // Whoever led in that term was elected.
  const holds = mark.index <= state.commit || state.log.term(mark.index) === mark.term;
  if (!holds && state.leadership !== null) return false; // A leader that was replaced and does not know it yet.
  if (!holds) {
    state.log.restartBehind(mark);
    state.memberships.restart(mark.membership);
  }
  raiseCommit(state, mark.index);
  state.applied = mark.index;
  state.handed = Math.max(state.handed, mark.index);
  while (state.applying[0] !== undefined && state.applying[0].index <= mark.index) state.applying.shift();
  if (state.leader !== null && state.leader !== state.self) {
    accept(state, state.leader, holds ? state.commit : mark.index);
  }
  return true;
}

function raiseCommit(state: RaftState, index: number): void {
  if (index <= state.commit) return;
  if (state.leadership === null) commitTo(state, index);
  else commitAsLeader(state, state.leadership, index);
}
