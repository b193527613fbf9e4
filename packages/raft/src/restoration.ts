import { accept } from './following.ts';
import type { SnapshotMark } from './protocol.ts';
import { commitTo, type RaftState } from './raft-state.ts';
import { becomeFollower } from './role.ts';

/** Snapshots come out of band; this is what their arrival changes (Ongaro 5.3). */

/** The state up to `mark.index` is in the state machine. False, and nothing changes, when that is not news. [N2] */
export function restoreSnapshot(state: RaftState, mark: SnapshotMark): boolean {
  if (mark.index <= state.applied) return false;
  if (state.role === 'leader' && mark.index > state.commit) return false;
  if (mark.term > state.term) becomeFollower(state, mark.term, null);
  const holds = mark.index <= state.commit || state.log.term(mark.index) === mark.term;
  if (!holds) {
    state.log.restartBehind(mark);
    state.memberships.restart(mark.membership);
  }
  commitTo(state, mark.index);
  state.applied = mark.index;
  state.handed = Math.max(state.handed, mark.index);
  while (state.applying[0] !== undefined && state.applying[0].index <= mark.index) state.applying.shift();
  if (state.leader !== null && state.leader !== state.self)
    accept(state, state.leader, holds ? state.commit : mark.index);
  return true;
}
