import { isVoter } from './membership.ts';
import type { PeerId } from './protocol.ts';
import { type Leadership, type RaftState, sendNow } from './raft-state.ts';

/** Leadership transfer (Ongaro 3.10): the target catches up, then campaigns at once. */

/** False when `to` can't lead, or leads already. A new target takes the place of an earlier one. [X1] */
export function startTransfer(state: RaftState, leadership: Leadership, to: PeerId): boolean {
  if (to === state.self || !isVoter(state.memberships.current, to)) return false;
  if (leadership.transfer?.to === to) return true;
  leadership.transfer = { to, elapsed: 0, asked: false };
  const progress = leadership.progress.get(to);
  if (progress !== undefined) progress.paused = false;
  maybeAskTarget(state, leadership);
  return true;
}

/** Lets the target campaign once it has every entry. [X2] */
export function maybeAskTarget(state: RaftState, leadership: Leadership): void {
  const { transfer } = leadership;
  if (transfer === null || transfer.asked) return;
  if (leadership.progress.get(transfer.to)?.match !== state.log.lastIndex()) return;
  transfer.asked = true;
  sendNow(state, transfer.to, { type: 'timeoutNow', term: state.term });
}

/** Gives up after an election time-out, so that proposals are taken again. [X3] */
export function tickTransfer(state: RaftState, leadership: Leadership): void {
  if (leadership.transfer === null) return;
  leadership.transfer.elapsed += 1;
  if (leadership.transfer.elapsed >= state.options.electionTicks) leadership.transfer = null;
}

/** The best heir of a leader that must go: a voter that has every entry and was heard lately. [M4] */
export function handOn(state: RaftState, leadership: Leadership): void {
  for (const [peer, progress] of leadership.progress) {
    const complete = progress.match === state.log.lastIndex();
    const heard = progress.silentTicks < state.options.electionTicks;
    if (!complete || !heard || !isVoter(state.memberships.current, peer)) continue;
    sendNow(state, peer, { type: 'timeoutNow', term: state.term });
    return;
  }
}
