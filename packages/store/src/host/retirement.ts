import type { Membership, RaftStatus } from '@crescendo/raft';
import type { NodeId } from '../ports/network.ts';

/** What a peer says of a group to a replica that seems to have been left behind: its committed membership. */
export interface MembershipWord extends Membership {
  /** The term that the peer leads in while no change is under way; 0 otherwise. */
  readonly leadsTerm: number;
}

export function membershipWord(committed: Membership, status: RaftStatus): MembershipWord {
  const isSettled = status.membershipIndex <= status.commit && status.membership.epoch === committed.epoch;
  return { ...committed, leadsTerm: status.role === 'leader' && isSettled ? status.term : 0 };
}

/**
 * Whether this word lets a replica go: a committed membership, not older than its own, that does not name it. A replica that is
 * empty as yet knows no membership of its own, and a member may lag behind the change that called it: then only a leader no older
 * than the one that called can say that it is not wanted.
 */
export function mayRetire(
  self: NodeId,
  own: Pick<RaftStatus, 'membership' | 'term'>,
  word: MembershipWord,
): boolean {
  if (word.voters.includes(self) || word.learners.includes(self)) return false;
  if (word.epoch === 0 || word.epoch < own.membership.epoch) return false;
  return own.membership.epoch > 0 || (word.leadsTerm > 0 && word.leadsTerm >= own.term);
}
