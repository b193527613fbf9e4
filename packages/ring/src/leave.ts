import { failAllLookups } from './lookup.ts';
import type { Member } from './member.ts';
import { send } from './outbox.ts';
import { forgetPeer, markFailing } from './peer-memory.ts';
import type { Turn } from './ring-state.ts';
import { dropSuccessor, hurryRound, offerSelf } from './stabilise.ts';

/** Tells the neighbours, so that they need no time-out, and stands on the ring no more. The data has been handed over before. */
export function leaveRing(turn: Turn): void {
  const { state } = turn;
  const neighbours = new Map<string, Member>();
  if (state.predecessor !== undefined) neighbours.set(state.predecessor.id, state.predecessor);
  for (const member of state.successors) neighbours.set(member.id, member);
  neighbours.delete(state.self.id);
  if (state.phase === 'inside')
    for (const member of neighbours.values()) send(turn, member, { type: 'leaving' });
  failAllLookups(turn);
  state.phase = 'left';
  state.exchange = undefined;
  state.deferred.length = 0;
  state.deferredDirectory = undefined;
  state.predecessor = undefined;
  state.successors = [];
  state.routes = undefined;
  state.watched.clear();
  state.nextRoundMs = Number.POSITIVE_INFINITY;
}

/** A member says that it has left: the same as its death, only known at once. An exchange must not be under way. */
export function handleLeaving(turn: Turn, leaver: Member): void {
  const { state } = turn;
  if (state.phase !== 'inside') return;
  forgetPeer(state, leaver.id);
  markFailing(turn, leaver);
  state.watched.delete(leaver.id);
  if (state.predecessor?.id === leaver.id) state.predecessorLeft = true;
  if (state.successors[0]?.id !== leaver.id) return;
  dropSuccessor(turn, leaver);
  offerSelf(turn, undefined);
  hurryRound(turn);
}
