import type { ChangeResult, MembershipChange } from './contract.ts';
import { planChange } from './membership.ts';
import { appendEntries, isMutant, type Leadership, type RaftState } from './raft-state.ts';
import { syncPeers } from './role.ts';

/**
 * One change of membership at a time (Ongaro 4.1 to 4.4): in force as soon as it is in the log [M3], and only after the
 * change before it and the term's first entry are committed [M2], so that majorities of any two memberships in force meet.
 */
export function proposeChange(
  state: RaftState,
  leadership: Leadership,
  change: MembershipChange,
): ChangeResult {
  if (leadership.transfer !== null) return { ok: false, reason: 'transferring' };
  const pending = state.memberships.index > state.commit || state.commit < leadership.termStart;
  if (pending && !isMutant(state.options, 'manyChanges')) return { ok: false, reason: 'pending' };
  const membership = planChange(state.memberships.current, change);
  if (membership === 'noEffect' || membership === 'lastVoter') return { ok: false, reason: membership };
  const index = state.log.lastIndex() + 1;
  appendEntries(state, [{ type: 'membership', index, term: state.term, membership }]);
  syncPeers(state, leadership, index);
  return { ok: true, index, membership };
}
