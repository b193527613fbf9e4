import { dropFinger } from './finger-table.ts';
import type { Member } from './member.ts';
import type { RingState, Turn } from './ring-state.ts';
import { forgetRoutes, isFailing } from './routing.ts';

const MAX_FAILING = 256;

/** Keeps a member in mind, so that the ring can be found again through it. The one met longest ago makes room. */
export function rememberPeer(state: RingState, member: Member): void {
  if (member.id === state.self.id) return;
  const { peers } = state;
  peers.delete(member.id);
  peers.set(member.id, member);
  if (peers.size <= state.settings.maxPeers) return;
  const oldest = peers.keys().next().value;
  if (oldest !== undefined) peers.delete(oldest);
}

/** The member has left for good: it is neither asked nor looked for any more. */
export function forgetPeer(state: RingState, id: string): void {
  state.peers.delete(id);
  if (dropFinger(state.fingers, id)) forgetRoutes(state);
}

/** The member did not answer: lookups pass it over for a while. It stays remembered, for it may only be cut off. */
export function markFailing(turn: Turn, member: Member): void {
  const { state, nowMs } = turn;
  state.failing.delete(member.id);
  state.failing.set(member.id, nowMs);
  if (state.failing.size > MAX_FAILING) {
    const oldest = state.failing.keys().next().value;
    if (oldest !== undefined) state.failing.delete(oldest);
  }
  if (dropFinger(state.fingers, member.id)) forgetRoutes(state);
}

/** Up to `count` members to ask for a ring, in random order: met, registered, and not failing as far as there are such. */
export function pickPeers(turn: Turn, count: number): Member[] {
  const { state, nowMs } = turn;
  const known = new Map<string, Member>(state.directory?.byId);
  for (const [id, member] of state.peers) known.set(id, member);
  known.delete(state.self.id);
  const answering = [...known.values()].filter((member) => !isFailing(state, member.id, nowMs));
  const pool = answering.length === 0 ? [...known.values()] : answering;
  const picked: Member[] = [];
  while (picked.length < count && pool.length > 0) {
    const index = Math.floor(state.random() * pool.length);
    picked.push(pool[index]!);
    pool[index] = pool[pool.length - 1]!;
    pool.pop();
  }
  return picked;
}
