import type { PeerProgress, RaftStatus } from './contract.ts';
import { votesBy } from './election.ts';
import { isHeard } from './heartbeat.ts';
import { isMember } from './membership.ts';
import type { PeerId } from './protocol.ts';
import type { RaftState } from './raft-state.ts';

/** A picture of one peer's state, for hosts, people and tests. */
export function statusOf(state: RaftState): RaftStatus {
  const { role, term, vote, leader, commit, applied, asleep } = state;
  return {
    role,
    term,
    vote,
    leader,
    membership: state.memberships.current,
    membershipIndex: state.memberships.index,
    commit,
    applied,
    lastIndex: state.log.lastIndex(),
    votesBy: votesBy(state),
    asleep,
    transferTarget: state.leadership?.transfer?.to ?? null,
    progress: progressOf(state),
  };
}

function progressOf(state: RaftState): ReadonlyMap<PeerId, PeerProgress> {
  const seen = new Map<PeerId, PeerProgress>();
  const { leadership } = state;
  if (leadership === null) return seen;
  for (const [peer, progress] of leadership.progress) {
    if (!isMember(state.memberships.current, peer)) continue;
    const recentlyActive = isHeard(state, leadership, peer);
    seen.set(peer, { match: progress.match, state: progress.state, recentlyActive });
  }
  return seen;
}
