import type { PersistToken, Ready } from './contract.ts';
import type { Entry, HardState } from './protocol.ts';
import { chargedBytes, type RaftState, takeEffects } from './raft-state.ts';
import { startReadRound } from './reads.ts';
import { replicate } from './replication.ts';

/**
 * What the host must do, gathered. Appends and rounds of reads are made here and not where they are asked for, so that
 * everything that came in since the last batch shares them.
 */

/** Bytes of committed entries that may be given out and not yet applied, in appends. */
const APPLYING_APPENDS = 8;

export function hasReady(state: RaftState): boolean {
  settle(state);
  const { sendNow, sendAfterPersist, reads, readsLost, snapshotsNeeded } = state.effects;
  if (sendNow.length > 0 || sendAfterPersist.length > 0) return true;
  if (reads.length > 0 || readsLost.length > 0 || snapshotsNeeded.length > 0) return true;
  return state.log.hasWrites() || isHardStateDue(state) || mayHandOut(state);
}

export function takeReady(state: RaftState): Ready {
  settle(state);
  const written = takeWrites(state);
  const committed = handOut(state);
  return { ...written, ...takeEffects(state), committed };
}

function settle(state: RaftState): void {
  const { leadership } = state;
  if (leadership === null) return;
  startReadRound(state, leadership);
  replicate(state, leadership);
}

/** A commit index alone is not worth a write: it rides along with the next one. */
function isHardStateDue(state: RaftState): boolean {
  return state.term !== state.writtenHardState.term || state.vote !== state.writtenHardState.vote;
}

function takeWrites(
  state: RaftState,
): Pick<Ready, 'hardState' | 'snapshot' | 'entries' | 'persist'> & { entries: readonly Entry[] } {
  const due = isHardStateDue(state);
  if (!due && !state.log.hasWrites()) return { entries: [] };
  const { sequence, snapshot, entries } = state.log.takeWrites();
  const hardState = takeHardState(state);
  if (state.ownVote === 'unwritten') state.ownVote = sequence;
  const persist: PersistToken = {
    sequence,
    lastIndex: state.log.lastIndex(),
    lastTerm: state.log.lastTerm(),
  };
  return { entries, persist, ...(hardState && { hardState }), ...(snapshot && { snapshot }) };
}

/** Names no commit index beyond what is durable already, so that it can't outlive the entries. */
function takeHardState(state: RaftState): HardState | undefined {
  const { term, vote } = state;
  const commit = Math.max(state.writtenHardState.commit, Math.min(state.commit, state.log.durable));
  if (!isHardStateDue(state) && commit === state.writtenHardState.commit) return undefined;
  state.writtenHardState = { term, vote, commit };
  return state.writtenHardState;
}

function outstandingBytes(state: RaftState): number {
  return state.applying.reduce((sum, batch) => sum + batch.bytes, 0);
}

function applyBudget(state: RaftState): number {
  return APPLYING_APPENDS * state.options.maxAppendBytes - outstandingBytes(state);
}

function mayHandOut(state: RaftState): boolean {
  return state.handed < Math.min(state.commit, state.log.durable) && applyBudget(state) > 0;
}

/** Committed and durable here, in order, no more than the host has room for. [C3] */
function handOut(state: RaftState): readonly Entry[] {
  if (!mayHandOut(state)) return [];
  const high = Math.min(state.commit, state.log.durable) + 1;
  const room = Math.min(applyBudget(state), state.options.maxAppendBytes);
  const entries = state.log.entries(state.handed + 1, high, room);
  let bytes = 0;
  for (const entry of entries) {
    bytes += chargedBytes(entry);
    const own = state.leadership !== null && entry.term === state.term && entry.type !== 'membership';
    if (own && state.leadership !== null) state.leadership.uncommittedBytes -= chargedBytes(entry);
  }
  state.handed += entries.length;
  state.applying.push({ index: state.handed, bytes });
  return entries;
}
