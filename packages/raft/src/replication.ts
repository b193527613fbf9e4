import { invariant } from '@crescendo/base';
import { advanceCommit } from './commit.ts';
import { acknowledge, awaitSnapshot, type Progress, probeFrom } from './progress.ts';
import type { AppendResponse, Entry, PeerId } from './protocol.ts';
import { type Leadership, type RaftState, sendNow } from './raft-state.ts';
import { maybeAskTarget } from './transfer.ts';

/** The leader's side of replication: what goes to whom, and what answers mean (Ongaro 3.5, 10.2). */

/** Entries in one append at most, however small they are. */
const MAX_APPEND_ENTRIES = 1024;

/** Sends every peer what it lacks and may be sent now. Appends need not wait for the own disk. [P1] */
export function replicate(state: RaftState, leadership: Leadership): void {
  for (const [peer, progress] of leadership.progress) replicateTo(state, peer, progress);
}

/** One peer's turn. [G1, G2] */
export function replicateTo(state: RaftState, peer: PeerId, progress: Progress): void {
  const lastIndex = state.log.lastIndex();
  while (mayAppend(state, progress) && (progress.next <= lastIndex || progress.appendDue)) {
    const previousTerm = state.log.term(progress.next - 1);
    if (previousTerm === undefined || progress.next < state.log.firstIndex()) {
      needSnapshot(state, peer, progress);
      return;
    }
    sendAppend(state, peer, progress, previousTerm);
  }
}

function mayAppend(state: RaftState, progress: Progress): boolean {
  if (progress.state === 'snapshot') return false;
  if (progress.state === 'probe') return !progress.paused;
  return progress.appendDue || !isWindowFull(state, progress);
}

function isWindowFull(state: RaftState, progress: Progress): boolean {
  return progress.state === 'replicate' && progress.inflight.length >= state.options.maxInflightAppends;
}

function sendAppend(state: RaftState, peer: PeerId, progress: Progress, previousTerm: number): void {
  const previousIndex = progress.next - 1;
  const entries = isWindowFull(state, progress) ? [] : nextEntries(state, progress.next);
  if (progress.appendDue || progress.inflight.length === 0) progress.waitTicks = 0;
  progress.appendDue = false;
  if (progress.state === 'probe') {
    progress.paused = true;
  } else if (entries.length > 0) {
    progress.next += entries.length;
    progress.inflight.push(progress.next - 1);
  }
  const { term, commit } = state;
  sendNow(state, peer, { type: 'appendRequest', term, previousIndex, previousTerm, entries, commit });
}

function nextEntries(state: RaftState, next: number): readonly Entry[] {
  const high = Math.min(state.log.lastIndex() + 1, next + MAX_APPEND_ENTRIES);
  return state.log.entries(next, high, state.options.maxAppendBytes);
}

/** The peer's next entry is compacted. The host is told once, and again after each failure. [N1] */
function needSnapshot(state: RaftState, peer: PeerId, progress: Progress): void {
  awaitSnapshot(progress);
  state.effects.snapshotsNeeded.push(peer);
}

/** `message.term` is this leader's. */
export function handleAppendResponse(
  state: RaftState,
  leadership: Leadership,
  from: PeerId,
  message: AppendResponse,
): void {
  const progress = leadership.progress.get(from);
  if (progress === undefined) return;
  if (message.accepted) handleAccepted(state, leadership, from, progress, message.index);
  else handleRefused(state, from, progress, message);
}

function handleAccepted(
  state: RaftState,
  leadership: Leadership,
  from: PeerId,
  progress: Progress,
  index: number,
): void {
  invariant(
    index <= state.log.lastIndex(),
    `${from} says it matches up to ${index}, but the leader ${state.self} ends at ${state.log.lastIndex()}`,
  );
  if (!acknowledge(progress, index, state.log.firstIndex())) return;
  advanceCommit(state, leadership);
  if (state.leadership === leadership) maybeAskTarget(state, leadership);
}

/** Backs up. What was refused before the peer accepted more, or before the last step back, is old news. [G3] */
function handleRefused(state: RaftState, from: PeerId, progress: Progress, message: AppendResponse): void {
  if (progress.state === 'snapshot') return;
  if (message.index <= progress.match) {
    if (message.hintIndex >= progress.match || !isLearner(state, from)) return;
    progress.match = 0; // [G6]
  } else if (progress.state === 'probe' && message.index !== progress.next - 1) return;
  probeFrom(progress, agreementCandidate(state, progress, message) + 1);
}

/** Learners count for nothing: what one of them has lost was promised to nobody. */
function isLearner(state: RaftState, peer: PeerId): boolean {
  return state.memberships.current.learners.includes(peer);
}

/** The largest index where the logs may agree: no later than the hint, and with a term that the peer's may have. */
function agreementCandidate(state: RaftState, progress: Progress, message: AppendResponse): number {
  let index = Math.min(message.hintIndex, message.index - 1, state.log.lastIndex());
  while (index > progress.match && (state.log.term(index) ?? 0) > message.hintTerm) index -= 1;
  return index;
}

/**
 * A sign of life: a probe may go on, and what has not been confirmed is checked for losses; but only when the last append
 * has been without an answer for a while, because each round of reads brings signs of life too. [G4]
 */
export function noteAlive(state: RaftState, progress: Progress): void {
  if (progress.waitTicks < state.options.heartbeatTicks) return;
  progress.paused = false;
  const lacksEntries = progress.match < state.log.lastIndex();
  // A probe also where nothing is missing: only an answered append ends it.
  if (progress.state === 'probe' || (progress.state === 'replicate' && lacksEntries))
    progress.appendDue = true;
}

export function reportUnreachable(leadership: Leadership, peer: PeerId): void {
  const progress = leadership.progress.get(peer);
  if (progress?.state === 'replicate') probeFrom(progress, progress.match + 1);
}

/** After a success the peer's next append confirms it; after a failure the next sign of life starts anew. [N1] */
export function reportSnapshot(
  leadership: Leadership,
  peer: PeerId,
  outcome: 'installed' | 'failed',
  index: number,
): void {
  const progress = leadership.progress.get(peer);
  if (progress?.state !== 'snapshot') return;
  probeFrom(progress, outcome === 'installed' ? index + 1 : 0);
  progress.paused = outcome === 'failed';
  progress.waitTicks = 0;
  progress.appendDue = outcome === 'installed';
}
