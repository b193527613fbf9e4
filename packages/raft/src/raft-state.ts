import { invariant } from '@crescendo/base';
import type { RaftOptions, Role } from './contract.ts';
import { isMember, isVoter, MembershipHistory } from './membership.ts';
import type { Mutant } from './mutant.ts';
import type { Progress } from './progress.ts';
import type { Entry, Envelope, HardState, Message, PeerId } from './protocol.ts';
import { RaftLog } from './raft-log.ts';
import { newReads, type Reads } from './read-queue.ts';

/**
 * All that one peer of one group knows. The subjects (election, replication, ...) are functions over it; only they
 * change it, and only through `Raft`. Time is ticks; there is no disk, no network and no randomness but `options.random`.
 *
 * (S1) `term` and `commit` only grow; within a term `vote` is set at most once.
 * (S2) `applied <= handed <= commit <= log.lastIndex()`. What is given out is durable here, in the log or in the
 *      snapshot that it came with.
 * (S3) `leadership` is there exactly when the role is `leader`; then `leader === self`.
 * (S4) A sleeper is a follower that knows its leader, or a leader.
 */
export interface RaftState {
  readonly options: RaftOptions;
  readonly self: PeerId;
  readonly log: RaftLog;
  readonly memberships: MembershipHistory;
  readonly effects: Effects;
  role: Role;
  term: number;
  vote: PeerId | null;
  leader: PeerId | null;
  /** Whoever has led in this term, heard lately or not: nobody else can be elected in it. */
  termLeader: PeerId | null;
  commit: number;
  /** Last index given out as committed. */
  handed: number;
  applied: number;
  /** Batches of committed entries that are given out but not applied. */
  applying: { readonly index: number; readonly bytes: number }[];
  /** Hard state as it was last given out to be written. */
  writtenHardState: HardState;
  /** Ticks since the leader was heard, or since the last campaign. */
  electionElapsed: number;
  electionTimeout: number;
  asleep: boolean;
  /** Answers to the campaign under way, the own one included once it counts. */
  readonly votes: Map<PeerId, boolean>;
  /** The own vote: not cast, cast but not written, or under way in the batch of this number. */
  ownVote: 'none' | 'unwritten' | number;
  leadership: Leadership | null;
}

/** What only a leader knows. */
export interface Leadership {
  /** Every other peer that entries go to: the members, and who is leaving until that is committed. */
  readonly progress: Map<PeerId, Progress>;
  /** Index of the empty entry that the term began with. */
  readonly termStart: number;
  readonly reads: Reads;
  heartbeatElapsed: number;
  /** Ticks without anything under way. */
  idleTicks: number;
  /** Bytes of this term's commands that are not given out as committed yet. */
  uncommittedBytes: number;
  transfer: { readonly to: PeerId; elapsed: number; asked: boolean } | null;
}

/** What waits for the next `takeReady`. */
export interface Effects {
  sendNow: Envelope[];
  sendAfterPersist: Envelope[];
  reads: { readonly context: number; readonly index: number }[];
  readsLost: number[];
  snapshotsNeeded: PeerId[];
}

/** A command of no bytes must cost something too, or their number would have no limit. */
const ENTRY_OVERHEAD_BYTES = 32;

export function chargedBytes(entry: Entry): number {
  return ENTRY_OVERHEAD_BYTES + (entry.type === 'command' ? entry.data.length : 0);
}

export function createState(options: RaftOptions): RaftState {
  const { log: reader, snapshot, hardState, applied } = options;
  const log = new RaftLog(reader);
  const memberships = new MembershipHistory(snapshot.membership);
  if (log.term(snapshot.index) !== snapshot.term) {
    invariant(
      log.firstIndex() <= snapshot.index + 1,
      `the log of ${options.self} begins at ${log.firstIndex()}, behind the snapshot at ${snapshot.index}`,
    );
    log.restartBehind(snapshot);
  }
  invariant(
    hardState.commit <= log.lastIndex() && applied <= log.lastIndex() && applied >= snapshot.index,
    `the log of ${options.self} ends at ${log.lastIndex()}: commit ${hardState.commit} and applied ${applied} must lie ` +
      `between the snapshot at ${snapshot.index} and that; a log that has lost entries must not be used again`,
  );
  const state: RaftState = {
    options,
    self: options.self,
    log,
    memberships,
    effects: newEffects(),
    role: 'follower',
    term: Math.max(hardState.term, snapshot.term),
    vote: isMutant(options, 'forgetVote') || snapshot.term > hardState.term ? null : hardState.vote,
    leader: null,
    termLeader: null,
    commit: Math.max(hardState.commit, applied),
    handed: applied,
    applied,
    applying: [],
    writtenHardState: hardState,
    electionElapsed: 0,
    electionTimeout: 0,
    asleep: false,
    votes: new Map(),
    ownVote: 'none',
    leadership: null,
  };
  for (const entry of durableEntries(log, snapshot.index + 1, options.maxAppendBytes))
    noteEntry(state, entry);
  memberships.commit(state.commit);
  drawTimeout(state);
  return state;
}

