/** A node that another offers itself to as predecessor (Zave's Rectify). The predecessor is a hint for stabilisation: no safety rests on it. */
import { maybeAskCandidate } from './candidate.ts';
import { startExchange } from './exchange.ts';
import { isSameMember, type Member } from './member.ts';
import { rememberPeer } from './peer-memory.ts';
import { isPinned, setPredecessor } from './pointers.ts';
import { isBetween } from './position.ts';
import type { Turn } from './ring-state.ts';
import { isFailing } from './routing.ts';

/** An exchange must not be under way. */
export function handleNotify(turn: Turn, notifier: Member): void {
  const { state } = turn;
  const { self, predecessor, mutations } = state;
  if (state.phase !== 'inside' || notifier.position === self.position) return;
  rememberPeer(state, notifier);
  const isBetter =
    predecessor === undefined ||
    predecessor.id === self.id ||
    state.predecessorLeft ||
    mutations.has('rectifyWithoutChecking') ||
    isBetween(predecessor.position, notifier.position, self.position);
  if (isBetter) setPredecessor(turn, notifier);
  // A node that was alone has no successor to hear of the newcomer from.
  const isAlone = state.isIsolated || state.successors.length === 0;
  if ((isAlone && maybeAskCandidate(turn, notifier)) || isBetter) return;
  if (isSameMember(predecessor, notifier) || mutations.has('keepDeadPredecessor')) return;
  if (isPinned(state, predecessor) && isFailing(state, predecessor.id, turn.nowMs)) return;
  startExchange(turn, predecessor, { type: 'rectify', notifier });
}

/** The predecessor is dead: the one that has offered itself takes its place. */
export function handlePredecessorSilence(turn: Turn, silent: Member, notifier: Member): void {
  const { predecessor } = turn.state;
  if (predecessor !== undefined && isSameMember(predecessor, silent)) setPredecessor(turn, notifier);
}