function* durableEntries(log: RaftLog, from: number, maxBytes: number): Generator<Entry> {
  for (let next = from; next <= log.durable; ) {
    const entries = log.entries(next, log.durable + 1, maxBytes);
    yield* entries;
    next += entries.length;
  }
}

function newEffects(): Effects {
  return { sendNow: [], sendAfterPersist: [], reads: [], readsLost: [], snapshotsNeeded: [] };
}

/** Gives out all that waits, and leaves nothing behind. */
export function takeEffects(state: RaftState): Effects {
  const taken = { ...state.effects };
  Object.assign(state.effects, newEffects());
  return taken;
}

export function newLeadership(termStart: number): Leadership {
  return {
    progress: new Map(),
    termStart,
    reads: newReads(),
    heartbeatElapsed: 0,
    idleTicks: 0,
    uncommittedBytes: 0,
    transfer: null,
  };
}

/** Takes notice of a membership that has come into the log. [M3] */
function noteEntry(state: RaftState, entry: Entry): void {
  if (entry.type === 'membership') state.memberships.append(entry.index, entry.membership);
}

/** Appends to the log, and replaces what stands in the way; memberships come and go with their entries. [M3] */
export function appendEntries(state: RaftState, entries: readonly Entry[]): void {
  const first = entries[0];
  if (first === undefined) return;
  invariant(
    first.index > state.commit,
    `${state.self} would replace entry ${first.index}, but everything up to ${state.commit} is committed`,
  );
  state.memberships.truncate(first.index);
  state.log.append(entries);
  for (const entry of entries) noteEntry(state, entry);
}

/** Raises the commit index. Never lowers it. */
export function commitTo(state: RaftState, index: number): void {
  if (index <= state.commit) return;
  invariant(
    index <= state.log.lastIndex(),
    `${state.self} would commit up to ${index}, but its log ends at ${state.log.lastIndex()}: entries were lost`,
  );
  state.commit = index;
  state.memberships.commit(index);
}

/** For messages that promise nothing that must survive a crash here. */
export function sendNow(state: RaftState, to: PeerId, message: Message): void {
  state.effects.sendNow.push({ to, message });
}

/** For messages that rest on what this peer has stored. [P2] */
export function sendAfterPersist(state: RaftState, to: PeerId, message: Message): void {
  const early = isMutant(state.options, 'sendBeforePersist');
  (early ? state.effects.sendNow : state.effects.sendAfterPersist).push({ to, message });
}

export function isMutant(options: RaftOptions, mutant: Mutant): boolean {
  return options.mutant === mutant;
}

/**
 * May start elections: votes in the newest membership that it knows, or in the one before it as long as that may come
 * back. Without the latter a group of two could never go on when the leader fell after it had begun to remove itself:
 * its log is the longer one, so that nobody else can win (Ongaro 4.2.2). [M6]
 */
export function isPromotable(state: RaftState): boolean {
  const { current, previous } = state.memberships;
  return isVoter(current, state.self) || (previous !== undefined && isVoter(previous, state.self));
}

/** In the membership, or leaving it by a change that is not committed yet. */
export function isKnownPeer(state: RaftState, peer: PeerId): boolean {
  const { current, previous } = state.memberships;
  return isMember(current, peer) || (previous !== undefined && isMember(previous, peer));
}

/** A follower's time-out is drawn anew for each wait, so that two seldom run out together. [E1] */
export function drawTimeout(state: RaftState): void {
  const { electionTicks, random } = state.options;
  state.electionTimeout = electionTicks + Math.floor(random() * electionTicks);
}
